"""Tables of evaluations: one summary, several beside each other, and two compared episode by episode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.episode import EpisodeRecord, Job
from evaluation.ledger import read_episodes
from evaluation.statistics import Comparison, compare


@dataclass(frozen=True, slots=True)
class Table:
    """Title, columns and rows of plain values."""

    title: str
    columns: tuple[str, ...]
    rows: list[list[object]]


_SHARES = ("task_success", "tool", "execute", "inform")


def tables(summary: Mapping[str, Any]) -> list[Table]:
    """Lay out one summary: the whole, by family and task, tokens and time by expert, failed checks."""
    backend = summary.get("backend") or "no model"
    title = f"{summary['agent']} ({backend}) on {summary['scenario']}, split {summary['split']}"
    groups = {"all": summary, **summary["by_family"], **{f"  {name}": row for name, row in summary["by_task"].items()}}
    found = [
        Table(
            title,
            ("group", "episodes", "success", "95 %", "tool", "execute", "inform"),
            [
                [name, row["episodes"], row["task_success"], interval(row["ci95"]), *(row[key] for key in _SHARES[1:])]
                for name, row in groups.items()
            ],
        ),
        Table(
            "spent, mean of an episode",
            ("expert", "output tokens", "read tokens", "milliseconds"),
            [
                [name, summary["output_tokens"][name], summary["prompt_tokens"][name], summary["milliseconds"][name]]
                for name in summary["output_tokens"]
            ],
        ),
    ]
    if summary["failures"]:
        found.append(Table("checks failed", ("kind", "times"), [list(item) for item in summary["failures"].items()]))
    found.append(
        Table("", ("seconds", "peak MB"), [[summary["seconds"], summary["peak_rss_mb"]]]),
    )
    return found


def side_by_side(summaries: Mapping[str, Mapping[str, Any]]) -> Table:
    """Lay out several summaries, one a row, by the name of each."""
    return Table(
        "",
        ("evaluation", "agent", "split", "episodes", "success", "95 %", "tool", "execute", "inform", "tokens", "ms"),
        [
            [
                name,
                summary["agent"],
                summary["split"],
                summary["episodes"],
                summary["task_success"],
                interval(summary["ci95"]),
                *(summary[key] for key in _SHARES[1:]),
                summary["output_tokens"]["total"],
                summary["milliseconds"]["total"],
            ]
            for name, summary in summaries.items()
        ],
    )


def compare_folders(first: Path, second: Path) -> Comparison | None:
    """Compare two evaluations on the episodes that both played; None when there are none in common."""
    a, b = _by_job(read_episodes(first)), _by_job(read_episodes(second))
    common = [job for job in a if job in b]
    if not common:
        return None
    return compare([a[job].success for job in common], [b[job].success for job in common])


def interval(bounds: Sequence[float] | None) -> str:
    """Write an interval: `0.61..0.83`."""
    return f"{bounds[0]:.2f}..{bounds[1]:.2f}" if bounds else ""


def _by_job(records: Sequence[EpisodeRecord]) -> dict[Job, EpisodeRecord]:
    return {record.job: record for record in records if record.outcome != "ungraded"}

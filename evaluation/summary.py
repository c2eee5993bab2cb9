"""What many episodes come to: `summary.json`."""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evaluation.episode import Columns, EpisodeRecord
from evaluation.statistics import mean, wilson

Row = dict[str, Any]


def summarise(records: Sequence[EpisodeRecord], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Add up episodes. `settings` say what was run and go in as they are.

    Ungraded episodes count apart: they are in `ungraded` and in no share. Tokens and milliseconds are means over an
    episode; `seconds` is wall time in all, also over interrupted runs.
    """
    graded = [record for record in records if record.outcome != "ungraded"]
    return {
        **settings,
        **row(graded),
        "ungraded": len(records) - len(graded),
        "score": _rounded(mean([record.score for record in graded])),
        "tool_precision": _mean_of(graded, lambda record: record.tool_precision),
        "output_tokens": _mean_columns([record.output_tokens for record in records]),
        "prompt_tokens": _mean_columns([record.prompt_tokens for record in records]),
        "milliseconds": _mean_columns([record.milliseconds for record in records]),
        "refused_plans": _mean_of(records, lambda record: record.refused_plans),
        "tool_calls": _mean_of(records, lambda record: record.tool_calls),
        "replies": _mean_of(records, lambda record: record.replies),
        "plant_s": _mean_of(records, lambda record: record.plant_s),
        "by_family": grouped(graded, lambda record: record.family),
        "by_task": grouped(graded, lambda record: record.job.task),
        "failures": failures(graded),
        "peak_rss_mb": round(peak_rss_mb(), 1),
        "seconds": round(sum(record.elapsed_s for record in records), 2),
    }


def row(records: Sequence[EpisodeRecord]) -> Row:
    """Return the shares of a group of graded episodes."""
    successes = sum(record.success for record in records)
    interval = wilson(successes, len(records))
    return {
        "episodes": len(records),
        "succeeded": successes,
        "task_success": _rounded(successes / len(records)) if records else None,
        "ci95": [_rounded(bound) for bound in interval] if interval else None,
        "tool": _mean_of(records, lambda record: record.tool),
        "execute": _mean_of(records, lambda record: record.execute),
        "inform": _mean_of(records, lambda record: record.inform),
    }


def grouped(records: Iterable[EpisodeRecord], key: Callable[[EpisodeRecord], str]) -> dict[str, Row]:
    """Return a row for each group, by name."""
    groups: dict[str, list[EpisodeRecord]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return {name: row(groups[name]) for name in sorted(groups)}


def failures(records: Iterable[EpisodeRecord]) -> dict[str, int]:
    """Count the failed checks by kind, most first. An episode may fail several."""
    found = Counter(check.kind for record in records for check in record.checks if not check.passed)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def peak_rss_mb() -> float:
    """Return the most memory that this process has held, in MB of 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _mean_columns(all_columns: Sequence[Columns]) -> Columns:
    names = all_columns[0] if all_columns else {}
    return {name: round(sum(one[name] for one in all_columns) / len(all_columns), 2) for name in names}


def _mean_of(records: Sequence[EpisodeRecord], value: Callable[[EpisodeRecord], float | None]) -> float | None:
    return _rounded(mean([found for record in records if (found := value(record)) is not None]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

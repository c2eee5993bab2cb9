"""How long a task takes the agent, alone and in batches, what each expert writes, and what memory it takes.

Each row plays the same tasks of all three plants, from the test split, in a fresh process, so that its memory is its
own. One stream: one episode at a time. A batch: so many episodes under way, one call of the backend for all.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.agent_play import Line, Measured, Played, play
from benchmarks.shares import COLUMNS as SHARE_COLUMNS
from benchmarks.shares import PLANTS, beside_the_paper, means
from benchmarks.shares import cells as share_cells
from benchmarks.twin import machine
from evaluation.agents import agent_kind
from evaluation.episode import EpisodeRecord
from leaf_agent.backends.errors import BackendError
from leaf_agent.config import EXPERTS

TASKS = 8
"""Tasks of each plant: four rows of them take less than ten minutes on two cores."""
BATCHES = (1, 8, 32)
SHORT = 3
"""Steps of a short plan."""
SHORT_S = 5.0
MEMORY_MB = 1000.0
"""Targets of the embedded backend with one stream (DESIGN §9): the median of short tasks, and the peak."""

TIME_COLUMNS = (
    "row", "tasks", "fulfilled", "median s", "p95 s", "short tasks", "their median s", "their p95 s",
    f"≤ {SHORT_S:g} s", "model s a task", "tasks a minute",
)  # fmt: skip
SPENT_COLUMNS = ("row", *EXPERTS, "tokens a task", "peak MB", f"≤ {MEMORY_MB:g} MB")

Advance = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured: an agent on backends, `tasks` of each plant, the rows whose name holds `only`."""

    agent: str = "leaf"
    backends: tuple[str, ...] = ("embedded",)
    tasks: int = TASKS
    only: str = ""


def lines(options: Options) -> list[Line]:
    """List the rows. LEAF also plays with every condition asked of the model, with one stream."""
    found = []
    for backend in options.backends:
        found += [Line(options.agent, backend, batch) for batch in BATCHES]
        if options.agent == "leaf":
            found.append(Line("leaf-asks-conditions", backend, 1))
    return [line for line in found if options.only in line.name]


def measure(options: Options | None = None, advance: Advance | None = None) -> dict[str, Any]:
    """Measure; `rows` has one entry per line, `shares` the experts' shares with one stream beside the paper's.

    A row whose backend cannot be had is left out and named in `notes`; raises `BackendError` when that is all of them,
    and `AgentNameError`.
    """
    options = options or Options()
    if "" not in sys.path:
        sys.path.insert(0, "")  # a factory's module, where the user stands
    agent_kind(options.agent)
    chosen = lines(options)
    found: dict[Line, Measured] = {}
    notes = []
    total = len(chosen) * len(PLANTS) * options.tasks
    for place, line in enumerate(chosen):
        first = place * len(PLANTS) * options.tasks

        def told(done: int, line: Line = line, first: int = first) -> None:
            if advance is not None:
                advance(first + done, total, line.name)

        told(0)
        try:
            found[line] = play(line, options.tasks, told)
        except BackendError as error:
            notes.append(f"{line.name}: {error}")
    if not found:
        raise BackendError("; ".join(dict.fromkeys(note.partition(": ")[2] for note in notes)))
    alone = {line.name: _by_plant(one.episodes) for line, one in found.items() if line.batch == 1}
    return {
        "benchmark": "agent",
        "machine": machine(),
        "split": "test",
        "tasks_per_plant": options.tasks,
        "rows": [row(line, one) for line, one in found.items()],
        "shares": beside_the_paper(alone),
        "notes": notes,
    }


def row(line: Line, measured: Measured) -> dict[str, Any]:
    """Add up a row. `model_s` is the mean of each task's share of the calls that served it."""
    episodes = measured.episodes
    records = [one.record for one in episodes]
    short = times([one.record.elapsed_s for one in episodes if one.steps <= SHORT])
    milliseconds = means([record.milliseconds for record in records])
    aimed = line.backend == "embedded" and line.batch == 1
    return {
        "row": line.name,
        **asdict(line),
        "fulfilled": sum(record.success for record in records),
        **times([record.elapsed_s for record in records]),
        "short": short,
        "by_steps": _by_steps(episodes),
        "tasks_per_min": round(60 * len(records) / measured.wall_s, 2),
        "model_s": round(milliseconds["total"] / 1000, 3),
        "output_tokens": _rounded(means([record.output_tokens for record in records])),
        "prompt_tokens": _rounded(means([record.prompt_tokens for record in records])),
        "milliseconds": _rounded(milliseconds),
        "load_s": measured.load_s,
        "loaded_rss_mb": measured.loaded_rss_mb,
        "rss_mb": measured.rss_mb,
        "met": {
            "short_median_s": short["median_s"] <= SHORT_S if aimed and short["tasks"] else None,
            "rss_mb": measured.rss_mb <= MEMORY_MB if aimed else None,
        },
    }


def times(seconds: Sequence[float]) -> dict[str, Any]:
    """Return how many, the median and the 95th percentile (nearest rank); None of nothing."""
    ordered = sorted(seconds)
    if not ordered:
        return {"tasks": 0, "median_s": None, "p95_s": None}
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return {"tasks": len(ordered), "median_s": round(median(ordered), 3), "p95_s": round(p95, 3)}


def _by_steps(episodes: Sequence[Played]) -> dict[str, dict[str, Any]]:
    steps = sorted({one.steps for one in episodes})
    return {str(number): times([one.record.elapsed_s for one in episodes if one.steps == number]) for number in steps}


def _by_plant(episodes: Sequence[Played]) -> dict[str, list[EpisodeRecord]]:
    return {plant: [one.record for one in episodes if one.plant == plant] for plant in PLANTS}


def _rounded(columns: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in columns.items()}


# The tables.


def time_cells(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Put seconds into words, under `TIME_COLUMNS`."""
    return [
        [
            row["row"],
            str(row["tasks"]),
            str(row["fulfilled"]),
            *(_plain(row[name]) for name in ("median_s", "p95_s")),
            str(row["short"]["tasks"]),
            *(_plain(row["short"][name]) for name in ("median_s", "p95_s")),
            _met(row["met"]["short_median_s"]),
            _plain(row["model_s"]),
            f"{row['tasks_per_min']:.1f}",
        ]
        for row in rows
    ]


def spent_cells(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Put tokens and memory into words, under `SPENT_COLUMNS`."""
    return [
        [
            row["row"],
            *(f"{row['output_tokens'][name]:.1f}" for name in (*EXPERTS, "total")),
            f"{row['rss_mb']:,.0f}",
            _met(row["met"]["rss_mb"]),
        ]
        for row in rows
    ]


def tables(result: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...], list[list[str]]]]:
    """Lay out the result as tables: title, columns, cells."""
    played = f"tasks of each plant: {result['tasks_per_plant']}; {result['machine']}"
    return [
        (f"seconds, {played}", TIME_COLUMNS, time_cells(result["rows"])),
        ("output tokens a task, and memory", SPENT_COLUMNS, spent_cells(result["rows"])),
        ("shares of the experts, one stream", SHARE_COLUMNS, share_cells(result["shares"])),
    ]


def markdown(result: Mapping[str, Any]) -> str:
    """Write the tables in Markdown."""
    parts = []
    for title, columns, rows in tables(result):
        table = [f"| {' | '.join(line)} |" for line in (columns, ("---",) * len(columns), *rows)]
        parts += ["\n".join(table), f"{title[0].upper()}{title[1:]}."]
    return "\n\n".join([*parts, *(f"Not measured: {note}." for note in result["notes"])])


def _met(met: bool | None) -> str:
    return "" if met is None else "yes" if met else "no"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"

"""Which expert takes what of the tokens and of the time, beside the paper's Tables 2 and 3.

The paper: Q. Yang, Z. Li, J. Tang, Y. Liu, T. Guo, Y. Wen, "LEAF: A Lightweight Edge Agent Framework with Expert SLMs
for the Industrial Internet of Things", 2026. Its tokens are totals over a test set, of 100 requests if that is the one
that it describes; its milliseconds are means over a task, of a 4B model on a Jetson Orin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.episode import Columns, EpisodeRecord
from evaluation.statistics import mean
from leaf_agent.config import EXPERTS

PLANTS = ("production", "maintenance", "energy")
PAPER_TOKENS: Mapping[str, tuple[float, ...]] = {
    "production": (21_364, 2_467, 3_762, 2_217),
    "maintenance": (19_859, 2_283, 3_154, 2_202),
    "energy": (20_743, 2_754, 3_208, 2_354),
}
"""Table 2: output tokens of planner, executor, interactor and engine."""

PAPER_MILLISECONDS: Mapping[str, tuple[float, ...]] = {
    "production": (3_445, 387, 608, 370),
    "maintenance": (3_422, 341, 579, 365),
    "energy": (3_376, 429, 573, 412),
}
"""Table 3: milliseconds of a task, in the same order."""

COLUMNS = ("plant", "of", *EXPERTS, "in all", "who")


def means(columns: Sequence[Columns]) -> Columns:
    """Return the mean of each column over episodes; nothing of none."""
    names = columns[0] if columns else {}
    return {name: mean([one[name] for one in columns]) or 0.0 for name in names}


def shares(spent: Columns) -> dict[str, float | None]:
    """Return each expert's share of what all have spent, `total` itself left out; None of nothing."""
    total = sum(spent[name] for name in EXPERTS)
    return {name: spent[name] / total if total else None for name in EXPERTS}


def beside_the_paper(measured: Mapping[str, Mapping[str, Sequence[EpisodeRecord]]]) -> list[dict[str, Any]]:
    """List shares and totals by plant, the paper's first, of output tokens and then of milliseconds.

    `measured` holds, by who was measured, the episodes in each plant. A row's `total` is a mean over tasks, but for the
    paper's tokens.
    """
    rows = []
    for plant in PLANTS:
        for of, paper in (("output_tokens", PAPER_TOKENS), ("milliseconds", PAPER_MILLISECONDS)):
            rows.append(_row(plant, of, "the paper", dict(zip(EXPERTS, paper[plant], strict=True))))
            for who, by_plant in measured.items():
                records = by_plant.get(plant)
                if records:
                    spent = means([getattr(record, of) for record in records])
                    rows.append(_row(plant, of, who, spent))
    return rows


def _row(plant: str, of: str, who: str, spent: Columns) -> dict[str, Any]:
    total = sum(spent[name] for name in EXPERTS)
    return {"plant": plant, "of": of, "who": who, "shares": shares(spent), "total": round(total, 1)}


def cells(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Put the rows into words, under `COLUMNS`."""
    units = {"output_tokens": "tokens", "milliseconds": "ms"}
    return [
        [
            row["plant"],
            units[row["of"]],
            *("" if share is None else f"{100 * share:.1f} %" for share in row["shares"].values()),
            f"{row['total']:,.0f}",
            row["who"],
        ]
        for row in rows
    ]

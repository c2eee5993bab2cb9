"""The table of a contest, for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = ("what", "who", "median", "quartiles", "p95", "per second", "ours is faster by", "target", "met")


def cells(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Put the rows of a contest into words: times with units, rates, ratios with their quartiles."""
    written = []
    named = ""
    for row in rows:
        met = "" if row["target"] is None else "not measured" if row["met"] is None else "yes" if row["met"] else "no"
        spread = f"{_plain(row['ratio_q1'])} to {_plain(row['ratio_q3'])}" if row["ratio"] is not None else ""
        written.append(
            [
                row["row"] if row["row"] != named else "",
                row["who"],
                seconds(row["median_s"]),
                f"{seconds(row['q1_s'])} to {seconds(row['q3_s'])}",
                seconds(row["p95_s"]),
                _plain(row["per_s"]),
                f"{_plain(row['ratio'])} ({spread})" if spread else "",
                row["target"] or "",
                met,
            ]
        )
        named = row["row"]
    return written


def markdown(result: Mapping[str, Any]) -> str:
    """Write the table in Markdown, with what was measured how."""
    lines = [f"| {' | '.join(line)} |" for line in (COLUMNS, ("---",) * len(COLUMNS), *cells(result["rows"]))]
    told = [f"{result['rounds']} rounds of {result['seconds']:g} s each by turns; {result['machine']}."]
    told += [f"Not measured: {note}." for note in result["notes"]]
    return "\n".join([*lines, "", *told])


def seconds(value: float) -> str:
    """Write a time with three digits and the unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{_plain(value / size)} {unit}"
    return f"{_plain(value / 1e-6)} µs"


def _plain(value: float) -> str:
    """Write a number with three digits and no exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

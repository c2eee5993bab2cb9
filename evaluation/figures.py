"""Figures as SVG, written by hand: the same rows give the same bytes, and no plotting library is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

WIDTH, PANEL, LEFT, TOP, BOTTOM = 720, 300, 60, 64, 64
GAP = 48
INK, GRID, BARS = "#222222", "#dddddd", ("#3b6ea8", "#c8742c", "#a33c3c", "#7a7a7a")


def stress_figure(summary: Mapping[str, Any]) -> str:
    """Draw a stress test: success and recovery with their 95 % intervals, and violations an episode, by profile."""
    rows: Sequence[Mapping[str, Any]] = summary["rows"]
    names = [str(one["profile"]) for one in rows]
    shares = [
        ("success", [one["task_success"] for one in rows], [one["ci95"] for one in rows]),
        ("recovery", [one["recovery"] for one in rows], [one["recovery_ci95"] for one in rows]),
    ]
    kinds = [(kind, [one[kind] for one in rows], [None] * len(rows)) for kind in ("refused", "alarms", "strays")]
    most = max([value or 0.0 for _, values, _ in kinds for value in values], default=0.0)
    count = rows[0]["episodes"]
    title = f"{summary['agent']} on {summary['scenario']}, split {summary['split']}, {count} episodes each"
    height = 2 * (TOP + PANEL + BOTTOM)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13" fill="{INK}">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            _text(WIDTH / 2, 24, title, "middle", 15),
            *_panel(0, "share of episodes (95 % intervals)", names, shares, 1.0),
            *_panel(TOP + PANEL + BOTTOM, "safety violations, mean of an episode", names, kinds, _round_up(most)),
            "</svg>",
            "",
        ]
    )


def _panel(
    offset: float,
    label: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None], Sequence[Sequence[float] | None]]],
    top: float,
) -> list[str]:
    """Draw groups of bars, one group a name, one bar a series; values go from 0 to `top`."""
    base = offset + TOP + PANEL
    parts = [_text(LEFT, offset + TOP - 12, label, "start")]
    for step in range(5):
        y = base - PANEL * step / 4
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 16}" y2="{y:.1f}" stroke="{GRID}"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{top * step / 4:.3g}", "end"))
    slot = (WIDTH - 16 - LEFT) / max(1, len(names))
    wide = min(60.0, (slot - 16) / len(series))
    for place, name in enumerate(names):
        middle = LEFT + slot * (place + 0.5)
        parts.append(_text(middle, base + 20, name, "middle"))
        for index, (_, values, bounds) in enumerate(series):
            value, bound = values[place], bounds[place]
            x = middle + (index - len(series) / 2) * wide
            if value is None:
                parts.append(_text(x + wide / 2, base - 4, "none", "middle", 11))
                continue
            high = PANEL * value / top
            parts.append(
                f'<rect x="{x + 2:.1f}" y="{base - high:.1f}" width="{wide - 4:.1f}" height="{high:.1f}" '
                f'fill="{BARS[index]}"/>'
            )
            upper = high
            if bound is not None:
                low, upper = PANEL * bound[0] / top, PANEL * bound[1] / top
                centre = x + wide / 2
                parts.append(
                    f'<path d="M{centre:.1f} {base - low:.1f}V{base - upper:.1f}M{centre - 5:.1f} {base - low:.1f}h10'
                    f'M{centre - 5:.1f} {base - upper:.1f}h10" stroke="{INK}" fill="none"/>'
                )
            parts.append(_text(x + wide / 2, base - upper - 5, f"{value:.2f}", "middle", 11))
    for index, (kind, _, _) in enumerate(series):
        x = LEFT + index * 130
        parts.append(f'<rect x="{x}" y="{base + 34}" width="12" height="12" fill="{BARS[index]}"/>')
        parts.append(_text(x + 18, base + 45, kind, "start"))
    return parts


def _text(x: float, y: float, text: str, anchor: str, size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'


def _round_up(value: float) -> float:
    """Give a round number that is not less; 1 for nothing."""
    return next((step for step in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0) if 0 < value <= step), value or 1.0)

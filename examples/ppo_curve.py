"""The picture of a learning curve, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence


def curve_svg(points: Sequence[tuple[int, float]], rule_eur: float) -> str:
    """Draw the learning curve: EUR saved a day on validation days, over steps; the rule as a dashed line."""
    wide, high, left, bottom = 640, 320, 60, 40
    values = [value for _, value in points] + [rule_eur]
    room = 0.1 * (max(values) - min(values)) or 1.0
    low, top = min(values) - room, max(values) + room
    most = max(steps for steps, _ in points) or 1

    def x(steps: float) -> float:
        return left + (wide - left - 20) * steps / most

    def y(value: float) -> float:
        return high - bottom - (high - bottom - 20) * (value - low) / (top - low)

    line = " ".join(f"{x(steps):.1f},{y(value):.1f}" for steps, value in points)
    step = 10 ** math.floor(math.log10(top - low))
    marks = [step * number for number in range(math.ceil(low / step), math.floor(top / step) + 1)]
    ticks = "".join(
        f'<line x1="{left}" x2="{wide - 20}" y1="{y(mark):.1f}" y2="{y(mark):.1f}" stroke="#ddd"/>'
        f'<text x="{left - 6}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark:g}</text>'
        for mark in marks
    )
    ticks += "".join(
        f'<text x="{x(most * part / 5):.1f}" y="{high - bottom + 18}" text-anchor="middle">{most * part // 5:,}</text>'
        for part in range(6)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>{ticks}'
        f'<text x="{left}" y="14">EUR saved a day on validation days</text>'
        f'<text x="{wide - 20}" y="{high - 6}" text-anchor="end">steps</text>'
        f'<line x1="{left}" x2="{wide - 20}" y1="{y(rule_eur):.1f}" y2="{y(rule_eur):.1f}" stroke="#c60" '
        f'stroke-dasharray="6 4"/><text x="{wide - 24}" y="{y(rule_eur) + 16:.1f}" text-anchor="end" fill="#c60">'
        f'rule</text><polyline points="{line}" fill="none" stroke="#2563a8" stroke-width="2"/></svg>\n'
    )

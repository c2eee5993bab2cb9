"""A picture of a plant: a panel for each device with the bars of its measured variables, and lines of text below."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gymnasium.error import DependencyNotInstalled

from twin.clock import iso_time
from twin.core import Twin
from twin.variables import Variable

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 1120, 660
COLUMNS = 4
_HEAD, _MARGIN, _ROW, _TEXT_ROWS = 40, 12, 15, 7
_NAME, _VALUE = 108, 74

_RANGES: Mapping[str, tuple[float, float]] = {
    "voltage_pu": (0.9, 1.1),
    "temperature_c": (0, 120),
    "vibration_mm_s": (0, 12),
    "current_a": (0, 150),
    "oil_ppm": (0, 180),
    "leak_l_min": (0, 5),
    "travel_error_pct": (0, 15),
    "loading_pct": (0, 120),
    "price_ct_kwh": (0, 50),
    "scrap_pct": (0, 20),
    "lead_time_min": (0, 60),
    "wip": (0, 40),
}
"""What a bar shows, by quantity, where the Variable's own bounds are too wide for the eye."""
_SWITCHES = ("running", "on")
_BAD_WHEN_HIGH = (
    *("temperature_c", "vibration_mm_s", "tool_wear_pct", "scrap_pct", "lead_time_min"),
    *("current_a", "oil_ppm", "leak_l_min", "travel_error_pct", "loading_pct"),
)

_PAPER, _PANEL, _INK, _FAINT = (246, 247, 249), (255, 255, 255), (28, 34, 43), (120, 128, 140)
_TROUGH, _BAR, _FULL = (228, 231, 236), (70, 130, 180), (214, 110, 40)
_LAMP_ON, _LAMP_OFF = (46, 160, 87), (170, 176, 186)
_NEARLY_FULL = 0.9


@dataclass(frozen=True, slots=True)
class _Panel:
    """A title and its rows: what a row is called, and its variable."""

    title: str
    rows: tuple[tuple[str, Variable], ...]


def plant_picture(twin: Twin, lines: Sequence[str] = ()) -> npt.NDArray[np.uint8]:
    """Draw a plant as it is measured now, with the last of `lines` below; height x width x 3, red green blue.

    Raises `gymnasium.error.DependencyNotInstalled` without Pillow, which is in the extra `rl`.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise DependencyNotInstalled('pictures need Pillow: pip install "leaf-twin[rl]"') from error
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(image)
    measured = twin.read_all()
    draw.text((_MARGIN, 10), twin.scenario, fill=_INK, font=_font(18))
    draw.text((WIDTH - _MARGIN, 14), iso_time(twin.now), fill=_FAINT, font=_font(14), anchor="ra")
    wide = (WIDTH - _MARGIN) // COLUMNS
    for column, panels in enumerate(_columns(_panels(twin.variables))):
        y = _HEAD
        for panel in panels:
            y = _draw_panel(draw, panel, measured, _MARGIN + column * wide, y, wide - _MARGIN)
    _write(draw, lines)
    return np.asarray(image)


def _panels(variables: Mapping[str, Variable]) -> list[_Panel]:
    """Group by device; devices with one variable alone are grouped by what is measured."""
    places: dict[str, list[tuple[str, Variable]]] = {}
    for name, variable in variables.items():
        place, _, quantity = name.rpartition(".")
        places.setdefault(place, []).append((quantity, variable))
    alone: dict[str, list[tuple[str, Variable]]] = {}
    found = []
    for place, rows in places.items():
        if len(rows) == 1:
            alone.setdefault(rows[0][0], []).append((place, rows[0][1]))
        else:
            found.append(_Panel(place, tuple(rows)))
    return found + [_Panel(quantity, tuple(rows)) for quantity, rows in alone.items()]


def _columns(panels: Sequence[_Panel]) -> list[list[_Panel]]:
    """Spread panels over the columns in their order, about equally high."""
    whole = sum(len(panel.rows) + 2 for panel in panels)
    columns: list[list[_Panel]] = [[] for _ in range(COLUMNS)]
    used = 0
    for panel in panels:
        size = len(panel.rows) + 2
        columns[min(COLUMNS - 1, int((used + size / 2) * COLUMNS / whole))].append(panel)
        used += size
    return columns


def _draw_panel(draw: ImageDraw, panel: _Panel, measured: Mapping[str, float], x: int, y: int, wide: int) -> int:
    """Draw one panel and return where the next begins."""
    bottom = y + _ROW * (len(panel.rows) + 1) + 2
    draw.rounded_rectangle((x, y, x + wide, bottom), 4, fill=_PANEL, outline=_TROUGH)
    draw.text((x + 6, y + 2), panel.title, fill=_INK, font=_font(12))
    for place, (label, variable) in enumerate(panel.rows, 1):
        top = y + place * _ROW
        value = measured[variable.name]
        quantity = variable.name.rpartition(".")[2]
        draw.text((x + 6, top + 2), label, fill=_FAINT, font=_font(10))
        left, right = x + _NAME, x + wide - _VALUE
        if quantity in _SWITCHES:
            draw.ellipse((left, top + 3, left + 9, top + 12), fill=_LAMP_ON if value else _LAMP_OFF)
            continue
        low, high = _RANGES.get(quantity, (variable.low, variable.high))
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        zero = min(1.0, max(0.0, -low / (high - low)))
        draw.rectangle((left, top + 4, right, top + 11), fill=_TROUGH)
        alarming = share > _NEARLY_FULL and quantity in _BAD_WHEN_HIGH
        ends = sorted((left + round(share * (right - left)), left + round(zero * (right - left))))
        draw.rectangle((ends[0], top + 4, ends[1], top + 11), fill=_FULL if alarming else _BAR)
        draw.text((x + wide - 6, top + 2), f"{value:g} {_unit(variable)}", fill=_INK, font=_font(10), anchor="ra")
    return bottom + 4


def _unit(variable: Variable) -> str:
    return "" if variable.unit == "1" else variable.unit


def _write(draw: ImageDraw, lines: Sequence[str]) -> None:
    wrapped = [part for line in lines for part in textwrap.wrap(line, 170) or [""]]
    top = HEIGHT - _MARGIN - _ROW * _TEXT_ROWS
    for place, line in enumerate(wrapped[-_TEXT_ROWS:]):
        draw.text((_MARGIN, top + place * _ROW), line, fill=_INK, font=_font(12))


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)

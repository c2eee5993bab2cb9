"""Find what a caller names, or say which name would have been right."""

from __future__ import annotations

import math
from collections.abc import Iterable

from twin.energy.floor import Floor
from twin.energy.state import ChargerState, LoadState
from twin.errors import NotFound, OutOfRange, no_such


def find_name(noun: str, name: str, known: Iterable[str]) -> str:
    """Return the name if it is known. Raises `NotFound`."""
    names = list(known)
    if name not in names:
        raise NotFound(no_such(noun, name, names))
    return name


def find_bus(floor: Floor, bus: str) -> int:
    """Return a bus's place in the config. Raises `NotFound`."""
    return floor.layout.config.buses.index(find_name("bus", bus, floor.layout.config.buses))


def find_branch(floor: Floor, line: str) -> int:
    """Return the place of a line or the transformer among the branches. Raises `NotFound`."""
    return floor.layout.branches.index(find_name("line", line, floor.layout.branches))


def find_load(floor: Floor, load: str) -> tuple[int, LoadState]:
    """Return a load with its place in the config. Raises `NotFound`."""
    names = [each.name for each in floor.state.loads]
    index = names.index(find_name("load", load, names))
    return index, floor.state.loads[index]


def find_charger(floor: Floor, charger: str) -> tuple[int, ChargerState]:
    """Return a charging point with its place in the config. Raises `NotFound`."""
    names = [each.name for each in floor.state.chargers]
    index = names.index(find_name("charger", charger, names))
    return index, floor.state.chargers[index]


def check_range(name: str, value: float, low: float, high: float, what: str) -> None:
    """Raise `OutOfRange` unless low <= value <= high."""
    if isinstance(value, bool) or not math.isfinite(value) or not low <= value <= high:
        side = "below" if value < low else "above" if value > high else "not a number within"
        limit = low if value < low else high
        raise OutOfRange(f"{name}={value:g} is {side} {limit:g} {what}; allowed {low:g}..{high:g}")

"""Find what a caller names, or say which name would have been right."""

from __future__ import annotations

from collections.abc import Iterable

from twin.errors import NotFound, OutOfRange, no_such
from twin.maintenance.floor import Floor
from twin.maintenance.nameplates import PartConfig, TaskConfig, TechnicianConfig
from twin.maintenance.state import AssetState, WorkOrder


def find_name(noun: str, name: str, known: Iterable[str]) -> str:
    """Return a name that is known. Raises `NotFound`."""
    names = list(known)
    if name not in names:
        raise NotFound(no_such(noun, name, names))
    return name


def find_asset(floor: Floor, asset: str) -> AssetState:
    """Return a machine by name. Raises `NotFound`."""
    return floor.state.assets[find_name("asset", asset, floor.state.assets)]


def find_order(floor: Floor, work_order: str) -> WorkOrder:
    """Return a work order by id. Raises `NotFound`."""
    orders = floor.state.workshop.orders
    digits = work_order.removeprefix("WO-")
    number = int(digits) if digits.isdecimal() and len(digits) < 12 else -1
    found = orders.get(number)
    if found is None or found.name != work_order:
        raise NotFound(no_such("work order", work_order, (known.name for known in orders.values())))
    return found


def find_part(floor: Floor, part: str) -> PartConfig:
    """Return a spare part by name. Raises `NotFound`."""
    return floor.layout.parts[find_name("part", part, floor.layout.parts)]


def find_technician(floor: Floor, technician: str) -> TechnicianConfig:
    """Return somebody of the crew by name. Raises `NotFound`."""
    return floor.layout.technicians[find_name("technician", technician, floor.layout.technicians)]


def find_task(floor: Floor, task: str) -> TaskConfig:
    """Return a kind of work by name. Raises `NotFound`."""
    return floor.layout.tasks[find_name("task", task, floor.layout.tasks)]


def check_range(what: str, value: float, low: float, high: float, place: str = "") -> None:
    """Raise `OutOfRange` unless low <= value <= high; `place` tells for what ("for part SEA-35")."""
    if low <= value <= high:
        return
    side, limit = ("below", low) if value < low else ("above", high)
    where = f" {place}" if place else ""
    raise OutOfRange(f"{what}={value:g} is {side} {limit:g}{where}; allowed {low:g}..{high:g}")

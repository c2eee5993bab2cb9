"""Find what a caller names, or say which name would have been right."""

from __future__ import annotations

from collections.abc import Iterable

from twin.alarm_book import Alarm
from twin.errors import NotFound, OutOfRange, no_such
from twin.production.floor import Floor
from twin.production.state import LineState, Order


def find_line(floor: Floor, line: int) -> LineState:
    """Return a line by number. Raises `NotFound`."""
    lines = floor.state.lines
    if isinstance(line, bool) or line not in range(1, len(lines) + 1):
        raise NotFound(f"no line {line!r}; this plant has lines 1..{len(lines)}")
    return lines[int(line) - 1]


def find_station(floor: Floor, station: str) -> int:
    """Return a station's index on its line. Raises `NotFound`."""
    names = [config.name for config in floor.layout.stations]
    return names.index(find_name("station", station, names))


def find_order(floor: Floor, order: str) -> Order:
    """Return an order by id. Raises `NotFound`."""
    orders = floor.state.orders
    found = orders.get(_number(order, "O-"))
    if found is None:
        raise NotFound(no_such("order", order, (known.name for known in orders.values())))
    return found


def find_alarm(floor: Floor, alarm: str) -> Alarm:
    """Return an alarm by id. Raises `NotFound`."""
    alarms = floor.state.alarms.alarms
    found = alarms.get(_number(alarm, "A-"))
    if found is None:
        raise NotFound(no_such("alarm", alarm, (known.name for known in alarms.values())))
    return found


def _number(name: str, prefix: str) -> int:
    """Return the number in an id, or -1 if it is not written as ids are."""
    digits = name.removeprefix(prefix)
    return int(digits) if digits.isdecimal() and f"{prefix}{int(digits)}" == name else -1


def find_name(noun: str, name: str, known: Iterable[str]) -> str:
    """Return a name that is known. Raises `NotFound`."""
    names = list(known)
    if name not in names:
        raise NotFound(no_such(noun, name, names))
    return name


def check_range(what: str, value: float, low: float, high: float, place: str = "") -> None:
    """Raise `OutOfRange` unless low <= value <= high; `place` tells for what ("for line 3")."""
    if low <= value <= high:
        return
    side, limit = ("below", low) if value < low else ("above", high)
    where = f" {place}" if place else ""
    raise OutOfRange(f"{what}={value:g} is {side} {limit:g}{where}; allowed {low:g}..{high:g}")

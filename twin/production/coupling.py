"""What others than the plant itself decide about it, by name: a larger plant lends machines and power to the lines."""

from __future__ import annotations

from typing import Any

from twin.errors import OutOfRange
from twin.production import line as lines
from twin.production import stations
from twin.production.config import ProductionConfig
from twin.production.floor import Floor
from twin.production.lookup import find_name
from twin.production.state import LineState
from twin.variables import Variable

POWER = "power_available"
MACHINE = "available"


def declare_inputs(config: ProductionConfig) -> dict[str, Variable]:
    """Declare the inputs of a plant, in its order. They are set by the command `set_input`, never by a tool."""
    table: list[Variable] = []
    for number in range(1, config.lines + 1):
        name = f"line{number}"
        table.append(Variable(f"{name}.{POWER}", "1", 0, 1, True, f"1 while line {number} has electric power"))
        table += [
            Variable(
                f"{name}.{station.name}.{MACHINE}",
                "1",
                0,
                1,
                True,
                f"1 while {station.name} of line {number} may work, 0 while somebody else has or locks the machine",
            )
            for station in config.stations
        ]
    return {variable.name: variable for variable in table}


def set_input(floor: Floor, name: str, value: float) -> dict[str, Any]:
    """Set an input to 0 or 1. Raises `NotFound` or `OutOfRange`."""
    find_name("input", name, declare_inputs(floor.layout.config))
    if value not in (0, 1):
        raise OutOfRange(f"{name}={value:g} is neither 0 nor 1; set 1 for available, 0 for not available")
    place, *rest = name.split(".")
    found = floor.state.lines[int(place.removeprefix("line")) - 1]
    if rest == [POWER]:
        before = found.powered
        lines.set_power(floor, found, bool(value))
    else:
        index = _index(found, rest[0])
        before = found.stations[index].available
        stations.set_available(floor, found, floor.places(found)[index], bool(value))
    return {"input": name, "value": float(value), "previous_value": float(before)}


def _index(line: LineState, station: str) -> int:
    return next(index for index, each in enumerate(line.stations) if each.name == station)

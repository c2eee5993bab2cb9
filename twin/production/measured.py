"""The variables of a plant: what protocol servers and numeric agents see. Measured values only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twin.errors import OutOfRange
from twin.production.config import ProductionConfig
from twin.production.floor import Floor
from twin.production.state import LineState
from twin.production.views import power_kw
from twin.production.windows import Window, begin, key_figures, scrap_pct, throughput_per_h, totals
from twin.variables import Variable

_LINE = (
    ("running", "1", 0, 1, True, "1 while the line is on, 0 while it is stopped; write it to start or stop the line"),
    ("throughput_per_h", "parts/h", 0, 120, False, "good parts in the last hour"),
    ("wip", "parts", 0, 100, False, "parts on the line"),
    ("scrap_pct", "%", 0, 100, False, "scrap in the last hour, in percent of the parts inspected"),
    ("power_kw", "kW", 0, 200, False, "electric power of the line"),
    ("oee_pct", "%", 0, 100, False, "overall equipment effectiveness of the last four hours"),
    ("lead_time_min", "min", 0, 240, False, "mean time on the line of the parts that left it in the last four hours"),
    ("on_time_pct", "%", 0, 100, False, "orders of the last four hours that were finished by their due time"),
)
FIGURES_H = 4.0
_STATION = {
    "temperature_c": ("C", 0, 200, "temperature"),
    "vibration_mm_s": ("mm/s", 0, 50, "vibration velocity, RMS"),
    "tool_wear_pct": ("%", 0, 100, "tool wear"),
}


def declare(config: ProductionConfig) -> dict[str, Variable]:
    """Declare the variables of a plant, in its order."""
    table: list[Variable] = []
    for number in range(1, config.lines + 1):
        name = f"line{number}"
        low, high = config.speed_low, config.speed_high
        table.append(Variable(f"{name}.speed_per_h", "parts/h", low, high, True, f"target speed of line {number}"))
        table += [
            Variable(f"{name}.{quantity}", unit, least, most, writable, f"line {number}: {text}")
            for quantity, unit, least, most, writable, text in _LINE
        ]
        table += [
            Variable(f"{name}.{station.name}.{sensor}", unit, least, most, False, f"{text} of {station.name}, {name}")
            for station in config.stations
            for sensor, (unit, least, most, text) in _STATION.items()
        ]
    return {variable.name: variable for variable in table}


def read(floor: Floor, name: str) -> float:
    """Return the measured value of a declared variable."""
    column = floor.layout.columns.get(name)
    if column is not None:
        return floor.state.sampler.samples[-1][column]
    place, quantity = name.split(".")
    line = floor.state.lines[int(place.removeprefix("line")) - 1]
    return _DIRECT[quantity](floor, line) if quantity in _DIRECT else _figures(floor, line)[quantity]


def read_all(floor: Floor) -> dict[str, float]:
    """Return all measured values: the same as one by one, at a fraction of the price."""
    sample = floor.state.sampler.samples[-1]
    found = {name: sample[column] for name, column in floor.layout.columns.items()}
    for line in floor.state.lines:
        place = f"line{line.number}."
        for quantity, look in _DIRECT.items():
            found[place + quantity] = look(floor, line)
        for quantity, value in _figures(floor, line).items():
            found[place + quantity] = value
    return found


_DIRECT: dict[str, Callable[[Floor, LineState], float]] = {
    "speed_per_h": lambda floor, line: line.speed_per_h,  # noqa: ARG005 - one signature for all
    "running": lambda floor, line: float(line.on),  # noqa: ARG005
    "throughput_per_h": throughput_per_h,
    "wip": lambda floor, line: float(line.wip),  # noqa: ARG005
    "power_kw": lambda floor, line: round(sum(power_kw(floor, line, index) for index in range(len(line.stations))), 1),
}


def _figures(floor: Floor, line: LineState) -> dict[str, float]:
    """Work out what comes from sums over hours; the sums until now are added up once."""
    until_now = totals(floor, line)
    figures = key_figures(Window(begin(floor, line, FIGURES_H), until_now))
    return {
        "scrap_pct": round(scrap_pct(Window(begin(floor, line, 1.0), until_now)), 1),
        "oee_pct": round(100 * figures.oee, 1),
        "lead_time_min": round(figures.lead_time_min, 1),
        "on_time_pct": round(100 * figures.on_time_share, 1),
    }


def writing(name: str, value: float) -> tuple[str, dict[str, Any]]:
    """Name the command that writes a writable variable."""
    place, quantity = name.split(".")
    number = int(place.removeprefix("line"))
    if quantity == "speed_per_h":
        return "set_line_speed", {"line": number, "speed_per_h": float(value)}
    if value not in (0, 1):
        raise OutOfRange(f"{name}={value:g} is neither 0 nor 1; write 1 to start the line, 0 to stop it")
    return ("start_line" if value else "stop_line"), {"line": number}

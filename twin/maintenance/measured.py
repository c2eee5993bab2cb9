"""The variables of a shop: what protocol servers and numeric agents see. Measured values only."""

from __future__ import annotations

from typing import Any

from twin.maintenance.alarms import UNITS, WORDS
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.floor import Floor
from twin.maintenance.service import duty_pct
from twin.variables import Variable

_HIGH = {
    "vibration_mm_s": 50.0,
    "temperature_c": 200.0,
    "current_a": 500.0,
    "flow_pct": 120.0,
    "oil_ppm": 500.0,
    "leak_l_min": 50.0,
    "travel_error_pct": 100.0,
}


def declare(config: MaintenanceConfig) -> dict[str, Variable]:
    """Declare the variables of a shop, in its order. The duty of a machine is also its coupling to what it serves."""
    classes = {kind.name: kind for kind in config.classes}
    table: list[Variable] = []
    for asset in config.assets:
        name = asset.name
        table.append(Variable(f"{name}.duty_pct", "%", -1, 120, True, f"duty of {name}; write -1 for its own profile"))
        table.append(Variable(f"{name}.running", "1", 0, 1, False, f"1 while {name} runs"))
        table += [
            Variable(f"{name}.{sensor}", UNITS[sensor], 0, _HIGH[sensor], False, f"{WORDS[sensor]} of {name}")
            for sensor in classes[asset.asset_class].sensors
        ]
    return {variable.name: variable for variable in table}


def read(floor: Floor, name: str) -> float:
    """Return the measured value of a declared variable; while communication is lost, the last one."""
    asset, quantity = name.split(".")
    found = floor.state.assets[asset]
    place = floor.place(found)
    if quantity == "duty_pct":
        return round(duty_pct(floor, place, found), 1)
    if quantity == "running":
        return float(found.state == "running")
    return found.said[place.sensor(quantity)]


def writing(name: str, value: float) -> tuple[str, dict[str, Any]]:
    """Name the command that writes a writable variable."""
    return "set_input", {"name": name, "value": float(value)}

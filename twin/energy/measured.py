"""The variables of a microgrid: what protocol servers and numeric agents see. Measured values only."""

from __future__ import annotations

from typing import Any

from twin.energy import sensors
from twin.energy.commands import LEAST_LIMIT_KW
from twin.energy.config import EnergyConfig
from twin.energy.floor import Floor
from twin.errors import OutOfRange
from twin.variables import Variable

_SWITCH = "1 while it is on, 0 while it is off; write it to switch it"


def declare(config: EnergyConfig) -> dict[str, Variable]:
    """Declare the variables of a plant, in its order."""
    battery, generator, contracted = config.battery, config.generator, config.tariff.contracted_kw
    most = 2 * contracted
    table = [
        Variable("grid.import_kw", "kW", -most, most, False, "import from the external grid; negative is export"),
        Variable("grid.limit_kw", "kW", LEAST_LIMIT_KW, contracted, True, "own import limit"),
        Variable("tariff.price_ct_kwh", "ct/kWh", 0, 200, False, "import price"),
        Variable(f"{config.pv.name}.power_kw", "kW", 0, config.pv.peak_kw, False, "power of the panels"),
        Variable(f"{battery.name}.soc_pct", "%", 0, 100, False, "state of charge"),
        Variable(
            f"{battery.name}.power_kw",
            "kW",
            -battery.max_power_kw,
            battery.max_power_kw,
            True,
            "power of the battery, positive when discharging; write it to dispatch",
        ),
        Variable(f"{generator.name}.power_kw", "kW", 0, generator.max_power_kw, False, "power of the generator"),
        Variable(
            f"{generator.name}.setpoint_kw",
            "kW",
            generator.min_power_kw,
            generator.max_power_kw,
            True,
            "ordered power of the running generator; 0 while it is off",
        ),
        Variable(f"{generator.name}.running", "1", 0, 1, True, _SWITCH),
    ]
    branches = (config.transformer.name, *(line.name for line in config.lines))
    table += [Variable(f"{name}.loading_pct", "%", 0, 300, False, f"loading of {name}") for name in branches]
    table += [Variable(f"{bus}.voltage_pu", "p.u.", 0, 1.5, False, f"voltage at bus {bus}") for bus in config.buses]
    for load in config.loads:
        table.append(Variable(f"{load.name}.power_kw", "kW", 0, 3 * load.nominal_kw, False, f"power of {load.name}"))
        if load.kind == "sheddable":
            table.append(Variable(f"{load.name}.on", "1", 0, 1, True, _SWITCH))
    for charger in config.chargers:
        top = charger.max_power_kw
        table.append(Variable(f"{charger.name}.power_kw", "kW", 0, top, False, f"power of {charger.name}"))
        table.append(Variable(f"{charger.name}.limit_kw", "kW", 0, top, True, f"charging power set at {charger.name}"))
    return {variable.name: variable for variable in table}


def read(floor: Floor, name: str) -> float:
    """Return the measured value of a declared variable."""
    state = floor.state
    place, quantity = name.split(".")
    if name == "grid.limit_kw":
        return state.supply.limit_kw
    if quantity == "setpoint_kw":
        return state.generator.target_kw
    if quantity == "running":
        return float(state.generator.state in ("starting", "running"))
    if quantity == "on":
        return float(next(not (load.shed or load.dropped) for load in state.loads if load.name == place))
    if quantity == "limit_kw":
        return next(charger.limit_kw for charger in state.chargers if charger.name == place)
    return round(sensors.said(floor, place, quantity), 3 if quantity == "voltage_pu" else 1)


def read_many(floor: Floor) -> dict[str, float]:
    """Return the values of which there are many alike, at once; nothing while a meter may be at fault."""
    state = floor.state
    if floor.faults or state.held:
        return {}
    values = {
        "bus": [round(value, 3) for value in state.supply.flow.voltages_pu],
        "branch": [round(value, 1) for value in state.supply.loadings_pct],
        "load": [round(load.power_kw, 1) for load in state.loads],
        "charger": [round(charger.power_kw, 1) for charger in state.chargers],
    }
    found = {name: values[kind][index] for name, (kind, index) in floor.layout.meters.items()}
    for load in state.loads:
        found[f"{load.name}.on"] = float(not (load.shed or load.dropped))
    for charger in state.chargers:
        found[f"{charger.name}.limit_kw"] = charger.limit_kw
    return found


def writing(config: EnergyConfig, name: str, value: float) -> tuple[str, dict[str, Any]]:
    """Name the command that writes a writable variable."""
    place, quantity = name.split(".")
    if name == "grid.limit_kw":
        return "set_import_limit", {"limit_kw": float(value)}
    if quantity == "limit_kw":
        return "set_ev_charging", {"charger": place, "power_kw": float(value)}
    if quantity == "setpoint_kw":
        return "set_generator_power", {"power_kw": float(value)}
    if place == config.battery.name:
        return "dispatch_battery", {"power_kw": float(value)}
    if value not in (0, 1):
        raise OutOfRange(f"{name}={value:g} is neither 0 nor 1; write 1 to switch it on, 0 to switch it off")
    if quantity == "running":
        return ("start_generator" if value else "stop_generator"), {}
    return ("restore_load" if value else "shed_load"), {"load": place}

"""What the meters say. They are exact but for faults: drift adds to a reading, a stuck or lost one stays as it was."""

from __future__ import annotations

from twin.energy.disturbances import DRIFT, DRIFT_RAMP_S, GRID, HOLDING, TARIFF, quantities
from twin.energy.floor import Floor
from twin.energy.units import soc_pct
from twin.errors import Unavailable


def truth(floor: Floor, place: str, quantity: str) -> float:
    """Return the true value of a measured quantity."""
    state = floor.state
    match floor.layout.meters.get(f"{place}.{quantity}"):
        case ("bus", index):
            return state.supply.flow.voltages_pu[index]
        case ("branch", index):
            return state.supply.loadings_pct[index]
        case ("load", index):
            return state.loads[index].power_kw
        case ("charger", index):
            return state.chargers[index].power_kw
    if quantity == "import_kw":
        return state.supply.import_kw
    if quantity == "price_ct_kwh":
        return state.supply.price_ct
    if quantity == "soc_pct":
        return soc_pct(floor)
    config = floor.layout.config
    powers = {
        config.battery.name: state.battery.power_kw,
        config.pv.name: state.supply.pv_kw,
        config.generator.name: state.generator.power_kw,
    }
    return powers[place]


def said(floor: Floor, place: str, quantity: str) -> float:
    """Return what a meter says."""
    held = floor.state.held
    if held:
        value = held.get(f"{place}.{quantity}")
        if value is not None:
            return value
    value = truth(floor, place, quantity)
    if place in floor.faults and quantity in DRIFT:
        value += DRIFT[quantity] * floor.severity(place, "sensor_drift", DRIFT_RAMP_S, quantity)
    return value


def hold(floor: Floor) -> None:
    """Let meters whose fault has just begun keep what they say, and let go of those whose fault is over."""
    held = floor.state.held
    for place, measured in quantities(floor.layout.config).items():
        if place not in floor.faults:
            continue
        for quantity in measured:
            name = f"{place}.{quantity}"
            if not any(floor.severity(place, kind, part=quantity) for kind in HOLDING):
                held.pop(name, None)
            elif name not in held:
                held[name] = said(floor, place, quantity)


def reach(floor: Floor, place: str, what: str) -> None:
    """Raise `Unavailable` while the place does not answer."""
    if floor.severity(place, "communication_loss"):
        raise Unavailable(f"{place} does not answer, so {what} cannot be read; try later or read another place")


def loadings(floor: Floor) -> tuple[float, ...]:
    """Return what is said of all branches."""
    if not floor.faults and not floor.state.held:
        return floor.state.supply.loadings_pct
    return tuple(said(floor, name, "loading_pct") for name in floor.layout.branches)


def voltages(floor: Floor) -> tuple[float, ...]:
    """Return what is said of all buses."""
    if not floor.faults and not floor.state.held:
        return floor.state.supply.flow.voltages_pu
    return tuple(said(floor, bus, "voltage_pu") for bus in floor.layout.config.buses)


def import_kw(floor: Floor) -> float:
    """Return what the meter at the external grid says; negative is export."""
    return said(floor, GRID, "import_kw")


def price_ct(floor: Floor) -> float:
    """Return the import price that the market's feed says."""
    return said(floor, TARIFF, "price_ct_kwh")

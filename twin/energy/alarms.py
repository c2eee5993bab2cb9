"""Which alarms a microgrid raises. The plant acknowledges them itself when their cause is gone."""

from __future__ import annotations

from twin.alarm_book import Alarm
from twin.energy import sensors
from twin.energy.disturbances import GRID, TARIFF
from twin.energy.floor import Floor

VOLTAGE_BAND = (0.95, 1.05)
FULL_PCT = 100.0
LOW_SOC_PCT = 15.0
_FULL_CLEARS_PCT = 97.0
_BAND_CLEARS = 0.003
_LIMIT_CLEARS = 0.98
_LOW_SOC_CLEARS_PCT = 18.0


def watch(floor: Floor) -> None:
    """Raise and clear alarms and tell about alert rules by what the meters say now."""
    state = floor.state
    loadings, voltages = sensors.loadings(floor), sensors.voltages(floor)
    taken = sensors.import_kw(floor)
    soc = sensors.said(floor, floor.layout.config.battery.name, "soc_pct")
    supply = state.supply
    up = {(alarm.place, alarm.cause): alarm for alarm in state.alarms.alarms.values() if alarm.active}
    quiet = (
        not floor.faults
        and max(loadings) <= FULL_PCT
        and min(voltages) >= VOLTAGE_BAND[0]
        and max(voltages) <= VOLTAGE_BAND[1]
        and taken <= supply.limit_kw
        and soc >= LOW_SOC_PCT
        and not up
    )
    if not quiet:
        _watch_net(floor, up, loadings, voltages)
        _watch_supply(floor, up, taken, soc)
    if state.alarms.rules:
        _watch_rules(floor, loadings, voltages, taken, soc)


Up = dict[tuple[str, str], Alarm]
"""The active alarms by place and cause."""


def _set(floor: Floor, up: Up, there: bool, place: str, severity: str, cause: str, text: str) -> None:
    state = floor.state
    alarm = up.get((place, cause))
    if there and alarm is None:
        state.alarms.sound(floor.journal, state.now_ms, place, severity, cause, text)
    elif alarm is not None and not there:
        state.alarms.acknowledge(floor.journal, state.now_ms, alarm.name, "control")
        state.alarms.clear(floor.journal, state.now_ms, place, cause)


def _beyond(up: Up, place: str, cause: str, raises: bool, stays: bool) -> bool:
    """Whether a cause is there: an alarm that is up stays until the value has come back by a margin."""
    return raises or (stays and (place, cause) in up)


def _watch_net(floor: Floor, up: Up, loadings: tuple[float, ...], voltages: tuple[float, ...]) -> None:
    for name, loading in zip(floor.layout.branches, loadings, strict=True):
        there = _beyond(up, name, "overload", loading > FULL_PCT, loading > _FULL_CLEARS_PCT)
        _set(floor, up, there, name, "critical", "overload", f"{name} is overloaded: {loading:.0f} % of its rating")
    low, high = VOLTAGE_BAND
    dark = floor.state.supply.mode == "blackout"
    for bus, voltage in zip(floor.layout.config.buses, voltages, strict=True):
        # A bus without supply has no voltage to be out of band; the outage has an alarm of its own.
        off = dark or voltage == 0.0
        out = not low <= voltage <= high
        stays = not low + _BAND_CLEARS <= voltage <= high - _BAND_CLEARS
        there = not off and _beyond(up, bus, "voltage", out, stays)
        _set(
            floor,
            up,
            there,
            bus,
            "warning",
            "voltage",
            f"voltage at {bus} is {voltage:.3f} p.u., outside {low}..{high}",
        )


def _watch_supply(floor: Floor, up: Up, taken: float, soc: float) -> None:
    supply, config = floor.state.supply, floor.layout.config
    limit, asked = supply.limit_kw, supply.asked_kw
    over = _beyond(up, GRID, "import_limit", taken > limit, taken > _LIMIT_CLEARS * limit)
    text = f"import is {taken:.0f} kW, above the limit of {limit:.0f} kW"
    _set(floor, up, over, GRID, "critical", "import_limit", text)
    text = f"demand response: keep import below {asked or 0:.0f} kW"
    _set(floor, up, asked is not None, GRID, "warning", "demand_response", text)
    text = f"the external grid is lost; the plant runs as {'an island' if supply.mode == 'island' else 'nothing'}"
    _set(floor, up, supply.mode == "island", GRID, "critical", "outage", text)
    _set(floor, up, supply.mode == "blackout", GRID, "critical", "blackout", "the plant is without power")
    spike = bool(floor.severity(TARIFF, "price_spike"))
    _set(
        floor, up, spike, TARIFF, "info", "price_spike", f"the import price has jumped to {supply.price_ct:.1f} ct/kWh"
    )
    generator, battery = config.generator.name, config.battery.name
    tripped = floor.state.generator.state == "tripped"
    _set(floor, up, tripped, generator, "critical", "trip", f"{generator} has tripped")
    low = _beyond(up, battery, "soc_low", soc < LOW_SOC_PCT, soc < _LOW_SOC_CLEARS_PCT)
    _set(floor, up, low, battery, "info", "soc_low", f"{battery} is nearly empty: {soc:.0f} %")


def _watch_rules(
    floor: Floor, loadings: tuple[float, ...], voltages: tuple[float, ...], taken: float, soc: float
) -> None:
    layout, state = floor.layout, floor.state
    values = {(bus, "voltage_pu"): round(value, 3) for bus, value in zip(layout.config.buses, voltages, strict=True)}
    values |= {(name, "loading_pct"): round(value, 1) for name, value in zip(layout.branches, loadings, strict=True)}
    values[GRID, "import_kw"] = round(taken, 1)
    values[layout.config.battery.name, "soc_pct"] = round(soc, 1)
    state.alarms.watch(floor.journal, state.now_ms, values)

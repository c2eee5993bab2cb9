"""The looks at the net, the loads and the units. Each is a pure function of the state and answers with a flat dict."""

from __future__ import annotations

from typing import Any

from twin.clock import iso_time
from twin.energy import sensors
from twin.energy.accounting import CONSUMERS, WEAR_EUR, window
from twin.energy.alarms import VOLTAGE_BAND
from twin.energy.chargers import state_word
from twin.energy.control import rating_a
from twin.energy.disturbances import GRID, TARIFF
from twin.energy.floor import Floor
from twin.energy.lookup import check_range, find_branch, find_bus, find_charger, find_load
from twin.energy.nature import HOUR_MS
from twin.energy.state import ChargerState, LoadState
from twin.energy.units import battery_max_kw

HOURS_RANGE = (0.5, 24)


def event(floor: Floor) -> str:
    """Return what goes on at the external grid, the gravest first."""
    supply = floor.state.supply
    if supply.mode != "grid":
        return "outage" if supply.mode == "island" else "blackout"
    if supply.asked_kw is not None:
        return "demand_response"
    return "price_spike" if floor.severity(TARIFF, "price_spike") else "none"


def band(voltage_pu: float) -> str:
    """Return ok, low or high."""
    low, high = VOLTAGE_BAND
    return "low" if voltage_pu < low else "high" if voltage_pu > high else "ok"


def load_state(load: LoadState) -> str:
    """Return on, shed or shifted."""
    if load.shed or load.dropped:
        return "shed"
    return "shifted" if load.delay_ms else "on"


def get_grid_status(floor: Floor) -> dict[str, Any]:
    """Tell how the whole microgrid is."""
    sensors.reach(floor, GRID, "the grid's status")
    state, config = floor.state, floor.layout.config
    loadings, voltages = sensors.loadings(floor), sensors.voltages(floor)
    first = 0 if state.supply.mode == "grid" else 1
    lowest = min(range(first, len(voltages)), key=voltages.__getitem__)
    highest = max(range(len(loadings)), key=loadings.__getitem__)
    alarms = [alarm for alarm in state.alarms.listed() if alarm.active]
    taken = sum(load.power_kw for load in state.loads) + sum(charger.power_kw for charger in state.chargers)
    return {
        "import_kw": round(sensors.import_kw(floor), 1),
        "import_limit_kw": round(state.supply.limit_kw, 1),
        "load_kw": round(taken, 1),
        "pv_kw": round(sensors.said(floor, config.pv.name, "power_kw"), 1),
        "battery_kw": round(sensors.said(floor, config.battery.name, "power_kw"), 1),
        "soc_pct": round(sensors.said(floor, config.battery.name, "soc_pct"), 1),
        "generator_state": state.generator.state,
        "generator_kw": round(sensors.said(floor, config.generator.name, "power_kw"), 1),
        "islanded": "no" if state.supply.mode == "grid" else "yes",
        "event": event(floor),
        "asked_import_kw": round(state.supply.limit_kw if state.supply.asked_kw is None else state.supply.asked_kw, 1),
        "lowest_voltage_pu": round(voltages[lowest], 3),
        "lowest_voltage_bus": config.buses[lowest],
        "highest_loading_pct": round(loadings[highest], 1),
        "highest_loading_line": floor.layout.branches[highest],
        "active_alarms": len(alarms),
        "alarms": [
            {"alarm": alarm.name, "place": alarm.place, "severity": alarm.severity, "text": alarm.text}
            for alarm in alarms
        ],
    }


def get_bus_voltage(floor: Floor, bus: str) -> dict[str, Any]:
    """Tell a bus's voltage."""
    index, config = find_bus(floor, bus), floor.layout.config
    sensors.reach(floor, bus, "its voltage")
    voltage = sensors.said(floor, bus, "voltage_pu")
    kv = config.high_kv if index == 0 else config.low_kv
    shown = round(voltage, 3)
    return {"bus": bus, "voltage_pu": shown, "voltage_v": round(1000 * kv * voltage, 1), "band": band(shown)}


def get_line_loading(floor: Floor, line: str) -> dict[str, Any]:
    """Tell how much a line or the transformer carries; current and rating of the transformer are its low side's."""
    index, config = find_branch(floor, line), floor.layout.config
    sensors.reach(floor, line, "its loading")
    flow = floor.state.supply.flow
    ends = (config.buses[0], config.buses[1])
    if index:
        ends = (config.lines[index - 1].from_bus, config.lines[index - 1].to_bus)
    return {
        "line": line,
        "from_bus": ends[0],
        "to_bus": ends[1],
        "loading_pct": round(sensors.said(floor, line, "loading_pct"), 1),
        "current_a": round(flow.currents_a[index], 1),
        "rating_a": round(rating_a(floor, index), 1),
        "power_kw": round(flow.powers_kw[index], 1),
    }


def get_load_profile(floor: Floor, load: str, hours: float = 24.0) -> dict[str, Any]:
    """Sum up what a load took; the peak is the greatest mean of a quarter of an hour. A running batch has begun."""
    index, found = find_load(floor, load)
    check_range("hours", hours, *HOURS_RANGE, "to look back")
    sensors.reach(floor, load, "its profile")
    span = window(floor, hours)
    energy = span.gained(CONSUMERS + index)
    now_kw = sensors.said(floor, load, "power_kw")
    means = span.means_kw(CONSUMERS + index) or [(floor.state.now_ms, now_kw)]
    peak_ms, peak_kw = max(means, key=lambda mean: (mean[1], -mean[0]))
    return {
        "load": load,
        "kind": floor.layout.config.loads[index].kind,
        "state": load_state(found),
        "power_kw": round(now_kw, 1),
        "mean_kw": round(energy / span.hours if span.hours else now_kw, 1),
        "peak_kw": round(peak_kw, 1),
        "peak_time": iso_time(peak_ms / 1000),
        "energy_kwh": round(energy, 1),
        "batch_starts": iso_time(found.batch_ms / 1000) if found.batch_ms else "none",
    }


def get_battery(floor: Floor) -> dict[str, Any]:
    """Tell how the battery is."""
    config = floor.layout.config.battery
    sensors.reach(floor, config.name, "its state")
    battery = floor.state.battery
    power = battery.power_kw
    room = config.capacity_kwh * config.ceiling_pct / 100 - battery.energy_kwh
    stock = battery.energy_kwh - config.capacity_kwh * config.floor_pct / 100
    hours = 0.0
    if power > 0:
        hours = stock * config.discharge_efficiency / power
    elif power < 0:
        hours = room / (-power * config.charge_efficiency)
    wear = window(floor, HOURS_RANGE[1]).gained(WEAR_EUR)
    return {
        "state": "discharging" if power > 0 else "charging" if power < 0 else "idle",
        "soc_pct": round(sensors.said(floor, config.name, "soc_pct"), 1),
        "power_kw": round(sensors.said(floor, config.name, "power_kw"), 1),
        "energy_kwh": round(battery.energy_kwh, 1),
        "capacity_kwh": round(config.capacity_kwh, 1),
        "max_power_kw": round(battery_max_kw(floor), 1),
        "soc_floor_pct": round(config.floor_pct, 1),
        "soc_ceiling_pct": round(config.ceiling_pct, 1),
        "hours_left": round(max(0.0, hours), 1),
        "wear_eur": round(wear, 2),
    }


def get_ev_chargers(floor: Floor, charger: str | None = None) -> dict[str, Any]:
    """Tell about one charging point, or all: limits and needs are then sums, the time that of the first to go."""
    chosen = floor.state.chargers
    if charger is not None:
        _, found = find_charger(floor, charger)
        sensors.reach(floor, charger, "its state")
        chosen = [found]
    records = [_charger(floor, each) for each in chosen if not floor.severity(each.name, "communication_loss")]
    connected = [record for record in records if record["state"] != "free"]
    states = {record["state"] for record in records}
    return {
        "charger": "all" if charger is None else charger,
        "count": len(records),
        "connected_count": len(connected),
        "total_kw": round(sum(record["power_kw"] for record in records), 1),
        "state": next((word for word in ("charging", "paused", "full", "free") if word in states), "unknown"),
        "limit_kw": round(sum(record["limit_kw"] for record in records), 1),
        "energy_needed_kwh": round(sum(record["energy_needed_kwh"] for record in records), 1),
        "leaves_in_h": min((record["leaves_in_h"] for record in connected), default=0.0),
        "chargers": records,
    }


def _charger(floor: Floor, charger: ChargerState) -> dict[str, Any]:
    left_ms = (charger.due_ms or 0) - floor.state.now_ms
    return {
        "charger": charger.name,
        "state": state_word(charger),
        "power_kw": round(sensors.said(floor, charger.name, "power_kw"), 1),
        "limit_kw": round(charger.limit_kw, 1),
        "energy_needed_kwh": round(charger.needed_kwh, 1),
        "leaves_in_h": round(left_ms / HOUR_MS, 1) if charger.connected else 0.0,
    }

"""The commands. Each checks first, raises a `TwinError` or changes something, and answers with a flat dict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from twin.clock import iso_time
from twin.energy.control import resolve, trial
from twin.energy.disturbances import GRID
from twin.energy.floor import Floor
from twin.energy.lookup import check_range, find_charger, find_load, find_name
from twin.energy.nature import HOUR_MS, MINUTE_MS
from twin.energy.state import OWN_PROFILE
from twin.energy.units import battery_limits_kw, battery_max_kw, catch_up, soc_pct, turn_generator
from twin.energy.what_if import MOST_SHARE, at_time, refuse_overload, suppose, suppose_charging
from twin.errors import Interlock, NotFound, NotPermitted, OutOfRange, WrongState, no_such

LEAST_LIMIT_KW = 50.0
SHIFT_RANGE_H = (0.5, 12.0)
ALERT_RANGES = {
    "import_kw": (-1000.0, 2000.0),
    "soc_pct": (0.0, 100.0),
    "loading_pct": (0.0, 300.0),
    "voltage_pu": (0.5, 1.5),
}
DIRECTIONS = ("above", "below")


def dispatch_battery(floor: Floor, power_kw: float) -> dict[str, Any]:
    """Let the battery discharge (positive), charge (negative) or rest (0) until told otherwise."""
    config, battery = floor.layout.config.battery, floor.state.battery
    top = battery_max_kw(floor)
    check_range("power_kw", power_kw, -top, top, f"for {config.name}")
    if floor.state.supply.mode != "grid":
        raise Interlock(f"{config.name} holds the island and follows its balance; dispatch it when the grid is back")
    charging, discharging = battery_limits_kw(floor)
    if power_kw > 0 and not discharging:
        raise Interlock(
            f"{config.name} is at its floor of {config.floor_pct:g} % and cannot discharge; charge it first"
        )
    if power_kw < 0 and not charging:
        raise Interlock(f"{config.name} is at its ceiling of {config.ceiling_pct:g} % and cannot charge; discharge it")
    if power_kw != 0:
        # To let it rest is always allowed.
        doing = "discharging" if power_kw > 0 else "charging"
        refuse_overload(floor, suppose(floor, config.name, float(power_kw)), f"{doing} at {abs(power_kw):g} kW")
    catch_up(floor)
    before, battery.request_kw = battery.request_kw, float(power_kw)
    return {
        "power_kw": round(power_kw, 1),
        "previous_power_kw": round(before, 1),
        "soc_pct": round(soc_pct(floor), 1),
    }


def start_generator(floor: Floor, power_kw: float = 150.0) -> dict[str, Any]:
    """Start the generator towards a set-point."""
    config, generator = floor.layout.config.generator, floor.state.generator
    check_range("power_kw", power_kw, config.min_power_kw, config.max_power_kw, f"for {config.name}")
    if generator.state == "tripped":
        raise Interlock(f"{config.name} has tripped and is locked out; it can be started when its fault is over")
    if generator.state != "stopped":
        raise WrongState(f"{config.name} is {generator.state}, not stopped; set its power instead, or wait")
    rested_h = (floor.state.now_ms - generator.since_ms) / HOUR_MS
    if rested_h < config.min_down_h:
        wait = math.ceil(60 * (config.min_down_h - rested_h))
        raise Interlock(
            f"{config.name} must rest {config.min_down_h:g} h between runs; it can be started in {wait} min"
        )
    catch_up(floor)
    generator.target_kw = generator.aim_kw = float(power_kw)
    generator.since_ms = floor.state.now_ms
    turn_generator(floor, "starting")
    return _generator(floor)


def stop_generator(floor: Floor) -> dict[str, Any]:
    """Ramp the generator down and stop it."""
    config, generator = floor.layout.config.generator, floor.state.generator
    if generator.state not in ("starting", "running"):
        raise WrongState(f"{config.name} is {generator.state}; only one that runs can be stopped")
    ran_h = (floor.state.now_ms - generator.since_ms) / HOUR_MS
    if ran_h < config.min_up_h:
        wait = math.ceil(60 * (config.min_up_h - ran_h))
        raise Interlock(f"{config.name} must run {config.min_up_h:g} h once started; it can be stopped in {wait} min")
    catch_up(floor)
    generator.target_kw = generator.aim_kw = 0.0
    turn_generator(floor, "stopping")
    return _generator(floor)


def set_generator_power(floor: Floor, power_kw: float) -> dict[str, Any]:
    """Give a running generator another set-point."""
    config, generator = floor.layout.config.generator, floor.state.generator
    check_range("power_kw", power_kw, config.min_power_kw, config.max_power_kw, f"for {config.name}")
    if generator.state not in ("starting", "running"):
        raise WrongState(f"{config.name} is {generator.state}; start it before its power can be set")
    catch_up(floor)
    before, generator.target_kw = generator.target_kw, float(power_kw)
    return {**_generator(floor), "previous_power_kw": round(before, 1)}


def _generator(floor: Floor) -> dict[str, Any]:
    config, generator = floor.layout.config.generator, floor.state.generator
    goal = 0.0 if generator.state == "stopping" else generator.target_kw
    minutes = abs(goal - generator.power_kw) / config.ramp_kw_per_min
    return {
        "generator": config.name,
        "state": generator.state,
        "power_kw": round(goal, 1),
        "reached_in_min": round(minutes, 1),
    }


def shed_load(floor: Floor, load: str) -> dict[str, Any]:
    """Switch a sheddable load off."""
    index, found = find_load(floor, load)
    kind = floor.layout.config.loads[index].kind
    if kind != "sheddable":
        other = "shift it with shift_load" if kind == "shiftable" else "it must keep running"
        raise NotPermitted(f"load {load!r} is {kind} and must not be shed; {other}")
    if found.shed:
        raise WrongState(f"load {load!r} is shed already; restore it before it can be shed again")
    catch_up(floor)
    freed = found.power_kw
    found.shed = True
    return {"load": load, "state": "shed", "freed_kw": round(freed, 1)}


def restore_load(floor: Floor, load: str) -> dict[str, Any]:
    """Switch a shed load on again, unless the net cannot carry it."""
    index, found = find_load(floor, load)
    if not found.shed and not found.dropped:
        raise WrongState(f"load {load!r} is on; only a shed load can be restored")
    copied = trial(floor)
    copied.state.loads[index].shed = copied.state.loads[index].dropped = False
    resolve(copied)
    refuse_overload(floor, copied, f"restoring {load}")
    if copied.state.supply.mode == "blackout":
        raise Interlock(f"the plant is without power; load {load!r} can be restored when there is a supply")
    catch_up(floor)
    found.shed = found.dropped = False
    return {"load": load, "state": "on", "power_kw": round(copied.state.loads[index].power_kw, 1)}


def shift_load(floor: Floor, load: str, hours: float) -> dict[str, Any]:
    """Delay the next batch of a shiftable load."""
    index, found = find_load(floor, load)
    config = floor.layout.config.loads[index]
    if config.kind != "shiftable":
        raise NotPermitted(f"load {load!r} is {config.kind}; only a shiftable load has a batch to shift")
    delayed_h = found.delay_ms / HOUR_MS
    least, most = SHIFT_RANGE_H
    check_range("hours", hours, least, most, f"for {load}")
    if delayed_h + hours > most:
        raise OutOfRange(
            f"hours={hours:g} is above {most - delayed_h:g} for {load}: its batch is {delayed_h:g} h late already;"
            f" {most:g} h in all are allowed"
        )
    if found.in_batch:
        raise WrongState(f"the batch of {load!r} is running; only one that has not begun can be shifted")
    begins = found.batch_ms + round(60 * hours) * MINUTE_MS
    copied = trial(floor)
    copied.state.loads[index].batch_ms = begins
    later = at_time(copied, begins // MINUTE_MS)
    resolve(later)
    without = at_time(floor, begins // MINUTE_MS)
    without.state.loads[index].in_batch = False
    resolve(without)
    refuse_overload(without, later, f"running the batch of {load} at {iso_time(begins / 1000)}")
    catch_up(floor)
    found.delay_ms += begins - found.batch_ms
    found.batch_ms = begins
    return {
        "load": load,
        "state": "shifted",
        "starts": iso_time(begins / 1000),
        "ends": iso_time(begins / 1000 + 3600 * config.batch_h),
        "delay_h": round(found.delay_ms / HOUR_MS, 1),
        "batch_kw": round(config.nominal_kw, 1),
    }


def set_import_limit(floor: Floor, limit_kw: float) -> dict[str, Any]:
    """Set the own import limit, above which the plant raises an alarm."""
    supply, contracted = floor.state.supply, floor.layout.config.tariff.contracted_kw
    check_range("limit_kw", limit_kw, LEAST_LIMIT_KW, contracted, "(the contracted import)")
    catch_up(floor)
    before, supply.limit_kw = supply.limit_kw, float(limit_kw)
    return {
        "limit_kw": round(supply.limit_kw, 1),
        "previous_limit_kw": round(before, 1),
        "contracted_kw": round(contracted, 1),
    }


def set_ev_charging(floor: Floor, charger: str, power_kw: float) -> dict[str, Any]:
    """Set the power at which a charging point charges; more only if the net can carry it."""
    index, found = find_charger(floor, charger)
    check_range("power_kw", power_kw, 0, floor.layout.config.chargers[index].max_power_kw, f"for {charger}")
    if power_kw > found.limit_kw:
        copied = trial(floor)
        suppose_charging(copied, index, power_kw)
        resolve(copied)
        refuse_overload(floor, copied, f"charging {power_kw:g} kW at {charger}")
    catch_up(floor)
    before, found.limit_kw = found.limit_kw, float(power_kw)
    return {"charger": charger, "power_kw": round(found.limit_kw, 1), "previous_power_kw": round(before, 1)}


def set_alert_rule(floor: Floor, place: str, quantity: str, direction: str, limit: float) -> dict[str, Any]:
    """Watch a quantity at a place from now on."""
    watched = watchable(floor)
    find_name("place", place, watched)
    if quantity not in watched[place]:
        raise NotFound(no_such(f"watched quantity of {place}", quantity, watched[place]))
    find_name("direction", direction, DIRECTIONS)
    check_range("limit", limit, *ALERT_RANGES[quantity], f"for {quantity}")
    catch_up(floor)
    rule = floor.state.alarms.add_rule(place, quantity, direction, float(limit))
    return {"rule": rule.name, "place": place, "quantity": quantity, "direction": direction, "limit": rule.limit}


def watchable(floor: Floor) -> dict[str, tuple[str, ...]]:
    """Give what alert rules can watch, by place."""
    layout = floor.layout
    table: dict[str, tuple[str, ...]] = dict.fromkeys(layout.config.buses, ("voltage_pu",))
    table |= dict.fromkeys(layout.branches, ("loading_pct",))
    table[GRID] = ("import_kw", "voltage_pu")
    table[layout.config.battery.name] = ("soc_pct",)
    return table


def set_input(floor: Floor, name: str, value: float) -> dict[str, Any]:
    """Take a load's demand from outside: `<load>.demand_kw`; -1 gives the load its own profile back."""
    names = [f"{load.name}.demand_kw" for load in floor.state.loads]
    index = names.index(find_name("input", name, names))
    top = MOST_SHARE * floor.layout.config.loads[index].nominal_kw
    if value != OWN_PROFILE:
        check_range("value", value, 0, top, f"for {name} (-1 for its own profile)")
    catch_up(floor)
    floor.state.loads[index].input_kw = float(value)
    return {"input": name, "value": round(float(value), 1)}


COMMANDS: Mapping[str, Callable[..., dict[str, Any]]] = {
    command.__name__: command
    for command in (
        dispatch_battery,
        start_generator,
        stop_generator,
        set_generator_power,
        shed_load,
        restore_load,
        shift_load,
        set_import_limit,
        set_ev_charging,
        set_alert_rule,
        set_input,
    )
}

"""Trying something on a copy of the plant: the power flow that would follow, and what would be wrong with it."""

from __future__ import annotations

from twin.energy.alarms import FULL_PCT, VOLTAGE_BAND
from twin.energy.control import resolve, trial
from twin.energy.floor import Floor
from twin.energy.lookup import check_range
from twin.energy.nature import HOUR_MS, MINUTE_MS
from twin.errors import Interlock, NotFound, no_such
from twin.faults import severity

MOST_SHARE = 3.0
"""A load may be supposed to take up to this many times its nominal power."""
_PLENTY_KWH = 1000.0
_NOTICED = 1.03
"""What raises a branch's loading by less than this only lowers its voltage a little; the branch is another's load."""


def suppose(floor: Floor, name: str, power_kw: float) -> Floor:
    """Return a solved copy in which one consumer or unit has this power. Raises `NotFound`, `OutOfRange`."""
    config = floor.layout.config
    battery, generator = config.battery, config.generator
    copied = trial(floor)
    state = copied.state
    if name == battery.name:
        check_range("power_kw", power_kw, -battery.max_power_kw, battery.max_power_kw, f"for {name}")
        state.battery.request_kw = power_kw
    elif name == generator.name:
        if power_kw != 0:
            check_range("power_kw", power_kw, generator.min_power_kw, generator.max_power_kw, f"for {name}, when on")
        state.generator.state = "running" if power_kw else "stopped"
        state.generator.target_kw = state.generator.power_kw = power_kw
    else:
        _suppose_consumer(copied, name, power_kw)
    resolve(copied)
    return copied


def _suppose_consumer(copied: Floor, name: str, power_kw: float) -> None:
    config, state = copied.layout.config, copied.state
    for load, setting in zip(state.loads, config.loads, strict=True):
        if load.name == name:
            check_range("power_kw", power_kw, 0, MOST_SHARE * setting.nominal_kw, f"for {name}")
            load.shed = load.dropped = False
            load.input_kw = power_kw
            # What is supposed is the whole demand: a surge under way is no part of it.
            others = tuple(fault for fault in copied.faults.get(name, ()) if fault.kind != "load_surge")
            copied.faults = {**copied.faults, name: others}
            return
    for index, charger in enumerate(config.chargers):
        if charger.name == name:
            check_range("power_kw", power_kw, 0, charger.max_power_kw, f"for {name}")
            suppose_charging(copied, index, power_kw)
            return
    known = [load.name for load in config.loads] + [charger.name for charger in config.chargers]
    raise NotFound(no_such("load or unit", name, [*known, config.battery.name, config.generator.name]))


def suppose_charging(copied: Floor, index: int, power_kw: float) -> None:
    """Suppose that a car is there and takes this power."""
    charger = copied.state.chargers[index]
    charger.connected, charger.dropped = True, False
    charger.needed_kwh = max(charger.needed_kwh, _PLENTY_KWH)
    charger.limit_kw = power_kw


def at_time(floor: Floor, minute: int) -> Floor:
    """Return a copy at a later minute, under the faults of now and none that are still to come; not solved yet."""
    now = floor.state.now_ms
    lasting = {
        place: tuple(
            fault.model_copy(update={"duration_s": None}) for fault in faults if severity((fault,), fault.kind, now)
        )
        for place, faults in floor.faults.items()
    }
    copied = trial(floor)
    copied.faults = lasting
    copied.state.now_ms = minute * MINUTE_MS
    for load, demand in zip(copied.state.loads, copied.layout.demands, strict=True):
        if load.batch_ms:
            load.in_batch = load.batch_ms <= copied.state.now_ms < load.batch_ms + demand.config.batch_h * HOUR_MS
    return copied


def overloads(copied: Floor, before: tuple[float, ...]) -> list[str]:
    """Name what a solved copy overloads that was less loaded before, and what it would have to drop."""
    loadings = copied.state.supply.loadings_pct
    names = [
        f"{name} at {loading:.0f} %"
        for name, loading, was in zip(copied.layout.branches, loadings, before, strict=True)
        if loading > FULL_PCT and loading > was * _NOTICED
    ]
    dropped = [entry.subject for entry in copied.journal if entry.kind == "load_dropped"]
    return names + [f"{name} without supply" for name in dropped]


def refuse_overload(before: Floor, copied: Floor, what: str) -> None:
    """Raise `Interlock` when a solved copy overloads something that the plant before did not load as much."""
    found = overloads(copied, before.state.supply.loadings_pct)
    if found:
        raise Interlock(f"{what} would overload the net ({', '.join(found)}); lower other loads first")


def problems(copied: Floor) -> list[str]:
    """Name what is wrong with a solved copy: overload, voltage out of band, import above its limit, dropped loads."""
    state = copied.state
    low, high = VOLTAGE_BAND
    first = 0 if state.supply.mode == "grid" else 1
    found = overloads(copied, (0.0,) * len(state.supply.loadings_pct))
    found += [
        f"{bus} at {voltage:.3f} p.u."
        for bus, voltage in zip(copied.layout.config.buses[first:], state.supply.flow.voltages_pu[first:], strict=True)
        if not low <= voltage <= high
    ]
    limit = (
        state.supply.limit_kw if state.supply.asked_kw is None else min(state.supply.limit_kw, state.supply.asked_kw)
    )
    if state.supply.import_kw > limit:
        found.append(f"import of {state.supply.import_kw:.0f} kW above {limit:.0f} kW")
    return found

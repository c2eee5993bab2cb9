"""The battery and the generator as time passes: what they can do, and what they have become."""

from __future__ import annotations

from twin.energy.accounting import book
from twin.energy.disturbances import remaining
from twin.energy.floor import Floor
from twin.energy.nature import HOUR_MS, MINUTE_MS

LEAST_KW = 0.01
"""A battery that could give or take less than this for a minute is at its floor or ceiling."""
ON = ("starting", "running", "stopping")


def soc_pct(floor: Floor) -> float:
    """Return the battery's true state of charge."""
    return 100 * floor.state.battery.energy_kwh / floor.layout.config.battery.capacity_kwh


def battery_max_kw(floor: Floor) -> float:
    """Return the battery's power limit either way, derating included."""
    config = floor.layout.config.battery
    return config.max_power_kw * remaining(floor.severity(config.name, "battery_derating"), 0.8)


def battery_limits_kw(floor: Floor) -> tuple[float, float]:
    """Return the greatest charging and discharging power (both positive) that the next minute allows."""
    config = floor.layout.config.battery
    energy = floor.state.battery.energy_kwh
    top = battery_max_kw(floor)
    room = config.capacity_kwh * config.ceiling_pct / 100 - energy
    stock = energy - config.capacity_kwh * config.floor_pct / 100
    charging = min(top, max(0.0, room) / config.charge_efficiency * 60)
    discharging = min(top, max(0.0, stock) * config.discharge_efficiency * 60)
    return (charging if charging > LEAST_KW else 0.0, discharging if discharging > LEAST_KW else 0.0)


def follow_request(floor: Floor) -> float:
    """Return the power of a dispatched battery; at its floor or ceiling the dispatch ends."""
    battery = floor.state.battery
    request = battery.request_kw
    if not request:
        return 0.0
    charging, discharging = battery_limits_kw(floor)
    power = min(request, discharging) if request > 0 else max(request, -charging)
    if not power:
        battery.request_kw = 0.0
        floor.record("battery_stopped", floor.layout.config.battery.name, soc_pct=round(soc_pct(floor), 1))
    return power


def catch_up(floor: Floor) -> None:
    """Book the time since the last event, and move stored energy, cars and the generator on by what powers did."""
    state, config = floor.state, floor.layout.config
    passed_ms = state.now_ms - state.ledger.booked_ms
    if not passed_ms:
        return
    book(floor, passed_ms)
    hours = passed_ms / HOUR_MS
    battery = state.battery
    if battery.power_kw > 0:
        battery.energy_kwh -= battery.power_kw / config.battery.discharge_efficiency * hours
    elif battery.power_kw < 0:
        battery.energy_kwh -= battery.power_kw * config.battery.charge_efficiency * hours
    for charger in state.chargers:
        if charger.power_kw:
            charger.needed_kwh = max(0.0, charger.needed_kwh - charger.power_kw * hours)
    if state.generator.state in ON:
        _ramp(floor, passed_ms)


def _ramp(floor: Floor, passed_ms: int) -> None:
    generator, config = floor.state.generator, floor.layout.config.generator
    step = config.ramp_kw_per_min * passed_ms / MINUTE_MS
    goal = 0.0 if generator.state == "stopping" else generator.aim_kw
    power = generator.power_kw
    generator.power_kw = min(goal, power + step) if goal > power else max(goal, power - step)
    if generator.state == "starting" and generator.power_kw >= config.min_power_kw:
        turn_generator(floor, "running")
    elif generator.state == "stopping" and generator.power_kw <= 0:
        generator.since_ms = floor.state.now_ms
        turn_generator(floor, "stopped")


def turn_generator(floor: Floor, state: str) -> None:
    """Give the generator another state and say so."""
    generator = floor.state.generator
    before, generator.state = generator.state, state
    floor.record("state_changed", floor.layout.config.generator.name, before=before, after=state)


def trip_generator(floor: Floor) -> None:
    """Throw a generator that is on off the net at once."""
    generator = floor.state.generator
    if generator.state in ON:
        generator.power_kw = generator.aim_kw = generator.target_kw = 0.0
        generator.since_ms = floor.state.now_ms
        turn_generator(floor, "tripped")

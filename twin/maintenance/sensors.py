"""The tick: damage goes on, sensors are sampled, alarms look at the samples.

Between ticks sensors keep saying what they said. The noise of a sample is drawn by (machine, tick), so looking is free
of side effects. What a machine shows is a sum over its failure modes of what each one's damage adds, on top of what
its load and the weather bring: so a hot day or a hard-working machine looks like an early fault.
"""

from __future__ import annotations

import math

from twin.faults import Fault, severity
from twin.maintenance.alarms import on_the_hour, watch_asset
from twin.maintenance.degradation import assess, wear_on
from twin.maintenance.disturbances import DRIFT, DRIFT_RAMP_S
from twin.maintenance.floor import HOUR_MS, MINUTE_MS, Floor, Place, hour_of_day
from twin.maintenance.service import book, duty_pct, fail, refresh
from twin.maintenance.state import AssetState
from twin.randomness import noise, normal

ROW_TICKS = 5
HISTORY_H = 24
THERMAL_MIN = 8.0
"""Time constant with which a machine warms up and cools down."""
STANDING_VIBRATION_MM_S = 0.2
DIGITS = {"vibration_mm_s": 2, "leak_l_min": 2}
HOTTEST_HOUR = 15.0


def ambient_c(floor: Floor) -> float:
    """Return the temperature of the air: it follows the hour of the day, and some days are hotter than others."""
    config = floor.layout.config
    now = floor.state.now_ms
    if not config.ambient_swing_c:
        return config.ambient_c
    day = 0.5 * normal(floor.layout.weather_stream, now // (24 * HOUR_MS))
    daily = math.cos(math.tau * (hour_of_day(now) - HOTTEST_HOUR) / 24)
    return config.ambient_c + config.ambient_swing_c * (daily + day)


def steady(floor: Floor, place: Place, damage: list[float], load: float, ambient: float) -> list[float]:
    """Return what sound sensors of a running machine would say in the end, without noise, in their order."""
    values = [base + per_load * load for base, per_load in place.usual]
    potential = floor.layout.config.potential_failure
    for gains, bad in zip(place.gains, damage, strict=True):
        if bad > potential:
            shown = (min(bad, 1.1) - potential) / (1 - potential)
            for index, gain in gains:
                values[index] += gain * shown
    values[place.hot] += ambient
    return values


def sound(place: Place) -> list[float]:
    """Return the damage of a machine that has none."""
    return [0.0] * len(place.gains)


def tick(floor: Floor) -> None:
    """Do what is done at every sample."""
    state = floor.state
    config = floor.layout.config
    now = state.now_ms
    state.sampler.due_ms = now + config.sample_min * MINUTE_MS
    count = now // (config.sample_min * MINUTE_MS)
    wears = now % (max(config.wear_min, config.sample_min) * MINUTE_MS) == 0
    ambient = ambient_c(floor)
    warming = 1 - math.exp(-config.sample_min / THERMAL_MIN)
    places = floor.layout.places
    for asset in state.assets.values():
        place = places[asset.name]
        duty = duty_pct(floor, place, asset)
        book(floor, asset, duty)
        if wears:
            wear_on(place, asset)
        faults = floor.faults.get(asset.name, ())
        if wears or faults:
            assess(floor, place, asset)
        if asset.state != "running" or duty == 0:
            refresh(floor, asset)
        if asset.state == "running" and max(asset.damage) >= 1:
            fail(floor, asset)
        _sample(floor, place, asset, faults, count, duty / 100, ambient, warming)
    if count % ROW_TICKS == 0:
        rows = state.sampler.rows
        rows.append(tuple(asset.said for asset in state.assets.values()))
        if len(rows) > HISTORY_H * 60 // (config.sample_min * ROW_TICKS) + 1:
            rows.popleft()
    on_the_hour(floor)


def _sample(
    floor: Floor,
    place: Place,
    asset: AssetState,
    faults: tuple[Fault, ...],
    count: int,
    load: float,
    ambient: float,
    warming: float,
) -> None:
    """Let a machine's temperature move and its sensors say something new."""
    running = asset.state == "running"
    values = steady(floor, place, asset.damage, load, ambient)
    hot = place.hot
    goal = values[hot] if running else ambient
    asset.temperature_c += (goal - asset.temperature_c) * warming
    values[hot] = asset.temperature_c
    first, second = place.sensor_streams
    draws: tuple[float, ...] = noise(first, count)
    if len(values) > len(draws):
        draws += noise(second, count)
    now = floor.state.now_ms
    said: list[float] = []
    for index, (sensor, config) in enumerate(place.sensors):
        value = values[index]
        spread = config.noise
        if not running and not config.keeps and index != hot:
            value, spread = 0.0, 0.0
            if sensor == "vibration_mm_s":
                value, spread = STANDING_VIBRATION_MM_S, 0.01
        value += spread * draws[index]
        if faults:
            value += DRIFT[sensor] * severity(faults, "sensor_drift", now, DRIFT_RAMP_S, sensor)
        said.append(round(value if value > 0 else 0.0, DIGITS.get(sensor, 1)))
    if faults and asset.said:
        if severity(faults, "communication_loss", now):
            return
        said = [
            old if severity(faults, "sensor_stuck", now, 0.0, sensor) else new
            for (sensor, _), new, old in zip(place.sensors, said, asset.said, strict=True)
        ]
    asset.said = tuple(said)
    watch_asset(floor, place, asset)


def silent(floor: Floor, asset: AssetState) -> bool:
    """Whether a machine's sensors cannot be reached now."""
    faults = floor.faults.get(asset.name, ())
    return severity(faults, "communication_loss", floor.state.now_ms) > 0

"""The minute tick: hidden truth moves on, sensors are sampled, alarms and rules look at the samples.

Sensors are sampled once per whole plant minute; between samples they keep saying what they said. The noise of a sample
is drawn by (sensor, minute). So looking is free of side effects, however often it is done.
"""

from __future__ import annotations

import math

from twin.faults import Fault
from twin.production.alarms import crew_round, watch_orders, watch_rules, watch_station
from twin.production.disturbances import SENSORS, severity
from twin.production.floor import Floor, Place
from twin.production.state import LineState, StationState
from twin.production.windows import MARK_MS, mark, scrap_pct, window
from twin.randomness import noise

MINUTE_MS = 60_000
SAMPLES_KEPT = 481
"""Eight hours, and the sample of now."""

WARMING = 1 - math.exp(-1 / 6)
"""Share of the way to its final temperature that a station goes in a minute; the time constant is six minutes."""
COASTING_MS = 10 * MINUTE_MS
"""A station that has not run for this long has no vibration but the building's."""
STANDING_VIBRATION_MM_S = 0.3
TEMPERATURE_NOISE_C = 0.4
VIBRATION_NOISE = 0.03
WEAR_NOISE_PCT = 0.5
FAULT_TEMPERATURE_C = 108.0
FAULT_VIBRATION_MM_S = 8.0


def tick(floor: Floor) -> None:
    """Do what is done every minute, and every five minutes, and on the crew's round."""
    state = floor.state
    now = state.now_ms
    state.sampler.due_ms = now + MINUTE_MS
    samples = state.sampler.samples
    row: list[float] = []
    for line in state.lines:
        for place, station in zip(floor.layout.places[line.number - 1], line.stations, strict=True):
            faults = floor.faults.get((place.line, place.index), ())
            _live_a_minute(floor, line, place, station, faults)
            said: tuple[float, ...] = _sample(now, line, place, station, faults)
            if faults and samples:
                said = _stick(faults, now, said, samples[-1][len(row) : len(row) + len(SENSORS)])
            row += said
            watch_station(floor, line, station, said)
    samples.append(tuple(row))
    if len(samples) > SAMPLES_KEPT:
        samples.popleft()
    if now % MARK_MS == 0:
        for line in state.lines:
            mark(floor, line)
    round_h = floor.layout.config.crew_round_h
    if round_h is not None and now and now % round(round_h * 3_600_000) == 0:
        crew_round(floor)
    watch_orders(floor)
    if state.rules:
        watch_rules(floor, [watched(floor, line) for line in state.lines])


def _live_a_minute(
    floor: Floor, line: LineState, place: Place, station: StationState, faults: tuple[Fault, ...]
) -> None:
    """Let a station's hidden temperature and wear go on by what it did in the minute past."""
    now = floor.state.now_ms
    busy = station.busy_ms if station.run_ms is None else station.busy_ms + now - station.run_ms
    share = (busy - station.sampled_busy_ms) / MINUTE_MS
    station.sampled_busy_ms = busy
    ambient = floor.layout.config.ambient_c
    goal = ambient + (place.config.hot_c - ambient) * share * (0.7 + line.speed_per_h / 267)
    if faults:
        goal += _excess(severity(faults, "overheating", now), FAULT_TEMPERATURE_C - goal, 30.0)
        station.wear_pct = max(station.wear_pct, 100 * severity(faults, "tool_wear", now))
    station.temperature_c += (goal - station.temperature_c) * WARMING


def _excess(how_bad: float, to_limit: float, beyond: float) -> float:
    """Half severity brings a quantity just over its alarm limit, full severity `beyond` that."""
    if not how_bad:
        return 0.0
    return max(0.0, to_limit) * min(1.0, 2 * how_bad) + beyond * max(0.0, 2 * how_bad - 1)


def _sample(
    now: int, line: LineState, place: Place, station: StationState, faults: tuple[Fault, ...]
) -> tuple[float, float, float]:
    """Return what the sensors of a station say, in the order of `SENSORS`: truth, drift and noise."""
    wear = station.wear_pct
    if station.run_ms is not None:
        wear += (now - station.run_ms) * place.wear_pct_per_ms
    if station.run_ms is None and (station.ran_ms < 0 or now - station.ran_ms > COASTING_MS):
        vibration = STANDING_VIBRATION_MM_S
    else:
        vibration = place.config.vibration_mm_s * (0.8 + line.speed_per_h / 400) + 0.008 * wear
        if faults:
            vibration += _excess(severity(faults, "bearing_wear", now), FAULT_VIBRATION_MM_S - vibration, 4.0)
    temperature = station.temperature_c
    noises = noise(place.streams.sensors, now // MINUTE_MS)
    temperature += TEMPERATURE_NOISE_C * noises[0]
    vibration *= 1 + VIBRATION_NOISE * noises[1]
    wear += WEAR_NOISE_PCT * noises[2]
    if faults:
        temperature += 30 * severity(faults, "sensor_drift", now, "temperature_c")
        vibration += 6 * severity(faults, "sensor_drift", now, "vibration_mm_s")
        wear += 40 * severity(faults, "sensor_drift", now, "tool_wear_pct")
    wear = 0.0 if wear < 0 else 100.0 if wear > 100 else wear
    return round(temperature, 1), round(vibration, 2), round(wear, 1)


def _stick(
    faults: tuple[Fault, ...], now: int, said: tuple[float, ...], before: tuple[float, ...]
) -> tuple[float, ...]:
    """Let stuck sensors say what they said a minute before."""
    return tuple(
        old if severity(faults, "sensor_stuck", now, sensor) else new
        for sensor, new, old in zip(SENSORS, said, before, strict=True)
    )


def reading(floor: Floor, line: LineState, index: int, sensor: str) -> float:
    """Return the latest sample of a sensor."""
    return floor.state.sampler.samples[-1][_column(line, index, sensor)]


def readings(floor: Floor, line: LineState, index: int, sensor: str, minutes: int) -> list[float]:
    """Return the samples of the last minutes, oldest first; fewer when the plant is younger."""
    column = _column(line, index, sensor)
    samples = floor.state.sampler.samples
    return [samples[at][column] for at in range(max(0, len(samples) - minutes), len(samples))]


def _column(line: LineState, index: int, sensor: str) -> int:
    return ((line.number - 1) * len(line.stations) + index) * len(SENSORS) + SENSORS.index(sensor)


def watched(floor: Floor, line: LineState) -> dict[str, float]:
    """Return the quantities of a line that alert rules can watch: the worst station's, the last hour's scrap."""
    stations = range(len(line.stations))
    return {
        "vibration_mm_s": max(reading(floor, line, index, "vibration_mm_s") for index in stations),
        "temperature_c": max(reading(floor, line, index, "temperature_c") for index in stations),
        "scrap_pct": scrap_pct(window(floor, line, 1.0)),
        "wip": float(line.wip),
    }

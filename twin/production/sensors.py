"""The minute tick: hidden truth moves on, sensors are sampled, alarms and rules look at the samples.

Sensors are sampled once per whole plant minute; between samples they keep saying what they said. The noise of a sample
is drawn by (sensor, minute). So looking is free of side effects, however often it is done.
"""

from __future__ import annotations

import math
from math import floor as floor_of

from twin.errors import Unavailable
from twin.faults import Fault
from twin.production.alarms import crew_round, place_of, watch_orders, watch_station
from twin.production.config import SENSORS
from twin.production.disturbances import acting
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
        pace = 0.7 + line.speed_per_h / 267, 0.8 + line.speed_per_h / 400
        for place, station in zip(floor.places(line), line.stations, strict=True):
            faults = floor.faults.get(place.spot, ())
            said: tuple[float, ...] = _sample(floor, place, station, faults, pace)
            if faults and samples:
                said = _as_heard(faults, now, said, samples[-1][len(row) : len(row) + len(SENSORS)])
            row += said
            watch_station(floor, line, station, said)
    samples.append(tuple(row))
    if len(samples) > SAMPLES_KEPT:
        samples.popleft()
    if now % MARK_MS == 0:
        for line in state.lines:
            mark(floor, line)
    round_h = floor.layout.config.crew_round_h
    round_due = round_h is not None and now and now % round(round_h * 3_600_000) == 0
    if round_due and floor.layout.calendar.is_open(now):
        crew_round(floor)
    watch_orders(floor)
    if state.alarms.rules:
        state.alarms.watch(floor.journal, now, watched(floor))


def _excess(how_bad: float, to_limit: float, beyond: float) -> float:
    """Half severity brings a quantity just over its alarm limit, full severity `beyond` that."""
    if not how_bad:
        return 0.0
    return max(0.0, to_limit) * min(1.0, 2 * how_bad) + beyond * max(0.0, 2 * how_bad - 1)


def _sample(
    floor: Floor, place: Place, station: StationState, faults: tuple[Fault, ...], pace: tuple[float, float]
) -> tuple[float, float, float]:
    """Let hidden temperature and wear go on by what the station did in the minute past, and say what its sensors say.

    Returns truth, drift and noise together, in the order of `SENSORS`. `pace` is by how much more a station heats and
    shakes at its line's speed.
    """
    now = floor.state.now_ms
    busy, worn, run_ms = station.busy_ms, 0.0, station.run_ms
    if run_ms is not None:
        busy += now - run_ms
        worn = (now - run_ms) * place.wear_pct_per_ms
    share = (busy - station.sampled_busy_ms) / MINUTE_MS
    station.sampled_busy_ms = busy
    ambient = floor.layout.config.ambient_c
    goal = ambient + (place.config.hot_c - ambient) * share * pace[0]
    if faults:
        goal += _excess(acting(faults, "overheating", now), FAULT_TEMPERATURE_C - goal, 30.0)
        station.wear_pct = max(station.wear_pct, 100 * acting(faults, "tool_wear", now))
    station.temperature_c = temperature = station.temperature_c + (goal - station.temperature_c) * WARMING
    wear = station.wear_pct + worn
    if run_ms is None and (station.ran_ms < 0 or now - station.ran_ms > COASTING_MS):
        vibration = STANDING_VIBRATION_MM_S
    else:
        vibration = place.config.vibration_mm_s * pace[1] + 0.008 * wear
        if faults:
            vibration += _excess(acting(faults, "bearing_wear", now), FAULT_VIBRATION_MM_S - vibration, 4.0)
    noises = noise(place.streams.sensors, now // MINUTE_MS)
    temperature += TEMPERATURE_NOISE_C * noises[0]
    vibration *= 1 + VIBRATION_NOISE * noises[1]
    wear += WEAR_NOISE_PCT * noises[2]
    if faults:
        temperature += 30 * acting(faults, "sensor_drift", now, "temperature_c")
        vibration += 6 * acting(faults, "sensor_drift", now, "vibration_mm_s")
        wear += 40 * acting(faults, "sensor_drift", now, "tool_wear_pct")
    wear = 0.0 if wear < 0 else 100.0 if wear > 100 else wear
    # Rounded by whole tenths and hundredths: `round` with digits goes by way of text and costs as much as all above.
    return floor_of(10 * temperature + 0.5) / 10, floor_of(100 * vibration + 0.5) / 100, floor_of(10 * wear + 0.5) / 10


def _as_heard(
    faults: tuple[Fault, ...], now: int, said: tuple[float, ...], before: tuple[float, ...]
) -> tuple[float, ...]:
    """Let stuck sensors, and all of a station that cannot be reached, say what they said a minute before."""
    if acting(faults, "communication_loss", now):
        return before
    return tuple(
        old if acting(faults, "sensor_stuck", now, sensor) else new
        for sensor, new, old in zip(SENSORS, said, before, strict=True)
    )


def check_reachable(floor: Floor, line: LineState, index: int) -> None:
    """Raise `Unavailable` while the sensors of a station do not answer."""
    faults = floor.faults.get((line.number, index))
    if faults and acting(faults, "communication_loss", floor.state.now_ms):
        raise Unavailable(
            f"{line.stations[index].name} of line {line.number} does not answer: communication is lost; try again"
            " later, or read the line's status"
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


def watched(floor: Floor) -> dict[tuple[str, str], float]:
    """Return what alert rules can watch, by line and quantity: the worst station's, the last hour's scrap, WIP."""
    values: dict[tuple[str, str], float] = {}
    for line in floor.state.lines:
        place, stations = place_of(line), range(len(line.stations))
        for sensor in ("vibration_mm_s", "temperature_c"):
            values[place, sensor] = max(reading(floor, line, index, sensor) for index in stations)
        values[place, "scrap_pct"] = scrap_pct(window(floor, line, 1.0))
        values[place, "wip"] = float(line.wip)
    return values

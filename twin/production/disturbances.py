"""Planned faults: where they act, how badly at a given time, and the jams that they cause."""

from __future__ import annotations

from twin.clock import milliseconds
from twin.errors import NotFound, no_such
from twin.faults import Fault, FaultPlan, severity
from twin.production.config import SENSORS, ProductionConfig

RAMP_S = {
    "bearing_wear": 180.0,
    "overheating": 60.0,
    "jam": 0.0,
    "tool_wear": 300.0,
    "sensor_drift": 1800.0,
    "sensor_stuck": 0.0,
    "speed_loss": 0.0,
    "defect_burst": 0.0,
    "communication_loss": 0.0,
}
"""Kinds of fault, and how long each takes to come to its full severity. Quick, so that an episode can see it."""

ONLY_ONE_SENSOR = ("sensor_drift", "sensor_stuck")


def place_faults(plan: FaultPlan, config: ProductionConfig) -> dict[tuple[int, int], tuple[Fault, ...]]:
    """Sort a plan by (line number, station index); targets are then told without the line.

    Raises `NotFound` for a kind or target that the plant lacks.
    """
    places: dict[tuple[int, int], tuple[Fault, ...]] = {}
    stations = [station.name for station in config.stations]
    known = [f"{number}.{name}" for number in range(1, config.lines + 1) for name in stations]
    for fault in plan.faults:
        if fault.kind not in RAMP_S:
            raise NotFound(no_such("fault kind", fault.kind, RAMP_S))
        line, _, rest = fault.target.partition(".")
        station, *sensor = rest.split(".")
        if f"{line}.{station}" not in known:
            raise NotFound(no_such("fault target", fault.target, known))
        if sensor and (fault.kind not in ONLY_ONE_SENSOR or len(sensor) > 1 or sensor[0] not in SENSORS):
            raise NotFound(f"fault target {fault.target!r} is none; only {ONLY_ONE_SENSOR} take a sensor of {SENSORS}")
        place = (int(line), stations.index(station))
        places[place] = (*places.get(place, ()), fault.model_copy(update={"target": rest}))
    return places


def acting(faults: tuple[Fault, ...], kind: str, now_ms: int, sensor: str = "") -> float:
    """Return how badly faults of a kind act now at a station, or at one of its sensors: 0 to 1."""
    return severity(faults, kind, now_ms, RAMP_S[kind], sensor)


def next_jam_ms(places: dict[tuple[int, int], tuple[Fault, ...]], after_ms: int) -> int | None:
    """Return when the first jam after `after_ms` begins, or None."""
    starts = [milliseconds(fault.start_s) for faults in places.values() for fault in faults if fault.kind == "jam"]
    return min((start for start in starts if start > after_ms), default=None)


def jams_at(places: dict[tuple[int, int], tuple[Fault, ...]], now_ms: int) -> list[tuple[int, int, Fault]]:
    """Return the jams that begin now as (line number, station index, fault), in the order of the plant."""
    return [
        (line, station, fault)
        for line, station in sorted(places)
        for fault in places[line, station]
        if fault.kind == "jam" and milliseconds(fault.start_s) == now_ms
    ]


def jam_ms(fault: Fault) -> int:
    """Return how long a jam blocks its station: as planned, else 10 to 60 minutes by severity."""
    return milliseconds(600 + 3000 * fault.severity if fault.duration_s is None else fault.duration_s)

"""One station: it takes a part, works on it, fails by operating time and is repaired.

A stop or a changeover freezes the part in process; its remaining work goes on afterwards. Repairs go on all the time.
"""

from __future__ import annotations

from twin.production.alarms import clear_alarm, raise_alarm
from twin.production.disturbances import severity
from twin.production.floor import Floor
from twin.production.quality import REWORK_TIME, judge, spoil
from twin.production.state import NEVER_MS, LineState, Part, StationState
from twin.randomness import exponential, lognormal

HOUR_MS = 3_600_000


def draw_to_failure(floor: Floor, line: LineState, index: int, station: StationState) -> int:
    """Draw the operating time until the next failure, in ms."""
    mtbf_h = floor.layout.stations[index].mtbf_h
    if mtbf_h is None:
        return NEVER_MS
    key = floor.layout.places[line.number - 1][index].streams.to_failure
    return max(1, round(exponential(key, station.failures, mtbf_h * HOUR_MS)))


def take(floor: Floor, line: LineState, index: int, part: Part) -> None:
    """Let a free station take a part and begin to work on it."""
    station = line.stations[index]
    station.cycles += 1
    station.part = part
    station.left_ms = _work_ms(floor, line, index, station, part)
    run(floor, line, index, station)


def _work_ms(floor: Floor, line: LineState, index: int, station: StationState, part: Part) -> int:
    """Draw how long a part takes: the mean follows the line's speed."""
    place = floor.layout.places[line.number - 1][index]
    mean = HOUR_MS / line.speed_per_h * place.config.load
    faults = floor.faults.get((line.number, index))
    if faults:
        mean *= 1 + severity(faults, "speed_loss", floor.state.now_ms)
    if part.reworked:
        return max(1, round(mean * REWORK_TIME))
    return max(1, round(lognormal(place.streams.process, station.cycles, mean, place.sigma)))


def run(floor: Floor, line: LineState, index: int, station: StationState) -> None:
    """Begin or go on to work on the part."""
    config = floor.layout.stations[index]
    station.run_ms = floor.state.now_ms
    # Half of the power above idle goes with the speed; 80 parts per hour is where a station takes its rated power.
    station.run_kw = config.idle_kw + (config.busy_kw - config.idle_kw) * (0.5 + line.speed_per_h / 160)
    station.due_ms = station.run_ms + min(station.left_ms, station.to_failure_ms)


def pause(floor: Floor, line: LineState, index: int, station: StationState) -> None:
    """Book the work done since the run began, and stand."""
    if station.run_ms is None:
        return
    now = floor.state.now_ms
    ran = now - station.run_ms
    station.left_ms -= ran
    station.to_failure_ms -= ran
    station.busy_ms += ran
    station.energy_kw_ms += ran * station.run_kw
    wear_pct = station.wear_pct + ran * floor.layout.places[line.number - 1][index].wear_pct_per_ms
    station.wear_pct = wear_pct if wear_pct < 100 else 100.0
    station.ran_ms = now
    station.run_ms = None
    station.due_ms = None


def freeze(floor: Floor, line: LineState) -> None:
    """Stop all work of a line; repairs go on."""
    for index, station in enumerate(line.stations):
        pause(floor, line, index, station)


def thaw(floor: Floor, line: LineState) -> None:
    """Go on with the work that was frozen."""
    for index, station in enumerate(line.stations):
        if station.left_ms > 0 and not station.failed and station.run_ms is None:
            run(floor, line, index, station)


def come_due(floor: Floor, line: LineState, index: int, station: StationState) -> None:
    """Handle the end of a run or of a repair."""
    if station.failed:
        _repair(floor, line, index, station)
        return
    pause(floor, line, index, station)
    if station.left_ms == 0:
        _finish(floor, line, index, station)
    if station.to_failure_ms <= 0:
        place = floor.layout.places[line.number - 1][index]
        mean = place.config.repair_min * 60_000
        repair = lognormal(place.streams.repair, station.failures, mean, place.repair_sigma)
        fail(floor, line, index, max(1, round(repair)), "breakdown")
    elif station.left_ms > 0:
        run(floor, line, index, station)


def _finish(floor: Floor, line: LineState, index: int, station: StationState) -> None:
    assert station.part is not None
    part = spoil(floor, line, index, station, station.part)
    if index < len(line.stations) - 1:
        station.parts_done += 1
        station.part = part
        return
    station.part = judge(floor, line, index, station, part)
    if station.part is None:
        station.parts_done += 1
    else:
        station.left_ms = _work_ms(floor, line, index, station, station.part)


def fail(floor: Floor, line: LineState, index: int, repair_ms: int, cause: str) -> None:
    """Let a station fail now. One that is being repaired already is out for at least that long."""
    station = line.stations[index]
    now = floor.state.now_ms
    if station.failed:
        assert station.due_ms is not None
        station.due_ms = max(station.due_ms, now + repair_ms)
        return
    pause(floor, line, index, station)
    station.failed = True
    station.failed_ms = now
    station.failures += 1
    station.due_ms = now + repair_ms
    floor.record("failure", f"line{line.number}.{station.name}", line=line.number, station=station.name, cause=cause)
    text = f"{station.name} of line {line.number} failed: {cause}"
    station.alarms["failure"] = raise_alarm(floor, line, station.name, "critical", "failure", text)


def _repair(floor: Floor, line: LineState, index: int, station: StationState) -> None:
    down = floor.state.now_ms - station.failed_ms
    station.failed = False
    station.due_ms = None
    station.repair_ms += down
    station.to_failure_ms = draw_to_failure(floor, line, index, station)
    floor.record(
        "repair", f"line{line.number}.{station.name}", line=line.number, station=station.name, minutes=down / 60_000
    )
    clear_alarm(floor, station.alarms.pop("failure"))
    if station.left_ms > 0 and line.moving:
        run(floor, line, index, station)

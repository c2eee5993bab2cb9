"""One station: it takes a part, works on it, fails by operating time and is repaired.

A stop or a changeover freezes the part in process; its remaining work goes on afterwards. Repairs go on all the time.
"""

from __future__ import annotations

from twin.production.alarms import clear_alarm, raise_alarm
from twin.production.disturbances import acting
from twin.production.durations import draw
from twin.production.floor import Floor, Place
from twin.production.quality import REWORK_TIME, judge, spoil
from twin.production.state import NEVER_MS, LineState, Part, StationState
from twin.randomness import exponential

HOUR_MS = 3_600_000


def draw_to_failure(place: Place, station: StationState) -> int:
    """Draw the operating time until the next failure, in ms."""
    mtbf_h = place.config.mtbf_h
    if mtbf_h is None:
        return NEVER_MS
    return max(1, round(exponential(place.streams.to_failure, station.failures, mtbf_h * HOUR_MS)))


def take(floor: Floor, line: LineState, place: Place, station: StationState, part: Part) -> None:
    """Let a free station take a part and begin to work on it."""
    station.cycles += 1
    station.part = part
    station.left_ms = _work_ms(floor, line, place, station, part)
    run(floor, line, place, station)


def _work_ms(floor: Floor, line: LineState, place: Place, station: StationState, part: Part) -> int:
    """Draw how long a part takes: the mean follows the line's speed."""
    mean = HOUR_MS / line.speed_per_h * place.config.load
    faults = floor.faults.get(place.spot)
    if faults:
        mean *= 1 + acting(faults, "speed_loss", floor.state.now_ms)
    if part.reworked:
        return max(1, round(mean * REWORK_TIME))
    work = draw(place.config.distribution, place.streams.process, station.cycles, mean, place.spread)
    return max(1, round(work))


def run(floor: Floor, line: LineState, place: Place, station: StationState) -> None:
    """Begin or go on to work on the part."""
    config = place.config
    station.run_ms = now = floor.state.now_ms
    # Half of the power above idle goes with the speed; 80 parts per hour is where a station takes its rated power.
    station.run_kw = config.idle_kw + (config.busy_kw - config.idle_kw) * (0.5 + line.speed_per_h / 160)
    left, to_failure = station.left_ms, station.to_failure_ms
    station.due_ms = now + (left if left < to_failure else to_failure)


def pause(floor: Floor, place: Place, station: StationState) -> None:
    """Book the work done since the run began, and stand."""
    if station.run_ms is None:
        return
    now = floor.state.now_ms
    ran = now - station.run_ms
    station.left_ms -= ran
    station.to_failure_ms -= ran
    station.busy_ms += ran
    station.energy_kw_ms += ran * station.run_kw
    wear_pct = station.wear_pct + ran * place.wear_pct_per_ms
    station.wear_pct = wear_pct if wear_pct < 100 else 100.0
    station.ran_ms = now
    station.run_ms = None
    station.due_ms = None


def freeze(floor: Floor, line: LineState) -> None:
    """Stop all work of a line; repairs go on."""
    for place, station in zip(floor.places(line), line.stations, strict=True):
        pause(floor, place, station)


def thaw(floor: Floor, line: LineState) -> None:
    """Go on with the work that was frozen."""
    for place, station in zip(floor.places(line), line.stations, strict=True):
        if station.left_ms > 0 and not station.out and station.run_ms is None:
            run(floor, line, place, station)


def come_due(floor: Floor, line: LineState, place: Place, station: StationState) -> None:
    """Handle the end of a run or of a repair."""
    if station.failed:
        _repair(floor, line, place, station)
        return
    pause(floor, place, station)
    if station.left_ms == 0:
        _finish(floor, line, place, station)
    if station.to_failure_ms <= 0:
        mean = place.config.repair_min * 60_000
        key, spread = place.streams.repair, place.repair_spread
        repair = draw(place.config.repair_distribution, key, station.failures, mean, spread)
        fail(floor, line, place, max(1, round(repair)), "breakdown")
    elif station.left_ms > 0:
        run(floor, line, place, station)


def _finish(floor: Floor, line: LineState, place: Place, station: StationState) -> None:
    assert station.part is not None
    part = spoil(floor, line, place, station, station.part)
    if not place.last:
        station.parts_done += 1
        station.part = part
        return
    station.part = judge(floor, line, place, station, part)
    if station.part is None:
        station.parts_done += 1
    else:
        station.left_ms = _work_ms(floor, line, place, station, station.part)


def fail(floor: Floor, line: LineState, place: Place, repair_ms: int, cause: str) -> None:
    """Let a station fail now. One that is being repaired already is out for at least that long."""
    station = line.stations[place.index]
    now = floor.state.now_ms
    if station.failed:
        assert station.due_ms is not None
        station.due_ms = max(station.due_ms, now + repair_ms)
        return
    pause(floor, place, station)
    station.failed = True
    station.failed_ms = now
    station.failures += 1
    station.due_ms = now + repair_ms
    _note_out(floor, station)
    floor.record("failure", f"line{line.number}.{station.name}", line=line.number, station=station.name, cause=cause)
    text = f"{station.name} of line {line.number} failed: {cause}"
    raise_alarm(floor, line, station, "critical", "failure", text)


def _repair(floor: Floor, line: LineState, place: Place, station: StationState) -> None:
    down = floor.state.now_ms - station.failed_ms
    station.failed = False
    station.due_ms = None
    station.repair_ms += down
    _note_out(floor, station)
    station.to_failure_ms = draw_to_failure(place, station)
    floor.record(
        "repair", f"line{line.number}.{station.name}", line=line.number, station=station.name, minutes=down / 60_000
    )
    clear_alarm(floor, line, station, "failure")
    if station.left_ms > 0 and line.moving and not station.out:
        run(floor, line, place, station)


def set_available(floor: Floor, line: LineState, place: Place, available: bool) -> None:
    """Take a machine away or give it back. Without it the station stands as if failed, but nothing is to repair."""
    station = line.stations[place.index]
    station.available = available
    if not available:
        pause(floor, place, station)
    _note_out(floor, station)
    if station.left_ms > 0 and line.moving and not station.out and station.run_ms is None:
        run(floor, line, place, station)


def _note_out(floor: Floor, station: StationState) -> None:
    """Keep `station.out` and the time spent so up to date."""
    out = station.failed or not station.available
    if out == station.out:
        return
    now = floor.state.now_ms
    if out:
        station.out_since_ms = now
    else:
        station.out_ms += now - station.out_since_ms
    station.out = out

"""How parts are spoiled and what inspection does with them."""

from __future__ import annotations

from twin.production.disturbances import acting
from twin.production.floor import Floor, Place
from twin.production.orders import complete_part
from twin.production.state import LineState, Part, StationState
from twin.randomness import uniform

REWORK_TIME = 1.5
"""Rework at the inspection bench and the second look take this many times a first inspection."""
REWORK_SUCCESS = 0.85


def spoil(floor: Floor, line: LineState, place: Place, station: StationState, part: Part) -> Part:
    """Return the part as the station leaves it. The chance of a defect grows with speed and with a worn tool.

    Relative to planned speed the chance goes with the square; a tool worn beyond 60 % multiplies it by up to 5.8.
    """
    rate = place.config.defect_rate
    faults = floor.faults.get(place.spot)
    if not rate and not faults:
        return part
    pace = line.speed_per_h / floor.layout.recipes[part.product].planned_speed_per_h
    chance = rate * pace * pace
    if station.wear_pct > 60:
        chance *= 1 + 0.12 * (station.wear_pct - 60)
    if faults:
        chance += 0.35 * acting(faults, "defect_burst", floor.state.now_ms)
    if uniform(place.streams.defect, station.cycles) >= chance or part.defect:
        return part
    return part._replace(defect=place.config.defect)


def judge(floor: Floor, line: LineState, place: Place, station: StationState, part: Part) -> Part | None:
    """Inspect a part at the last station. Returns the part if it stays for rework, else None: it has left the line."""
    key = place.streams.rework
    if part.reworked:
        saved = uniform(key, 2 * station.cycles) < REWORK_SUCCESS
        _leave(floor, line, part, good=saved)
        return None
    line.inspected += 1
    if not part.defect:
        line.first_pass += 1
        _leave(floor, line, part, good=True)
        return None
    line.defects[part.defect] = line.defects.get(part.defect, 0) + 1
    share = max((c.rework_share for c in floor.layout.stations if c.defect == part.defect), default=0.0)
    if uniform(key, 2 * station.cycles + 1) < share:
        line.rework += 1
        return part._replace(reworked=True)
    _leave(floor, line, part, good=False)
    return None


def _leave(floor: Floor, line: LineState, part: Part, *, good: bool) -> None:
    now = floor.state.now_ms
    line.flow_ms += now - part.entered_ms
    line.planned_ms += round(floor.layout.recipes[part.product].cycle_s * 1000)
    if good:
        line.good += 1
        line.good_ms.append(now)
        while line.good_ms[0] <= now - 3_600_000:
            line.good_ms.popleft()
    else:
        line.scrap += 1
        name = f"O-{part.order}" if part.order else "stock"
        floor.record("part_scrapped", f"line{line.number}", line=line.number, order=name, defect=part.defect)
    if part.order:
        complete_part(floor, line, floor.state.orders[part.order], good=good)

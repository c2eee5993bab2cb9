"""Cars at the charging points: when they come, what they want, when they leave."""

from __future__ import annotations

from twin.energy.floor import Floor
from twin.energy.nature import HOUR_MS, MINUTE_MS, day_number, is_weekend, minute_at, minute_of_day
from twin.energy.state import ChargerState
from twin.randomness import exponential, lognormal, sigma_of, uniform

GAP_H = 1.3
STAY_H = 4.5
STAY_VARIATION = 0.35
SHORTEST_STAY_H = 1.0
WANTED_KWH = (8.0, 45.0)
CHARGED_ENOUGH = 1e-6
_FIRST_H, _LAST_H = 6, 19
_DRAWS = 4


def schedule(floor: Floor, index: int, charger: ChargerState) -> None:
    """Draw when the next car comes: in the day, some time after the last one left."""
    key, counter = floor.layout.charger_streams[index], charger.sessions * _DRAWS
    now = floor.state.now_ms
    gap_h = 0.2 + exponential(key, counter, GAP_H)
    if is_weekend(now // MINUTE_MS):
        gap_h *= 3
    at = now + round(gap_h * HOUR_MS)
    minute = at // MINUTE_MS
    hour = minute_of_day(minute) // 60
    if not _FIRST_H <= hour < _LAST_H:
        day = day_number(minute) + (hour >= _LAST_H)
        at = minute_at(day, _FIRST_H + 3 * uniform(key, counter + 1)) * MINUTE_MS
    charger.due_ms = at


def turn(floor: Floor, index: int, charger: ChargerState) -> None:
    """Let the car leave that was there, or the one come that was due."""
    now = floor.state.now_ms
    if charger.connected:
        charger.connected = False
        floor.record("car_left", charger.name, missing_kwh=round(charger.needed_kwh, 1))
        charger.needed_kwh = charger.power_kw = 0.0
        charger.sessions += 1
        schedule(floor, index, charger)
        return
    key, counter = floor.layout.charger_streams[index], charger.sessions * _DRAWS
    stay_h = max(SHORTEST_STAY_H, lognormal(key, counter + 2, STAY_H, sigma_of(STAY_VARIATION)))
    low, high = WANTED_KWH
    usual_kw = floor.layout.config.chargers[index].initial_power_kw or 1.0
    wanted = low + (high - low) * uniform(key, counter + 3)
    charger.connected = True
    charger.needed_kwh = min(wanted, 0.9 * stay_h * usual_kw)
    charger.due_ms = now + round(stay_h * HOUR_MS)
    floor.record("car_came", charger.name, wanted_kwh=round(charger.needed_kwh, 1), stay_h=round(stay_h, 1))


def wanted_kw(charger: ChargerState) -> float:
    """Return what a charger takes over the next minute when it may."""
    if not charger.connected or charger.needed_kwh <= CHARGED_ENOUGH:
        return 0.0
    return min(charger.limit_kw, charger.needed_kwh * 60)


def state_word(charger: ChargerState) -> str:
    """Return what a charging point does, in one word."""
    if not charger.connected:
        return "free"
    if charger.needed_kwh <= CHARGED_ENOUGH:
        return "full"
    return "charging" if charger.power_kw > 0 else "paused"

"""Forecasts of price, PV and load: the truth to come, blurred by an honest error.

The relative error is normal without bias and grows with the square root of the time ahead. Part of it is common to a
block of hours, part is each hour's own; both are drawn by the hour that is forecast, so the same question at the same
time gets the same answer, and forecasts of one hour grow truer as it comes nearer. Planned faults are not foreseen.
"""

from __future__ import annotations

import math

from twin.energy.floor import Floor
from twin.energy.nature import HOUR_MS, MINUTE_MS, next_batch
from twin.energy.state import OWN_PROFILE
from twin.randomness import normal

SPREAD = {"price": 0.02, "pv": 0.07, "load": 0.015}
"""Relative standard deviation one hour ahead."""
WIDEST = {"price": 0.08, "pv": 0.3, "load": 0.06}
_BLOCK_H = 6
_COMMON, _OWN = 0.8, 0.6
_CUT = 2.5
"""Draws beyond this many standard deviations are cut on both sides alike, so values stay positive and unbiased."""


def spread(quantity: str, ahead_h: float) -> float:
    """Return the relative standard deviation of a forecast this far ahead."""
    return min(WIDEST[quantity], SPREAD[quantity] * math.sqrt(max(0.0, ahead_h)))


def forecast(floor: Floor, quantity: str, hours: int) -> list[tuple[int, float]]:
    """Return the next whole hours as (beginning in plant ms, expected value at the hour's middle)."""
    now = floor.state.now_ms
    first = now // HOUR_MS + 1
    return [(slot * HOUR_MS, _expected(floor, quantity, slot, now)) for slot in range(first, first + hours)]


def _expected(floor: Floor, quantity: str, slot: int, now_ms: int) -> float:
    middle_ms = slot * HOUR_MS + HOUR_MS // 2
    block, own = floor.layout.forecast_streams[quantity]
    draw = _COMMON * normal(block, slot // _BLOCK_H) + _OWN * normal(own, slot)
    draw = min(_CUT, max(-_CUT, draw))
    error = spread(quantity, (middle_ms - now_ms) / HOUR_MS) * draw
    return coming(floor, quantity, middle_ms // MINUTE_MS) * (1 + error)


def coming(floor: Floor, quantity: str, minute: int) -> float:
    """Return what a quantity will be at a plant minute if nothing is done and no fault strikes."""
    layout = floor.layout
    if quantity == "price":
        return layout.market.price_ct(minute)
    if quantity == "pv":
        return layout.sun.power_kw(minute)
    total = 0.0
    for load, demand in zip(floor.state.loads, layout.demands, strict=True):
        if load.shed:
            continue
        if load.input_kw != OWN_PROFILE:
            total += load.input_kw
            continue
        total += demand.usual_kw(minute)
        if load.batch_ms and runs_batch(floor, load.name, minute):
            total += demand.config.nominal_kw
    return total


def runs_batch(floor: Floor, name: str, minute: int) -> bool:
    """Whether a shiftable load's batch will run at a plant minute: the pending one, or a planned one after it."""
    load, demand = next(
        pair for pair in zip(floor.state.loads, floor.layout.demands, strict=True) if pair[0].name == name
    )
    length = round(60 * demand.config.batch_h)
    begins = load.batch_ms // MINUTE_MS
    while begins + length <= minute:
        begins = next_batch(demand.config, begins + length)
    return begins <= minute

"""How machines wear: gamma processes, Wiener processes with drift, shocks; and what planned faults do on top.

A gamma process has independent increments Gamma(a dt, scale u): damage only grows, and the time to threshold L has
P(T <= t) = Q(a t, L / u), the regularised upper incomplete gamma function (van Noortwijk, "A survey of the application
of gamma processes in maintenance", 2009). A Wiener process with drift reaches a level after an inverse Gaussian time.
Increments are drawn by (machine, mode, step), exactly for any length of step.
"""

from __future__ import annotations

import math

from twin.clock import milliseconds
from twin.faults import severity
from twin.maintenance.floor import HOUR_MS, Floor, Place
from twin.maintenance.nameplates import ModeConfig
from twin.maintenance.state import AssetState
from twin.randomness import exponential, gamma, normal, uniform

FAULT_RAMP_S = 600.0
"""How long a planned failure mode takes to come to its full severity. Quick, so that an episode can see it."""


def increment(mode: ModeConfig, key: int, step: int, hours: float) -> float:
    """Draw the damage that `hours` of operation at full duty add."""
    share = hours / mode.life_h
    if mode.process == "gamma":
        scale = mode.spread * mode.spread
        return scale * gamma(key, step, share / scale)
    if mode.process == "wiener":
        return share + mode.spread * math.sqrt(share) * normal(key, step)
    return 0.0


def wear_on(place: Place, asset: AssetState) -> None:
    """Turn the operating time since the last step into wear."""
    hours = asset.wear_ms / HOUR_MS
    if hours <= 0:
        return
    asset.wear_ms = 0.0
    asset.steps += 1
    for index, mode in enumerate(place.kind.modes):
        if mode.process != "shock":
            asset.wear[index] += increment(mode, place.mode_streams[index], asset.steps, hours)


def assess(floor: Floor, place: Place, asset: AssetState) -> None:
    """Work out the damage of now: natural wear, or what planned faults do if that is more."""
    faults = floor.faults.get(asset.name)
    if not faults:
        asset.damage = [wear if wear > 0 else 0.0 for wear in asset.wear]
        return
    now = floor.state.now_ms
    for index, mode in enumerate(place.kind.modes):
        acting = tuple(
            fault
            for fault in faults
            if fault.kind == mode.name and milliseconds(fault.start_s) >= asset.repaired_ms[index]
        )
        planned = severity(acting, mode.name, now, FAULT_RAMP_S) if acting else 0.0
        asset.damage[index] = max(0.0, asset.wear[index], planned)


def repair(floor: Floor, place: Place, asset: AssetState, modes: tuple[str, ...], works: int) -> str:
    """Remove the damage of some failure modes; return the worst of them that was there to be seen, or an empty word."""
    found, worst = "", floor.layout.config.potential_failure
    for index, mode in enumerate(place.kind.modes):
        if mode.name not in modes:
            continue
        if asset.damage[index] > worst:
            found, worst = mode.name, asset.damage[index]
        draw = uniform(place.repair_stream, works * len(place.kind.modes) + index)
        asset.wear[index] = floor.layout.config.residual_damage * draw
        asset.repaired_ms[index] = floor.state.now_ms
    assess(floor, place, asset)
    return found


def worst_mode(floor: Floor, place: Place, asset: AssetState) -> str:
    """Return the failure mode with the most damage, or an empty word while none can be seen."""
    most = max(asset.damage)
    seen = most > floor.layout.config.potential_failure
    return place.kind.modes[asset.damage.index(most)].name if seen else ""


def next_shock_ms(place: Place, asset: AssetState, now_ms: int) -> int | None:
    """Draw when a running machine fails suddenly; None when it has no such failure mode."""
    rate = sum(1 / mode.life_h for mode in place.kind.modes if mode.process == "shock")
    if not rate:
        return None
    asset.shocks += 1
    return now_ms + max(1, round(exponential(place.shock_stream, asset.shocks, HOUR_MS / rate)))


def shock(place: Place, asset: AssetState) -> None:
    """Let the sudden failure happen: the first failure mode of that kind, if there are several the likelier one."""
    modes = [(mode.life_h, index) for index, mode in enumerate(place.kind.modes) if mode.process == "shock"]
    index = min(modes)[1]
    asset.wear[index] = asset.damage[index] = 1.0

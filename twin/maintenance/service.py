"""What machines do: run, stand by, stand, are locked out or have failed; and how one of a pair takes over."""

from __future__ import annotations

import math

from twin.errors import Interlock, WrongState
from twin.maintenance.degradation import next_shock_ms, shock
from twin.maintenance.floor import HOUR_MS, Floor, Place, hour_of_day
from twin.maintenance.state import AssetState
from twin.randomness import normal


def duty_pct(floor: Floor, place: Place, asset: AssetState) -> float:
    """Return how hard a machine is to work now, in percent: as set from outside, or by its own daily profile."""
    if asset.duty_pct >= 0:
        return asset.duty_pct
    config = floor.layout.config
    usual = place.config.duty_pct
    if not config.load_swing_pct or not usual:
        return usual
    now = floor.state.now_ms
    daily = math.sin(math.tau * (hour_of_day(now) - 9) / 24)
    swing = config.load_swing_pct * (daily + 0.4 * normal(place.load_stream, now // HOUR_MS))
    return min(120.0, max(0.0, usual + swing))


def partner_of(floor: Floor, asset: AssetState) -> AssetState | None:
    """Return the other machine of a redundant pair, or None."""
    partner = floor.place(asset).config.partner
    return floor.state.assets[partner] if partner else None


def able(asset: AssetState) -> bool:
    """Whether a machine could run."""
    return not asset.isolated and not asset.failed


def book(floor: Floor, asset: AssetState, duty: float | None = None) -> None:
    """Book the time since the last booking to what the machine did, at the duty of now."""
    now = floor.state.now_ms
    span = now - asset.booked_ms
    asset.booked_ms = now
    if span and asset.state == "running":
        asset.run_ms += span
        asset.wear_ms += span * (duty_pct(floor, floor.place(asset), asset) if duty is None else duty) / 100


def refresh(floor: Floor, asset: AssetState) -> None:
    """Let a machine take the state that its switches, locks and damage give it."""
    place = floor.place(asset)
    if asset.isolated:
        state = "isolated"
    elif asset.failed:
        state = "failed"
    elif duty_pct(floor, place, asset) == 0:
        state = "stopped"
    else:
        state = "running" if asset.on else "standby"
    if state == asset.state:
        return
    book(floor, asset)
    before, asset.state = asset.state, state
    now = floor.state.now_ms
    asset.since_ms = now
    asset.due_ms = next_shock_ms(place, asset, now) if state == "running" else None
    floor.record("state_changed", asset.name, before=before, after=state)
    if asset.down_ms is not None and state in ("running", "standby"):
        asset.lost_ms += now - asset.down_ms
        asset.down_ms = None
        floor.record("restored", asset.name, state=state)


def rearrange(floor: Floor, asset: AssetState) -> None:
    """Bring a machine and its partner into the states that they should be in: one of two runs, if one can."""
    partner = partner_of(floor, asset)
    if partner is not None:
        running, other = (asset, partner) if asset.on else (partner, asset)
        if not able(running) and able(other):
            running.on, other.on = False, True
            floor.record("switched_over", other.name, instead_of=running.name)
        refresh(floor, partner)
    refresh(floor, asset)


def fail(floor: Floor, asset: AssetState) -> None:
    """Let a machine fail: it stands until it is repaired, and its partner takes over."""
    asset.failed = True
    asset.failures += 1
    if asset.down_ms is None:
        asset.down_ms = floor.state.now_ms
    floor.record("failure", asset.name, service=floor.place(asset).config.service)
    floor.sound_alarm(asset.name, "critical", "failure", f"{asset.name} has failed and stands")
    rearrange(floor, asset)


def shocks(floor: Floor) -> None:
    """Let machines fail whose time for a sudden failure has come."""
    now = floor.state.now_ms
    for asset in floor.state.assets.values():
        if asset.due_ms is not None and asset.due_ms <= now:
            shock(floor.place(asset), asset)
            fail(floor, asset)


def recover(floor: Floor, asset: AssetState) -> None:
    """Say that a machine could run again, if nothing that is ruined is left in it."""
    if asset.failed and max(asset.damage) < 1:
        asset.failed = False
        floor.clear_alarm(asset.name, "failure")
    rearrange(floor, asset)


def isolate(floor: Floor, asset: AssetState) -> None:
    """Stop and lock a machine. Raises `WrongState`, or `Interlock` for the last of a redundant pair."""
    if asset.isolated:
        raise WrongState(f"{asset.name} is isolated already; release it with isolated=false")
    partner = partner_of(floor, asset)
    if asset.state == "running" and partner is not None and not able(partner):
        service = floor.place(asset).config.service
        raise Interlock(
            f"{asset.name} is the last one running for {service}: its partner {partner.name} is {partner.state};"
            f" bring {partner.name} back first"
        )
    asset.isolated = True
    rearrange(floor, asset)


def release(floor: Floor, asset: AssetState, busy: str) -> None:
    """Unlock a machine. Raises `WrongState`, or `Interlock` while a work order (`busy`) is being worked on there."""
    if not asset.isolated:
        raise WrongState(f"{asset.name} is not isolated but {asset.state}; there is no lock to remove")
    if busy:
        raise Interlock(f"work order {busy} is in progress on {asset.name}; release it when the work is completed")
    asset.isolated = False
    rearrange(floor, asset)

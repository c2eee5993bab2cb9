"""How the shop stands at second 0: machines that have run before, with a history, and a store that is partly full."""

from __future__ import annotations

from twin.maintenance.degradation import next_shock_ms
from twin.maintenance.floor import HOUR_MS, Layout, Place
from twin.maintenance.state import AssetState, Past, PlantState, Store
from twin.randomness import exponential, lognormal, stream, uniform, whole

PAST_FAILURES = (1, 4)
PAST_RUN_H = (3000, 24_000)


def open_shop(layout: Layout, seed: int) -> PlantState:
    """Make the state of second 0."""
    config = layout.config
    assets = {name: _asset(layout, place, seed) for name, place in layout.places.items()}
    for place in layout.places.values():
        partner = place.config.partner
        if partner is not None and layout.places[partner].index > place.index:
            assets[partner].on = False
            assets[partner].state = "standby"
            assets[partner].due_ms = None
    stock: dict[str, int] = {}
    for index, part in enumerate(config.parts):
        change = whole(stream(seed, "store"), index, -1, 2) if config.stock_variation else 0
        stock[part.name] = max(0, part.stock + change)
    return PlantState(assets=assets, store=Store(stock=stock, reserved=dict.fromkeys(stock, 0)))


def _asset(layout: Layout, place: Place, seed: int) -> AssetState:
    config = layout.config
    start = stream(seed, "asset", place.name, "start")
    wear = [config.initial_damage * uniform(start, 10 + index) for index in range(len(place.kind.modes))]
    run_ms = whole(start, 1, *PAST_RUN_H) * HOUR_MS
    history = _history(layout, place, seed)
    interval_ms = place.config.interval_h * HOUR_MS
    asset = AssetState(
        name=place.name,
        wear=wear,
        damage=wear.copy(),
        repaired_ms=[0] * len(wear),
        state="running" if place.config.duty_pct > 0 else "stopped",
        temperature_c=config.ambient_c + 0.8 * place.kind.sensors["temperature_c"].per_load,
        run_ms=run_ms,
        lost_ms=sum(past.downtime_ms for past in history),
        failures=len(history),
        policy=place.config.policy,
        interval_h=place.config.interval_h,
        service_ms=round(interval_ms * (0.02 + 0.98 * uniform(start, 2))),
        history=history,
    )
    asset.due_ms = next_shock_ms(place, asset, 0) if asset.state == "running" else None
    return asset


def _history(layout: Layout, place: Place, seed: int) -> list[Past]:
    """Draw failures of the years before, oldest first."""
    key = stream(seed, "asset", place.name, "past")
    modes = place.kind.modes
    kind = place.kind.name
    history: list[Past] = []
    time_ms = 0
    for number in range(whole(key, 0, *PAST_FAILURES)):
        time_ms -= round(HOUR_MS * (100 + exponential(key, 4 * number + 1, 1500)))
        mode = modes[whole(key, 4 * number + 2, 0, len(modes) - 1)]
        tasks = [each for each in layout.config.tasks if mode.name in each.repairs and kind in each.classes]
        hours = lognormal(key, 4 * number + 3, 2 + (tasks[0].hours if tasks else 4.0), 0.3)
        history.append(Past(time_ms, mode.name, tasks[0].name if tasks else "inspect", round(hours * HOUR_MS)))
    return history[::-1]

"""The grid's own control: who supplies what, and the power flow that follows. It runs at every change, by itself."""

from __future__ import annotations

from twin.energy import disturbances
from twin.energy.accounting import set_rates
from twin.energy.chargers import wanted_kw
from twin.energy.disturbances import GRID, TARIFF, remaining
from twin.energy.floor import Floor
from twin.energy.nature import MINUTE_MS
from twin.energy.network import Flow
from twin.energy.state import OWN_PROFILE, ChargerState, LoadState
from twin.energy.units import ON, battery_limits_kw, follow_request, soc_pct
from twin.journal import Journal

LEADING_KW = 1.0
"""A battery leads an island only while it can give at least this."""
RESTART_PCT = 5.0
"""A battery without a grid starts up a dark plant when it is charged this far above its floor."""
SLACK_KW = 1e-6


def resolve(floor: Floor) -> None:
    """Work out all powers of now and solve the net. A pure function of the state and the time."""
    state = floor.state
    minute = state.now_ms // MINUTE_MS
    _price(floor, minute)
    _want(floor, minute)
    out = bool(floor.severity(GRID, "grid_outage"))
    if not out:
        if state.supply.mode != "grid":
            _reconnect(floor)
        _on_grid(floor)
    else:
        if state.supply.mode == "grid":
            _cut_off(floor)
        _in_island(floor)
    set_rates(floor)


def _price(floor: Floor, minute: int) -> None:
    supply, market = floor.state.supply, floor.layout.market
    supply.price_ct = market.price_ct(minute) * disturbances.price_factor(floor.severity(TARIFF, "price_spike"))
    supply.carbon_g = market.carbon_g(minute)
    how_bad = floor.severity(GRID, "demand_response")
    contracted = floor.layout.config.tariff.contracted_kw
    supply.asked_kw = disturbances.asked_import_kw(how_bad, contracted) if how_bad else None


def _want(floor: Floor, minute: int) -> None:
    """Find out what loads and cars want and what the sun offers. On the external grid nothing stays dropped."""
    state, faults = floor.state, floor.faults
    on_grid = state.supply.mode == "grid"
    for load, demand in zip(state.loads, floor.layout.demands, strict=True):
        own = load.input_kw == OWN_PROFILE
        load.demand_kw = demand.now_kw(minute, load.in_batch) if own else load.input_kw
        if load.name in faults:
            how_bad = floor.severity(load.name, "load_surge", disturbances.SURGE_RAMP_S)
            load.demand_kw += disturbances.surge_share(how_bad) * demand.config.nominal_kw
        if on_grid:
            load.dropped = False
        load.power_kw = 0.0 if load.shed or load.dropped else load.demand_kw
    for charger in state.chargers:
        if on_grid:
            charger.dropped = False
        charger.power_kw = 0.0 if charger.dropped else wanted_kw(charger)
    pv = floor.layout.config.pv.name
    dimmed = remaining(floor.severity(pv, "pv_drop", disturbances.PV_RAMP_S), 0.9)
    state.supply.pv_available_kw = floor.layout.sun.power_kw(minute) * dimmed


def _taken(floor: Floor) -> tuple[list[float], list[float]]:
    """Add up what loads and cars take, in kW and kvar by inner bus."""
    layout, state = floor.layout, floor.state
    inner = len(layout.config.buses) - 1
    p_kw, q_kvar = [0.0] * inner, [0.0] * inner
    for load, bus, tangent in zip(state.loads, layout.load_buses, layout.load_tangents, strict=True):
        p_kw[bus] += load.power_kw
        q_kvar[bus] += load.power_kw * tangent
    for charger, bus in zip(state.chargers, layout.charger_buses, strict=True):
        if charger.power_kw:
            p_kw[bus] += charger.power_kw
            q_kvar[bus] += charger.power_kw * layout.charger_tangent
    return p_kw, q_kvar


def _on_grid(floor: Floor) -> None:
    state, layout = floor.state, floor.layout
    supply, generator = state.supply, state.generator
    supply.pv_kw = supply.pv_available_kw
    state.battery.power_kw = follow_request(floor)
    generator.aim_kw = generator.target_kw
    while True:
        p_kw, q_kvar = _taken(floor)
        p_kw[layout.pv_bus] -= supply.pv_kw
        p_kw[layout.battery_bus] -= state.battery.power_kw
        p_kw[layout.generator_bus] -= generator.power_kw
        flow = layout.net.solve(p_kw, q_kvar)
        if flow is not None:
            _take_over(floor, flow, flow.source_kw)
            return
        # No solution is a collapse of voltage: loads fall off, the least important first.
        if not _drop_next(floor):
            _black_out(floor)
            return


def _in_island(floor: Floor) -> None:
    """Let battery and generator carry what they can; what they cannot is dropped, the least important first."""
    state, layout = floor.state, floor.layout
    supply, generator, config = state.supply, state.generator, layout.config
    charging, discharging = battery_limits_kw(floor)
    # A battery that went dark starts the plant again only with something in stock, or it would flicker.
    dark = supply.mode == "blackout"
    battery_leads = discharging >= LEADING_KW and (not dark or soc_pct(floor) >= config.battery.floor_pct + RESTART_PCT)
    if not battery_leads and generator.state not in ("starting", "running"):
        _black_out(floor)
        return
    if dark:
        _change_mode(floor, "island")
    while True:
        p_kw, q_kvar = _taken(floor)
        need = sum(p_kw) - supply.pv_available_kw
        steady = generator.power_kw if battery_leads and generator.state in ON else 0.0
        lowest, highest = (-charging, discharging) if battery_leads else (0.0, config.generator.max_power_kw)
        surplus = max(0.0, lowest - (need - steady))
        supply.pv_kw = max(0.0, supply.pv_available_kw - surplus)
        steady -= max(0.0, surplus - supply.pv_available_kw)
        p_kw[layout.pv_bus] -= supply.pv_kw
        p_kw[layout.generator_bus] -= steady
        leader = config.battery.bus if battery_leads else config.generator.bus
        flow = layout.islands[leader].solve(p_kw, q_kvar)
        if flow is not None and flow.source_kw <= highest + SLACK_KW:
            break
        if not _drop_next(floor):
            break
    given_up = any(load.dropped for load in state.loads) and not any(load.power_kw for load in state.loads)
    if flow is None or given_up:
        _black_out(floor)
        return
    state.battery.power_kw = flow.source_kw if battery_leads else 0.0
    generator.power_kw = steady if battery_leads else flow.source_kw
    if generator.state in ("starting", "running"):
        generator.aim_kw = min(config.generator.max_power_kw, max(config.generator.min_power_kw, need))
    _take_over(floor, flow, 0.0)


def _black_out(floor: Floor) -> None:
    """Leave everything without power."""
    state, layout = floor.state, floor.layout
    if state.supply.mode != "blackout":
        _change_mode(floor, "blackout")
    for load in state.loads:
        load.power_kw = 0.0
        load.dropped = False
    for charger in state.chargers:
        charger.power_kw = 0.0
        charger.dropped = False
    state.battery.power_kw = state.battery.request_kw = state.supply.pv_kw = 0.0
    state.generator.power_kw = 0.0
    branches = (0.0,) * len(layout.branches)
    _take_over(floor, Flow((0.0,) * len(layout.config.buses), branches, branches, 0.0, 0.0), 0.0)


def _take_over(floor: Floor, flow: Flow, import_kw: float) -> None:
    """Keep a solution; loadings are shares of ratings, deratings included."""
    layout, supply, faults = floor.layout, floor.state.supply, floor.faults
    supply.flow, supply.import_kw = flow, import_kw
    loadings = [100 * amps / rating for amps, rating in zip(flow.currents_a, layout.ratings_a, strict=True)]
    if faults:
        for index, name in enumerate(layout.branches):
            if name in faults:
                loadings[index] *= layout.ratings_a[index] / rating_a(floor, index)
    supply.loadings_pct = tuple(loadings)


def rating_a(floor: Floor, index: int) -> float:
    """Return what a branch may carry now."""
    layout = floor.layout
    return layout.ratings_a[index] * remaining(floor.severity(layout.branches[index], "line_derating"), 0.7)


def _drop_next(floor: Floor) -> bool:
    """Drop the least important consumer that takes power: cars, then loads by their order; False when none is left."""
    state = floor.state
    cars = [charger for charger in state.chargers if charger.power_kw > 0]
    loads = zip(state.loads, floor.layout.config.loads, strict=True)
    running = sorted(((config.shed_order, load.name, load) for load, config in loads if load.power_kw > 0), key=_order)
    victim: ChargerState | LoadState
    if cars:
        victim = cars[-1]
    elif running:
        victim = running[0][2]
    else:
        return False
    victim.power_kw = 0.0
    victim.dropped = True
    floor.record("load_dropped", victim.name, mode=state.supply.mode)
    return True


def _order(entry: tuple[int, str, LoadState]) -> tuple[int, str]:
    return entry[0], entry[1]


def _change_mode(floor: Floor, mode: str) -> None:
    supply = floor.state.supply
    before, supply.mode = supply.mode, mode
    floor.record("state_changed", GRID, before=before, after=mode)


def _cut_off(floor: Floor) -> None:
    _change_mode(floor, "island")
    floor.state.battery.request_kw = 0.0


def _reconnect(floor: Floor) -> None:
    """Join the external grid again; what the island had dropped comes back by itself."""
    _change_mode(floor, "grid")
    state = floor.state
    consumers: list[LoadState | ChargerState] = [*state.loads, *state.chargers]
    for each in consumers:
        if each.dropped:
            each.dropped = False
            floor.record("load_picked_up", each.name, mode="grid")
    _want(floor, state.now_ms // MINUTE_MS)


def trial(floor: Floor) -> Floor:
    """Give a copy of the plant of now to try something on; nothing of it comes back."""
    return Floor(floor.layout, floor.state.copy(), Journal(), floor.faults)

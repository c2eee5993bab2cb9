"""Laws of the microgrid: what pandapower, bookkeeping and physics say it must come to."""

from __future__ import annotations

import math
import statistics
import warnings
from random import Random
from typing import Any

import pytest

from twin.core import Twin
from twin.energy.config import EnergyConfig
from twin.energy.network import network
from twin.energy.plant import EnergyPlant
from twin.faults import Fault, FaultPlan

CONFIG = EnergyConfig()
HOUR = 3600.0


def build(seed: int = 1, *faults: Fault, config: EnergyConfig = CONFIG) -> Twin:
    plan = FaultPlan(faults=faults)
    return Twin("energy", seed, config, plan, EnergyPlant.build(seed, config, plan))


@pytest.fixture(scope="module")
def pandapower() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("pandapower")


def peer_net(pp: Any, source: str) -> Any:
    """The same net as pandapower sees it, fed at one bus."""
    net = pp.create_empty_network(sn_mva=1.0)
    low = [bus for bus in CONFIG.buses if bus != "grid"]
    at = {bus: pp.create_bus(net, CONFIG.low_kv, name=bus) for bus in low}
    if source == "grid":
        at["grid"] = pp.create_bus(net, CONFIG.high_kv, name="grid")
        plate = CONFIG.transformer
        pp.create_transformer_from_parameters(
            net,
            at["grid"],
            at["main"],
            plate.rated_kva / 1000,
            CONFIG.high_kv,
            CONFIG.low_kv,
            plate.short_circuit_resistive_pct,
            plate.short_circuit_pct,
            plate.iron_loss_kw,
            plate.no_load_current_pct,
        )
    pp.create_ext_grid(net, at[source], vm_pu=CONFIG.slack_pu if source == "grid" else CONFIG.island_pu)
    for line in CONFIG.lines:
        pp.create_line_from_parameters(
            net,
            at[line.from_bus],
            at[line.to_bus],
            line.length_m / 1000,
            line.r_ohm_per_km,
            line.x_ohm_per_km,
            0.0,
            line.rating_a / 1000,
            parallel=line.parallel,
        )
    for bus in CONFIG.buses[1:]:
        pp.create_load(net, at[bus], 0.0, 0.0, name=bus)
    return net


@pytest.mark.parametrize("source", ["grid", "storage", "main"])
def test_voltages_loadings_and_powers_are_those_of_pandapower(pandapower: Any, source: str) -> None:
    net = peer_net(pandapower, source)
    ours = network(CONFIG, CONFIG.buses.index(source))
    random = Random(7)
    buses = CONFIG.buses[1:]
    for _ in range(6):
        p_kw = [random.gauss(35, 60) for _ in buses]
        q_kvar = [random.uniform(-10, 50) for _ in buses]
        net.load["p_mw"] = [value / 1000 for value in p_kw]
        net.load["q_mvar"] = [value / 1000 for value in q_kvar]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pandapower.runpp(net, numba=False, tolerance_mva=1e-9)
        flow = ours.solve(p_kw, q_kvar)
        assert flow is not None
        theirs = dict(zip(net.bus["name"], net.res_bus["vm_pu"], strict=True))
        for bus, voltage in zip(CONFIG.buses, flow.voltages_pu, strict=True):
            if bus in theirs:
                assert voltage == pytest.approx(theirs[bus], abs=1e-6)
        assert flow.powers_kw[1:] == pytest.approx([*(1000 * net.res_line["p_from_mw"])], abs=1e-3)
        assert flow.currents_a[1:] == pytest.approx([*(1000 * net.res_line["i_from_ka"])], abs=1e-2)
        assert flow.source_kw == pytest.approx(1000 * float(net.res_ext_grid["p_mw"].iloc[0]), abs=1e-3)
        if source == "grid":
            rated = CONFIG.transformer.rated_kva / (math.sqrt(3) * CONFIG.low_kv)
            theirs_pct = float(net.res_trafo["loading_percent"].iloc[0])
            assert 100 * flow.currents_a[0] / rated == pytest.approx(theirs_pct, abs=1e-2)


def powers(twin: Twin) -> dict[str, float]:
    state = twin.snapshot().state
    return {
        "taken": sum(each["power_kw"] for each in (*state["loads"], *state["chargers"])),
        "given": state["supply"]["pv_kw"] + state["battery"]["power_kw"] + state["generator"]["power_kw"],
        "import": state["supply"]["import_kw"],
        "losses": state["supply"]["flow"][4],
    }


def test_power_is_balanced_at_every_minute() -> None:
    outage = Fault(kind="grid_outage", target="grid", start_s=9000, duration_s=3000)
    twin = build(2, outage)
    twin.command("start_generator", power_kw=180)
    twin.command("dispatch_battery", power_kw=-90)
    for minute in range(300):
        twin.advance(60)
        now = powers(twin)
        assert now["import"] + now["given"] == pytest.approx(now["taken"] + now["losses"], abs=1e-3)
        assert 0 <= now["losses"] < 60
        if 9000 <= 60 * (minute + 1) < 12000:
            assert now["import"] == 0


def test_battery_energy_is_what_went_in_less_what_was_lost() -> None:
    twin = build(3)
    start = twin.view("get_battery")["energy_kwh"]
    stored = twin.snapshot().state["battery"]["energy_kwh"]
    twin.command("dispatch_battery", power_kw=-100)
    twin.advance(HOUR)
    after = twin.snapshot().state["battery"]["energy_kwh"]
    assert after - stored == pytest.approx(100 * 0.95, abs=1e-6)
    twin.command("dispatch_battery", power_kw=80)
    twin.advance(HOUR)
    assert twin.snapshot().state["battery"]["energy_kwh"] - after == pytest.approx(-80 / 0.95, abs=1e-6)
    assert twin.view("get_battery")["energy_kwh"] == pytest.approx(start + 95 - 80 / 0.95, abs=0.2)
    assert twin.view("get_battery")["wear_eur"] == pytest.approx(180 * 0.025, abs=0.01)


@pytest.mark.parametrize(("power_kw", "end_pct"), [(250.0, 10.0), (-250.0, 90.0)])
def test_the_battery_stops_at_floor_and_ceiling(power_kw: float, end_pct: float) -> None:
    twin = build(4)
    twin.command("dispatch_battery", power_kw=power_kw)
    twin.advance(3 * HOUR)
    answer = twin.view("get_battery")
    assert answer["state"] == "idle"
    assert answer["soc_pct"] == pytest.approx(end_pct, abs=0.05)
    assert [entry.kind for entry in twin.journal if entry.subject == "battery1"][-1] == "battery_stopped"


def test_costs_are_those_of_an_independent_calculation() -> None:
    """From the minute series of powers and prices alone; without cars, which come and go within minutes."""
    call = Fault(kind="demand_response", target="grid", start_s=19_980, severity=0.6, duration_s=3600)
    twin = build(6, call, config=EnergyConfig(chargers=()))
    twin.command("start_generator", power_kw=120)
    costs = dict.fromkeys(("energy", "export", "fuel", "wear", "penalty", "carbon", "import"), 0.0)
    quarters: list[float] = []
    quarter = 0.0
    for minute in range(12 * 60):
        if minute == 200:
            twin.command("dispatch_battery", power_kw=150)
        if minute == 330:
            twin.command("dispatch_battery", power_kw=-120)
        state = twin.snapshot().state
        taken = max(0.0, state["supply"]["import_kw"]) / 60
        costs["energy"] += taken * state["supply"]["price_ct"] / 100
        costs["export"] += max(0.0, -state["supply"]["import_kw"]) / 60 * 7.5 / 100
        costs["fuel"] += state["generator"]["power_kw"] / 60 * 19 / 100
        costs["wear"] += abs(state["battery"]["power_kw"]) / 60 * 2.5 / 100
        called = 19_980 <= 60 * minute < 23_580
        allowed = 800 * (1 - 0.7 * 0.6) if called else 800
        costs["penalty"] += max(0.0, taken * 60 - allowed) / 60 * 2
        costs["carbon"] += taken * state["supply"]["carbon_g"] / 1000 + state["generator"]["power_kw"] / 60 * 0.48
        costs["import"] += taken
        quarter += taken
        twin.advance(60)
        if minute % 15 == 14:
            quarters.append(4 * quarter)
            quarter = 0.0
    answer = twin.view("get_costs", hours=12)
    billed, demand = 700.0, 0.0
    for mean in quarters:
        demand += max(0.0, mean - billed) * 9.5
        billed = max(billed, mean)
    assert answer["energy_eur"] == pytest.approx(costs["energy"], abs=0.06)
    assert answer["export_eur"] == pytest.approx(costs["export"], abs=0.06)
    assert answer["fuel_eur"] == pytest.approx(costs["fuel"], abs=0.06)
    assert answer["wear_eur"] == pytest.approx(costs["wear"], abs=0.06)
    assert answer["demand_eur"] == pytest.approx(demand, abs=0.06)
    assert answer["peak_import_kw"] == pytest.approx(max(quarters), abs=0.06)
    assert answer["import_kwh"] == pytest.approx(costs["import"], abs=0.06)
    assert answer["carbon_kg"] == pytest.approx(costs["carbon"], abs=0.06)
    assert costs["penalty"] > 50
    assert answer["penalty_eur"] == pytest.approx(costs["penalty"], abs=0.06)
    parts = [answer[f"{name}_eur"] for name in ("energy", "demand", "fuel", "wear", "penalty")]
    assert answer["total_eur"] == pytest.approx(sum(parts) - answer["export_eur"], abs=0.3)


def test_the_parts_of_energy_add_up_over_a_day() -> None:
    twin = build(8)
    twin.command("start_generator", power_kw=200)
    twin.advance(24 * HOUR)
    sums = twin.snapshot().state["ledger"]["sums"]
    consumers = sum(sums[15:])
    # import + pv + discharge + generated = export + charge + losses + consumed
    assert sums[0] + sums[2] + sums[4] + sums[5] == pytest.approx(sums[1] + sums[3] + sums[6] + consumers, rel=1e-9)
    profiles = [twin.view("get_load_profile", load=load.name)["energy_kwh"] for load in CONFIG.loads]
    assert sum(profiles) == pytest.approx(sum(sums[15 : 15 + len(CONFIG.loads)]), abs=0.5)


@pytest.mark.parametrize(("quantity", "spread_1h", "spread_9h"), [("load", 0.015, 0.045), ("price", 0.02, 0.06)])
def test_forecasts_are_unbiased_and_grow_worse_with_the_horizon(
    quantity: str, spread_1h: float, spread_9h: float
) -> None:
    """Relative errors against what came, over 60 independent plants: mean within 3 standard errors of 0."""
    from twin.energy.forecast import coming, forecast

    near, far = [], []
    for seed in range(60):
        floor = build(seed)._plant._floor  # type: ignore[attr-defined]
        for target, errors in ((0, near), (8, far)):
            at, value = forecast(floor, quantity, target + 1)[target]
            errors.append(value / coming(floor, quantity, at // 60_000 + 30) - 1)
    for errors, spread in ((near, spread_1h * math.sqrt(1.5)), (far, spread_9h * math.sqrt(9.5 / 9))):
        assert abs(statistics.mean(errors)) < 3 * spread / math.sqrt(len(errors))
        assert 0.7 * spread < statistics.stdev(errors) < 1.35 * spread
    assert statistics.stdev(far) > 1.5 * statistics.stdev(near)


def test_forecasts_come_true_within_their_error() -> None:
    twin = build(11)
    twin.advance(3 * HOUR)
    prices = twin.view("get_forecast", quantity="price", hours=4)["values"]
    assert twin.view("get_forecast", quantity="price", hours=4)["values"] == prices
    sun = twin.view("get_forecast", quantity="pv", hours=2)["values"][0]
    twin.advance(1.5 * HOUR)
    assert twin.view("get_tariff")["price_ct_kwh"] == pytest.approx(prices[0]["value"], rel=0.08)
    assert twin.view("get_grid_status")["pv_kw"] == pytest.approx(sun["value"], rel=0.3)


def test_the_generator_ramps() -> None:
    twin = build(1)
    twin.command("start_generator", power_kw=200)
    seen = []
    for _ in range(8):
        twin.advance(60)
        seen.append(twin.view("get_grid_status")["generator_kw"])
    assert seen == [40, 80, 120, 160, 200, 200, 200, 200]
    twin.command("set_generator_power", power_kw=100)
    twin.advance(120)
    assert twin.view("get_grid_status")["generator_kw"] == 120


def test_an_undisturbed_week_is_quiet() -> None:
    above = days = 0
    for seed in (0, 1):
        twin = build(seed)
        for _ in range(7):
            twin.advance(24 * HOUR)
            costs = twin.view("get_costs")
            days += 1
            above += costs["peak_import_kw"] > 800
            status = twin.view("get_grid_status")
            assert status["highest_loading_pct"] < 100
            assert 0.95 < status["lowest_voltage_pu"] < 1.05
        causes = {entry.data["cause"] for entry in twin.journal if entry.kind == "alarm_raised"}
        assert causes <= {"import_limit"}
        unhappy = [e for e in twin.journal if e.kind == "car_left" and e.data["missing_kwh"] > 0.5]
        assert len(unhappy) < 4
    assert above <= 0.3 * days


def test_a_surge_at_noon_breaks_the_contract() -> None:
    twin = build(1, Fault(kind="load_surge", target="press", start_s=7 * HOUR, severity=0.9, duration_s=HOUR))
    twin.advance(8 * HOUR)
    costs = twin.view("get_costs")
    assert costs["peak_import_kw"] > 800
    assert costs["penalty_eur"] > 0

"""What planned faults do to the microgrid, and what the meters then say."""

from __future__ import annotations

from typing import Any

import pytest

from twin.core import Twin
from twin.energy.config import EnergyConfig
from twin.energy.disturbances import KINDS
from twin.energy.plant import EnergyPlant
from twin.errors import Interlock, NotFound, Unavailable
from twin.faults import Fault, FaultPlan

HOUR = 3600.0
T0 = 4.5 * HOUR


def build(*faults: Fault, seed: int = 1) -> Twin:
    plan, config = FaultPlan(faults=faults), EnergyConfig()
    return Twin("energy", seed, config, plan, EnergyPlant.build(seed, config, plan))


def pair(kind: str, target: str, **details: Any) -> tuple[Twin, Twin]:
    """A plant with the fault at half past ten and one without, at ten."""
    twins = build(Fault(kind=kind, target=target, start_s=T0, **details)), build()
    for twin in twins:
        twin.advance(4 * HOUR)
    return twins


def alarms(twin: Twin) -> set[tuple[str, str, str]]:
    status = twin.view("get_grid_status")
    return {(alarm["place"], alarm["severity"], alarm["text"].split(":")[0]) for alarm in status["alarms"]}


def causes(twin: Twin) -> list[tuple[str, str]]:
    return [(e.data["place"], e.data["cause"]) for e in twin.journal if e.kind == "alarm_raised"]


@pytest.mark.parametrize(
    ("kind", "target", "hint"),
    [
        ("price_spikes", "tariff", "price_spike"),
        ("price_spike", "tarif", "tariff"),
        ("load_surge", "battery1", "known"),
        ("line_derating", "line11", "line1"),
        ("sensor_drift", "battery1.soc", "battery1.soc_pct"),
        ("grid_outage", "grid.import_kw", "grid"),
    ],
)
def test_a_fault_that_names_nothing_is_refused(kind: str, target: str, hint: str) -> None:
    with pytest.raises(NotFound, match=hint):
        build(Fault(kind=kind, target=target, start_s=0))


def test_all_kinds_have_a_place() -> None:
    targets = {
        "price_spike": "tariff",
        "grid_outage": "grid",
        "demand_response": "grid",
        "pv_drop": "pv1",
        "load_surge": "press",
        "line_derating": "T1",
        "generator_trip": "chp1",
        "battery_derating": "battery1",
    }
    for kind in KINDS:
        build(Fault(kind=kind, target=targets.get(kind, "grid"), start_s=100)).advance(300)


def test_a_price_spike_raises_the_price_while_it_lasts() -> None:
    spiked, plain = pair("price_spike", "tariff", severity=0.5, duration_s=1800)
    for twin in (spiked, plain):
        twin.advance(0.6 * HOUR)
    price = plain.view("get_tariff")["price_ct_kwh"]
    assert spiked.view("get_tariff")["price_ct_kwh"] == pytest.approx(2.5 * price, abs=0.2)
    assert spiked.view("get_grid_status")["event"] == "price_spike"
    assert causes(spiked) == [("tariff", "price_spike")]
    for twin in (spiked, plain):
        twin.advance(0.5 * HOUR)
    assert spiked.view("get_tariff") == plain.view("get_tariff")
    assert spiked.view("get_grid_status")["event"] == "none"


def test_a_pv_drop_and_a_surge_change_the_powers() -> None:
    dark, plain = pair("pv_drop", "pv1", severity=1.0)
    for twin in (dark, plain):
        twin.advance(HOUR)
    assert dark.view("get_grid_status")["pv_kw"] == pytest.approx(0.1 * plain.view("get_grid_status")["pv_kw"], abs=0.1)
    surged, plain = pair("load_surge", "press", severity=0.8)
    for twin in (surged, plain):
        twin.advance(HOUR)
    now, usual = (twin.view("get_load_profile", load="press")["power_kw"] for twin in (surged, plain))
    assert now == pytest.approx(usual + 1.6 * 210, abs=0.2)
    assert ("line1", "overload") in causes(surged)


def test_a_derated_line_is_overloaded() -> None:
    weak, plain = pair("line_derating", "line1", severity=0.8)
    for twin in (weak, plain):
        twin.advance(HOUR)
    now, usual = (twin.view("get_line_loading", line="line1") for twin in (weak, plain))
    assert now["rating_a"] == pytest.approx(0.44 * usual["rating_a"], abs=0.1)
    assert now["current_a"] == usual["current_a"]
    assert now["loading_pct"] > 100
    assert causes(weak) == [("line1", "overload")]
    assert weak.view("get_grid_status")["highest_loading_line"] == "line1"


def test_a_demand_response_call_costs_when_it_is_missed() -> None:
    called, _ = pair("demand_response", "grid", severity=0.8, duration_s=3600)
    called.advance(HOUR)
    status = called.view("get_grid_status")
    assert status["event"] == "demand_response"
    assert status["asked_import_kw"] == pytest.approx(800 * (1 - 0.56))
    assert status["import_kw"] > status["asked_import_kw"]
    assert causes(called) == [("grid", "demand_response")]
    called.advance(HOUR)
    assert called.view("get_costs")["penalty_eur"] > 0
    assert called.view("get_grid_status")["active_alarms"] == 0
    obedient, _ = pair("demand_response", "grid", severity=0.4, duration_s=3600)
    obedient.command("dispatch_battery", power_kw=120)
    obedient.command("start_generator", power_kw=150)
    obedient.advance(1.7 * HOUR)
    assert obedient.view("get_costs")["penalty_eur"] == 0


def test_a_tripped_generator_is_locked_out() -> None:
    twin, _ = pair("generator_trip", "chp1", duration_s=1800)
    twin.command("start_generator")
    twin.advance(0.6 * HOUR)
    status = twin.view("get_grid_status")
    assert (status["generator_state"], status["generator_kw"]) == ("tripped", 0)
    assert causes(twin) == [("chp1", "trip")]
    with pytest.raises(Interlock, match="tripped"):
        twin.command("start_generator")
    twin.advance(0.5 * HOUR)
    assert twin.view("get_grid_status")["generator_state"] == "stopped"
    twin.command("start_generator")


def test_a_derated_battery_gives_less() -> None:
    twin, _ = pair("battery_derating", "battery1", severity=1.0)
    twin.command("dispatch_battery", power_kw=200)
    twin.advance(0.6 * HOUR)
    answer = twin.view("get_battery")
    assert (answer["max_power_kw"], answer["power_kw"]) == (50, 50)


def test_an_outage_leaves_an_island_that_sheds_what_it_cannot_carry() -> None:
    twin, _ = pair("grid_outage", "grid", duration_s=1800)
    twin.advance(0.6 * HOUR)
    status = twin.view("get_grid_status")
    assert (status["islanded"], status["event"], status["import_kw"]) == ("yes", "outage", 0)
    assert 0 < status["battery_kw"] <= 250
    assert ("grid", "outage") in causes(twin)
    dropped = [entry.subject for entry in twin.journal if entry.kind == "load_dropped"]
    loads = [name for name in dropped if not name.startswith("ev")]
    assert loads[:2] == ["cooling", "hvac"]
    assert twin.view("get_load_profile", load="cooling")["state"] == "shed"
    assert status["load_kw"] == pytest.approx(status["battery_kw"] + status["pv_kw"], abs=25)
    with pytest.raises(Interlock, match="island"):
        twin.command("dispatch_battery", power_kw=50)
    with pytest.raises(Interlock, match="without supply"):
        twin.command("restore_load", load="hvac")
    twin.advance(0.5 * HOUR)
    after = twin.view("get_grid_status")
    assert (after["islanded"], after["event"]) == ("no", "none")
    assert after["load_kw"] > 500
    assert after["battery_kw"] == 0


def test_the_generator_helps_the_island() -> None:
    twin, _ = pair("grid_outage", "grid", duration_s=7200)
    twin.command("start_generator", power_kw=250)
    twin.advance(0.6 * HOUR)
    with_it = twin.view("get_grid_status")
    assert with_it["generator_kw"] > 200
    alone, _ = pair("grid_outage", "grid", duration_s=7200)
    alone.advance(0.6 * HOUR)
    assert with_it["load_kw"] > alone.view("get_grid_status")["load_kw"] + 100


def test_an_island_without_energy_goes_dark_and_starts_again() -> None:
    twin, _ = pair("grid_outage", "grid", duration_s=6 * HOUR)
    twin.advance(4 * HOUR)
    status = twin.view("get_grid_status")
    assert status["event"] == "blackout"
    assert (status["load_kw"], status["lowest_voltage_pu"]) == (0, 0)
    assert ("grid", "blackout") in causes(twin)
    assert twin.view("run_power_flow", load="press", power_kw=10)["allowed"] == "no"
    twin.command("start_generator", power_kw=200)
    twin.advance(600)
    assert twin.view("get_grid_status")["event"] == "outage"
    assert twin.view("get_grid_status")["generator_kw"] > 50
    twin.advance(3 * HOUR)
    assert twin.view("get_grid_status")["event"] == "none"


def test_a_drifting_meter_lies_and_the_truth_goes_on() -> None:
    twin, plain = pair("sensor_drift", "battery1.soc_pct", severity=0.5)
    for each in (twin, plain):
        each.advance(HOUR)
    lie, truth = (each.view("get_battery") for each in (twin, plain))
    assert lie["soc_pct"] == pytest.approx(truth["soc_pct"] + 15, abs=0.11)
    assert lie["energy_kwh"] == truth["energy_kwh"]
    assert twin.view("get_grid_status")["soc_pct"] == lie["soc_pct"]
    assert twin.read("battery1.soc_pct") == lie["soc_pct"]


def test_a_stuck_meter_says_what_it_said() -> None:
    twin, _ = pair("sensor_stuck", "grid.import_kw", duration_s=1800)
    twin.advance(0.55 * HOUR)
    stuck = twin.view("get_grid_status")["import_kw"]
    twin.command("dispatch_battery", power_kw=200)
    twin.advance(600)
    assert twin.view("get_grid_status")["import_kw"] == stuck
    twin.advance(0.5 * HOUR)
    assert twin.view("get_grid_status")["import_kw"] < stuck - 100


def test_a_lost_place_does_not_answer_and_its_variables_stay() -> None:
    twin, _ = pair("communication_loss", "battery1", duration_s=1800)
    twin.advance(0.55 * HOUR)
    with pytest.raises(Unavailable, match="battery1"):
        twin.view("get_battery")
    soc = twin.read("battery1.soc_pct")
    twin.command("dispatch_battery", power_kw=200)
    twin.advance(600)
    assert twin.read("battery1.soc_pct") == soc
    twin.advance(0.5 * HOUR)
    assert twin.read("battery1.soc_pct") < soc - 5


@pytest.mark.parametrize(
    ("place", "view", "arguments"),
    [
        ("grid", "get_grid_status", {}),
        ("yard", "get_bus_voltage", {"bus": "yard"}),
        ("line4", "get_line_loading", {"line": "line4"}),
        ("hvac", "get_load_profile", {"load": "hvac"}),
        ("ev2", "get_ev_chargers", {"charger": "ev2"}),
        ("tariff", "get_tariff", {}),
        ("tariff", "get_forecast", {"quantity": "price"}),
    ],
)
def test_each_look_may_be_unavailable(place: str, view: str, arguments: dict[str, Any]) -> None:
    twin = build(Fault(kind="communication_loss", target=place, start_s=60))
    twin.advance(120)
    with pytest.raises(Unavailable, match=place):
        twin.view(view, **arguments)

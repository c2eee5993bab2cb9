"""What the microgrid's ten looks answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from twin.clock import EPOCH
from twin.core import Twin
from twin.energy.config import EnergyConfig
from twin.energy.nature import is_weekend, minute_at
from twin.energy.plant import EnergyPlant
from twin.errors import NotFound, OutOfRange
from twin.faults import FaultPlan

HOUR = 3600.0


@pytest.fixture
def twin() -> Twin:
    config = EnergyConfig()
    plant = Twin("energy", 1, config, FaultPlan(), EnergyPlant.build(1, config, FaultPlan()))
    plant.advance(4 * HOUR)
    return plant


@pytest.mark.parametrize(
    ("view", "arguments", "error"),
    [
        ("get_bus_voltage", {"bus": "pres"}, NotFound),
        ("get_line_loading", {"line": "line99"}, NotFound),
        ("get_load_profile", {"load": "ev1"}, NotFound),
        ("get_load_profile", {"load": "press", "hours": 25}, OutOfRange),
        ("get_forecast", {"quantity": "wind"}, NotFound),
        ("get_forecast", {"quantity": "pv", "hours": 0}, OutOfRange),
        ("get_forecast", {"quantity": "pv", "hours": 1.5}, OutOfRange),
        ("get_ev_chargers", {"charger": "ev9"}, NotFound),
        ("get_costs", {"hours": 0.1}, OutOfRange),
        ("run_power_flow", {"load": "solar", "power_kw": 5}, NotFound),
        ("run_power_flow", {"load": "press", "power_kw": -5}, OutOfRange),
        ("run_power_flow", {"load": "chp1", "power_kw": 40}, OutOfRange),
        ("run_power_flow", {"load": "ev1", "power_kw": 40}, OutOfRange),
        ("run_power_flow", {"load": "battery1", "power_kw": 400}, OutOfRange),
    ],
)
def test_looks_refuse_what_is_not_there(twin: Twin, view: str, arguments: dict[str, Any], error: type) -> None:
    with pytest.raises(error):
        twin.view(view, **arguments)


def test_the_status_agrees_with_the_single_readings(twin: Twin) -> None:
    status = twin.view("get_grid_status")
    weakest = twin.view("get_bus_voltage", bus=status["lowest_voltage_bus"])
    fullest = twin.view("get_line_loading", line=status["highest_loading_line"])
    assert weakest["voltage_pu"] == status["lowest_voltage_pu"]
    assert weakest["voltage_v"] == pytest.approx(400 * weakest["voltage_pu"], abs=0.3)
    assert fullest["loading_pct"] == status["highest_loading_pct"]
    assert fullest["loading_pct"] == pytest.approx(100 * fullest["current_a"] / fullest["rating_a"], abs=0.1)
    assert twin.view("get_line_loading", line="T1")["power_kw"] == status["import_kw"]
    loads = sum(twin.view("get_load_profile", load=load.name)["power_kw"] for load in twin.config.loads)
    assert status["load_kw"] == pytest.approx(loads + twin.view("get_ev_chargers")["total_kw"], abs=0.6)
    assert status["soc_pct"] == twin.view("get_battery")["soc_pct"]
    assert twin.read("grid.import_kw") == status["import_kw"]


def test_the_tariff_changes_when_it_says(twin: Twin) -> None:
    for _ in range(12):
        before = twin.view("get_tariff")
        change = datetime.fromisoformat(before["next_change"])
        ahead_s = (change - EPOCH).total_seconds() - twin.now
        assert before["changes_in_h"] == pytest.approx(ahead_s / HOUR, abs=0.06)
        twin.advance(ahead_s - 60)
        assert twin.view("get_tariff")["period"] == before["period"]
        twin.advance(60)
        after = twin.view("get_tariff")
        assert after["period"] == before["next_period"] != before["period"]
        assert after["price_ct_kwh"] == before["next_price_ct_kwh"]


def test_weekends_are_cheap_and_quiet() -> None:
    assert EPOCH.weekday() == 0
    assert not is_weekend(minute_at(4, 23.9))
    assert is_weekend(minute_at(5, 0))
    assert is_weekend(minute_at(6, 23.9))
    assert not is_weekend(minute_at(7, 0))


def test_a_forecast_sums_up_its_values(twin: Twin) -> None:
    answer = twin.view("get_forecast", quantity="load", hours=8)
    values = [row["value"] for row in answer["values"]]
    assert len(values) == 8
    assert answer["total"] == pytest.approx(sum(values), abs=0.1)
    assert answer["mean"] == pytest.approx(sum(values) / 8, abs=0.1)
    assert (answer["minimum"], answer["maximum"]) == (min(values), max(values))
    peak = next(row for row in answer["values"] if row["value"] == max(values))
    assert answer["peak_time"] == peak["time"]
    first = datetime.fromisoformat(answer["values"][0]["time"])
    assert timedelta(0) < first - EPOCH - timedelta(seconds=twin.now) <= timedelta(hours=1)


def test_a_forecast_knows_of_shifted_batches(twin: Twin) -> None:
    before = {row["time"]: row["value"] for row in twin.view("get_forecast", quantity="load", hours=12)["values"]}
    twin.command("shift_load", load="furnace", hours=4)
    after = {row["time"]: row["value"] for row in twin.view("get_forecast", quantity="load", hours=12)["values"]}
    assert after["2026-01-05T14:00:00"] < before["2026-01-05T14:00:00"] - 120
    assert after["2026-01-05T18:00:00"] > before["2026-01-05T18:00:00"] + 120


def test_the_profile_finds_the_batch() -> None:
    config = EnergyConfig()
    twin = Twin("energy", 1, config, FaultPlan(), EnergyPlant.build(1, config, FaultPlan()))
    twin.advance(11 * HOUR)
    answer = twin.view("get_load_profile", load="furnace", hours=6)
    assert answer["peak_kw"] == pytest.approx(157, abs=5)
    assert answer["peak_time"] >= "2026-01-05T13:00:00"
    assert answer["energy_kwh"] == pytest.approx(6 * answer["mean_kw"], abs=0.5)
    assert answer["energy_kwh"] == pytest.approx(3 * 150 + 6 * 7.5, rel=0.03)


def test_a_what_if_is_what_then_happens(twin: Twin) -> None:
    supposed = twin.view("run_power_flow", load="battery1", power_kw=200)
    twin.command("dispatch_battery", power_kw=200)
    assert twin.view("get_grid_status")["import_kw"] == supposed["import_kw"]
    assert supposed["allowed"] == "yes"
    heavy = twin.view("run_power_flow", load="press", power_kw=600)
    assert heavy["allowed"] == "no"
    assert heavy["highest_loading_pct"] > 100
    assert twin.view("run_power_flow", load="chp1", power_kw=0)["allowed"] == "yes"
    assert twin.view("run_power_flow", load="ev3", power_kw=22)["load"] == "ev3"


def test_costs_of_a_short_window_are_part_of_a_long_one(twin: Twin) -> None:
    short, long = (twin.view("get_costs", hours=hours) for hours in (1, 4))
    assert 0 < short["energy_eur"] < long["energy_eur"]
    assert short["import_kwh"] < long["import_kwh"]
    assert long["total_eur"] == pytest.approx(
        sum(long[f"{part}_eur"] for part in ("energy", "demand", "fuel", "wear", "penalty")) - long["export_eur"],
        abs=0.3,
    )


def test_cars_come_charge_and_go() -> None:
    config = EnergyConfig()
    twin = Twin("energy", 2, config, FaultPlan(), EnergyPlant.build(2, config, FaultPlan()))
    states = set()
    for _ in range(48):
        twin.advance(900)
        answer = twin.view("get_ev_chargers")
        states |= {row["state"] for row in answer["chargers"]}
        assert answer["connected_count"] == sum(row["state"] != "free" for row in answer["chargers"])
        for row in answer["chargers"]:
            assert (row["power_kw"] > 0) == (row["state"] == "charging")
            one = twin.view("get_ev_chargers", charger=row["charger"])
            assert one["chargers"] == [row]
            assert one["total_kw"] == row["power_kw"]
            assert all(one[name] == row[name] for name in row if name != "power_kw")
    assert {"free", "charging", "full"} <= states
    twin.command("set_ev_charging", charger="ev1", power_kw=0)
    assert twin.view("get_ev_chargers", charger="ev1")["state"] in ("free", "paused", "full")

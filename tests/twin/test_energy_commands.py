"""What the microgrid's commands do, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from twin.core import Twin
from twin.energy.config import EnergyConfig
from twin.energy.plant import EnergyPlant
from twin.errors import TwinError
from twin.faults import Fault, FaultPlan

HOUR = 3600.0


def build(seed: int = 1, *faults: Fault) -> Twin:
    plan, config = FaultPlan(faults=faults), EnergyConfig()
    return Twin("energy", seed, config, plan, EnergyPlant.build(seed, config, plan))


@pytest.fixture
def twin() -> Twin:
    plant = build()
    plant.advance(4 * HOUR)
    return plant


def refused(twin: Twin, name: str, /, **arguments: Any) -> tuple[str, str]:
    before = twin.snapshot().hash
    with pytest.raises(TwinError) as caught:
        twin.command(name, **arguments)
    assert twin.snapshot().hash == before
    assert twin.journal[-1].kind == "refused"
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("name", "arguments", "code", "words"),
    [
        ("dispatch_battery", {"power_kw": 260}, "out_of_range", "-250..250"),
        ("dispatch_battery", {"power_kw": float("nan")}, "out_of_range", "-250..250"),
        ("start_generator", {"power_kw": 60}, "out_of_range", "80..250"),
        ("start_generator", {"power_kw": 300}, "out_of_range", "80..250"),
        ("stop_generator", {}, "wrong_state", "stopped"),
        ("set_generator_power", {"power_kw": 120}, "wrong_state", "start it"),
        ("shed_load", {"load": "press"}, "not_permitted", "keep running"),
        ("shed_load", {"load": "furnace"}, "not_permitted", "shift_load"),
        ("shed_load", {"load": "hvca"}, "not_found", "'hvac'"),
        ("restore_load", {"load": "hvac"}, "wrong_state", "is on"),
        ("shift_load", {"load": "hvac", "hours": 2}, "not_permitted", "shiftable"),
        ("shift_load", {"load": "furnace", "hours": 13}, "out_of_range", "0.5..12"),
        ("shift_load", {"load": "furnance", "hours": 1}, "not_found", "'furnace'"),
        ("set_import_limit", {"limit_kw": 900}, "out_of_range", "50..800"),
        ("set_ev_charging", {"charger": "ev1", "power_kw": 23}, "out_of_range", "0..22"),
        ("set_ev_charging", {"charger": "ev7", "power_kw": 3}, "not_found", "ev"),
        (
            "set_alert_rule",
            {"place": "gird", "quantity": "import_kw", "direction": "above", "limit": 1},
            "not_found",
            "'grid'",
        ),
        (
            "set_alert_rule",
            {"place": "T1", "quantity": "soc_pct", "direction": "above", "limit": 1},
            "not_found",
            "loading_pct",
        ),
        (
            "set_alert_rule",
            {"place": "T1", "quantity": "loading_pct", "direction": "above", "limit": 999},
            "out_of_range",
            "0..300",
        ),
        ("set_input", {"name": "press.power_kw", "value": 4}, "not_found", "'press.demand_kw'"),
        ("set_input", {"name": "press.demand_kw", "value": -2}, "out_of_range", "own profile"),
    ],
)
def test_refusals_name_the_rule_and_change_nothing(
    twin: Twin, name: str, arguments: dict[str, Any], code: str, words: str
) -> None:
    got, message = refused(twin, name, **arguments)
    assert got == code
    assert words in message


def test_an_unknown_command_is_a_programmers_mistake(twin: Twin) -> None:
    with pytest.raises(ValueError, match="shed_load"):
        twin.command("shed_laod", load="hvac")
    with pytest.raises(ValueError, match="get_battery"):
        twin.view("get_batery")


def test_the_battery_relieves_the_grid(twin: Twin) -> None:
    before = twin.view("get_grid_status")
    answer = twin.command("dispatch_battery", power_kw=100)
    assert answer == {"power_kw": 100, "previous_power_kw": 0, "soc_pct": before["soc_pct"]}
    after = twin.view("get_grid_status")
    assert after["battery_kw"] == 100
    assert after["import_kw"] == pytest.approx(before["import_kw"] - 100, abs=5)
    assert twin.view("get_battery")["state"] == "discharging"
    assert twin.command("dispatch_battery", power_kw=0)["previous_power_kw"] == 100


def test_an_empty_battery_does_not_discharge(twin: Twin) -> None:
    twin.command("dispatch_battery", power_kw=250)
    twin.advance(3 * HOUR)
    code, message = refused(twin, "dispatch_battery", power_kw=50)
    assert code == "interlock"
    assert "floor of 10 %" in message
    twin.command("dispatch_battery", power_kw=-100)
    twin.advance(6 * HOUR)
    code, message = refused(twin, "dispatch_battery", power_kw=-50)
    assert code == "interlock"
    assert "ceiling of 90 %" in message


def test_the_generator_keeps_its_times(twin: Twin) -> None:
    assert twin.command("start_generator") == {
        "generator": "chp1",
        "state": "starting",
        "power_kw": 150,
        "reached_in_min": 3.8,
    }
    assert refused(twin, "start_generator")[0] == "wrong_state"
    twin.advance(600)
    assert twin.view("get_grid_status")["generator_state"] == "running"
    code, message = refused(twin, "stop_generator")
    assert code == "interlock"
    assert "50 min" in message
    assert twin.command("set_generator_power", power_kw=200)["previous_power_kw"] == 150
    twin.advance(3000)
    assert twin.command("stop_generator")["state"] == "stopping"
    assert refused(twin, "stop_generator")[0] == "wrong_state"
    twin.advance(600)
    assert twin.view("get_grid_status")["generator_state"] == "stopped"
    code, message = refused(twin, "start_generator")
    assert code == "interlock"
    assert "must rest" in message
    twin.advance(1800)
    assert twin.command("start_generator", power_kw=90)["state"] == "starting"


def test_a_load_is_shed_and_restored(twin: Twin) -> None:
    before = twin.view("get_load_profile", load="hvac")
    assert twin.command("shed_load", load="hvac")["freed_kw"] == before["power_kw"]
    assert refused(twin, "shed_load", load="hvac")[0] == "wrong_state"
    shed = twin.view("get_load_profile", load="hvac")
    assert (shed["state"], shed["power_kw"]) == ("shed", 0)
    twin.advance(600)
    assert twin.command("restore_load", load="hvac")["state"] == "on"
    assert twin.view("get_load_profile", load="hvac")["power_kw"] > 50


def test_a_batch_is_shifted(twin: Twin) -> None:
    planned = twin.view("get_load_profile", load="furnace")["batch_starts"]
    assert planned == "2026-01-05T13:00:00"
    answer = twin.command("shift_load", load="furnace", hours=3)
    assert answer["starts"] == "2026-01-05T16:00:00"
    assert answer["ends"] == "2026-01-05T19:00:00"
    assert twin.command("shift_load", load="furnace", hours=2.5)["delay_h"] == 5.5
    assert refused(twin, "shift_load", load="furnace", hours=7)[0] == "out_of_range"
    assert twin.view("get_load_profile", load="furnace")["state"] == "shifted"
    twin.advance(5 * HOUR)
    assert twin.view("get_load_profile", load="furnace")["power_kw"] < 20
    twin.advance(4 * HOUR)
    assert twin.view("get_load_profile", load="furnace")["power_kw"] > 130
    assert refused(twin, "shift_load", load="furnace", hours=1)[0] == "wrong_state"
    twin.advance(4 * HOUR)
    after = twin.view("get_load_profile", load="furnace")
    assert after["state"] == "on"
    assert after["batch_starts"] == "2026-01-06T13:00:00"


def test_what_would_overload_a_line_is_refused() -> None:
    twin = build(1, Fault(kind="line_derating", target="line6", start_s=4.1 * HOUR, severity=1.0))
    twin.advance(4 * HOUR)
    twin.command("shed_load", load="hvac")
    twin.advance(HOUR)
    code, message = refused(twin, "restore_load", load="hvac")
    assert code == "interlock"
    assert "line6" in message


def test_a_batch_is_not_shifted_onto_a_weak_line() -> None:
    twin = build(1, Fault(kind="line_derating", target="line5", start_s=HOUR, severity=0.9))
    twin.advance(4 * HOUR)
    code, message = refused(twin, "shift_load", load="furnace", hours=2)
    assert code == "interlock"
    assert "line5" in message


def test_four_cars_at_full_power_are_too_many(twin: Twin) -> None:
    for number in (1, 2, 3):
        twin.command("set_ev_charging", charger=f"ev{number}", power_kw=0)
    assert twin.view("get_ev_chargers")["total_kw"] <= 11
    answer = twin.command("set_ev_charging", charger="ev4", power_kw=22)
    assert answer["power_kw"] == 22
    weak = build(1, Fault(kind="line_derating", target="line10", start_s=HOUR, severity=1.0))
    weak.advance(4 * HOUR)
    code, message = refused(weak, "set_ev_charging", charger="ev1", power_kw=22) if _loaded(weak) else ("", "")
    assert not code or (code == "interlock" and "line10" in message)


def _loaded(twin: Twin) -> bool:
    others = twin.view("get_ev_chargers")["chargers"][1:]
    return sum(row["power_kw"] for row in others) > 5


def test_the_own_limit_raises_an_alarm(twin: Twin) -> None:
    assert twin.view("get_grid_status")["active_alarms"] == 0
    answer = twin.command("set_import_limit", limit_kw=200)
    assert answer == {"limit_kw": 200, "previous_limit_kw": 800, "contracted_kw": 800}
    status = twin.view("get_grid_status")
    assert status["import_limit_kw"] == 200
    assert [(alarm["place"], alarm["severity"]) for alarm in status["alarms"]] == [("grid", "critical")]
    twin.command("set_import_limit", limit_kw=800)
    assert twin.view("get_grid_status")["active_alarms"] == 0


def test_an_alert_rule_tells_once(twin: Twin) -> None:
    rule = twin.command("set_alert_rule", place="battery1", quantity="soc_pct", direction="below", limit=40)
    assert rule == {"rule": "R-1", "place": "battery1", "quantity": "soc_pct", "direction": "below", "limit": 40}
    twin.command("dispatch_battery", power_kw=250)
    twin.advance(2 * HOUR)
    alerts = [entry for entry in twin.journal if entry.kind == "alert"]
    assert [alert.subject for alert in alerts] == ["R-1"]
    assert alerts[0].data["value"] < 40


def test_demand_comes_from_outside(twin: Twin) -> None:
    own = twin.view("get_load_profile", load="press")["power_kw"]
    assert twin.command("set_input", name="press.demand_kw", value=42.5) == {"input": "press.demand_kw", "value": 42.5}
    twin.advance(900)
    assert twin.view("get_load_profile", load="press")["power_kw"] == 42.5
    twin.command("set_input", name="press.demand_kw", value=-1)
    assert twin.view("get_load_profile", load="press")["power_kw"] == pytest.approx(own, rel=0.3)


def test_variables_are_written_by_commands(twin: Twin) -> None:
    twin.write("battery1.power_kw", 80)
    twin.write("chp1.running", 1)
    twin.write("chp1.setpoint_kw", 100)
    twin.write("hvac.on", 0)
    twin.write("ev2.limit_kw", 6)
    twin.write("grid.limit_kw", 700)
    names = [entry.subject for entry in twin.journal.commands()]
    assert names == [
        *("dispatch_battery", "start_generator", "set_generator_power"),
        *("shed_load", "set_ev_charging", "set_import_limit"),
    ]
    assert twin.read("battery1.power_kw") == 80
    assert twin.read("chp1.running") == 1
    assert twin.read("hvac.on") == 0
    assert twin.read("ev2.limit_kw") == 6
    for name in twin.variables:
        twin.read(name)
    with pytest.raises(TwinError):
        twin.write("hvac.on", 0.5)
    with pytest.raises(TwinError):
        twin.write("grid.import_kw", 5)


@pytest.mark.parametrize("power_kw", [-250.0, 250.0])
def test_a_weak_cable_limits_what_the_battery_may_do(power_kw: float) -> None:
    twin = build(1, Fault(kind="line_derating", target="line9", start_s=HOUR, severity=1.0))
    twin.advance(4 * HOUR)
    code, message = refused(twin, "dispatch_battery", power_kw=power_kw)
    assert code == "interlock"
    assert "overload the net (line9" in message
    assert twin.command("dispatch_battery", power_kw=power_kw / 10)["power_kw"] == power_kw / 10
    assert twin.command("dispatch_battery", power_kw=0.0)["power_kw"] == 0.0

"""What a larger plant decides about the lines: machines lent or locked, power."""

from __future__ import annotations

from typing import Any

import pytest

from twin.catalog import build
from twin.core import Twin
from twin.errors import Interlock, NotFound, OutOfRange, TwinError, WrongState
from twin.faults import Fault, FaultPlan
from twin.production.config import ProductionConfig
from twin.production.coupling import declare_inputs


def line_state(twin: Twin, line: int = 1) -> Any:
    return twin.view("get_line_status", line=line)["state"]


def station_state(twin: Twin, station: str, line: int = 1) -> Any:
    return twin.view("get_station_status", line=line, station=station)["state"]


def set_input(twin: Twin, name: str, value: float) -> dict[str, Any]:
    return twin.command("set_input", name=name, value=value)


def test_inputs_are_declared_by_name() -> None:
    inputs = declare_inputs(ProductionConfig())
    assert len(inputs) == 3 * (1 + 5)
    assert inputs["line2.weld.available"].writable
    assert (inputs["line3.power_available"].low, inputs["line3.power_available"].high) == (0, 1)
    assert not set(inputs) & set(build("production", seed=0).variables)


def test_a_lent_machine_stands_and_goes_on_where_it_was(twin: Twin) -> None:
    alarms = twin.view("list_alarms")
    answer = set_input(twin, "line1.weld.available", 0)
    assert answer == {"input": "line1.weld.available", "value": 0.0, "previous_value": 1.0}
    before = twin.snapshot().state["lines"][0]["stations"][2]
    assert station_state(twin, "weld") == "failed"
    assert twin.view("list_alarms") == alarms
    twin.advance(5400)
    after = twin.snapshot().state["lines"][0]["stations"][2]
    for key in ("part", "left_ms", "parts_done", "to_failure_ms", "failures", "busy_ms"):
        assert after[key] == before[key]
    assert line_state(twin) == "down"
    assert station_state(twin, "form") == "blocked"
    assert station_state(twin, "paint") == "starved"
    assert twin.view("get_line_status", line=1)["bottleneck"] == "weld"
    assert not [alarm for alarm in twin.view("list_alarms", line=1)["alarms"] if alarm["station"] == "weld"]
    set_input(twin, "line1.weld.available", 1)
    assert station_state(twin, "weld") == "busy"
    assert line_state(twin) == "running"
    twin.advance(600)
    assert twin.view("get_station_status", line=1, station="weld")["parts_done"] > after["parts_done"]


def test_a_repair_goes_on_beside_a_lock(twin: Twin) -> None:
    plan = FaultPlan(faults=(Fault(kind="jam", target="2.weld", start_s=14500, duration_s=600),))
    twin = twin.fork_with(plan)
    twin.advance(200)
    set_input(twin, "line2.weld.available", 0)
    twin.advance(600)
    repairs = [entry.time_s for entry in twin.journal if entry.kind == "repair" and entry.subject == "line2.weld"]
    assert repairs[-1] == 15100.0
    assert station_state(twin, "weld", 2) == "failed"
    assert twin.view("get_line_status", line=2)["active_alarms"] == 0
    set_input(twin, "line2.weld.available", 1)
    assert station_state(twin, "weld", 2) == "busy"


def test_a_line_without_power_stands_and_goes_on_by_itself(twin: Twin) -> None:
    set_input(twin, "line1.power_available", 0)
    assert line_state(twin) == "stopped"
    assert twin.read("line1.running") == 1.0
    assert twin.read("line1.power_kw") == 0.0
    energy = twin.view("get_kpi", line=1, hours=24)["energy_kwh"]
    made = twin.view("get_quality_report", line=1, hours=24)["good"]
    with pytest.raises(WrongState, match="on but without electric power; it runs by itself when power is back"):
        twin.command("start_line", line=1)
    twin.advance(3600)
    assert twin.view("get_kpi", line=1, hours=24)["energy_kwh"] == energy
    assert twin.view("get_quality_report", line=1, hours=24)["good"] == made
    set_input(twin, "line1.power_available", 1)
    assert line_state(twin) == "running"
    twin.advance(600)
    assert twin.view("get_quality_report", line=1, hours=24)["good"] > made


def test_a_line_stopped_in_the_dark_stays_stopped(twin: Twin) -> None:
    set_input(twin, "line1.power_available", 0)
    assert twin.command("stop_line", line=1)["state"] == "stopped"
    with pytest.raises(Interlock, match="no electric power"):
        twin.command("start_line", line=1)
    with pytest.raises(WrongState, match="stopped already"):
        twin.command("stop_line", line=1)
    set_input(twin, "line1.power_available", 1)
    assert line_state(twin) == "stopped"
    assert twin.command("start_line", line=1)["state"] == "running"


@pytest.mark.parametrize("on", [True, False])
def test_a_power_cut_interrupts_a_changeover(twin: Twin, on: bool) -> None:
    if not on:
        twin.command("stop_line", line=1)
    product = twin.view("get_line_status", line=1)["product"]
    target = "valve" if product != "valve" else "flange"
    minutes = twin.command("change_product", line=1, product=target)["changeover_min"]
    twin.advance(60)
    set_input(twin, "line1.power_available", 0)
    assert line_state(twin) == "stopped"
    twin.advance(3600)
    set_input(twin, "line1.power_available", 1)
    assert line_state(twin) == "setup"
    twin.advance(60 * minutes - 61)
    assert line_state(twin) == "setup"
    twin.advance(1)
    assert line_state(twin) == ("running" if on else "stopped")


def test_a_changeover_ordered_in_the_dark_waits_for_power(twin: Twin) -> None:
    set_input(twin, "line3.power_available", 0)
    product = twin.view("get_line_status", line=3)["product"]
    twin.command("change_product", line=3, product="valve" if product != "valve" else "flange")
    twin.advance(7200)
    assert line_state(twin, 3) == "stopped"
    set_input(twin, "line3.power_available", 1)
    assert line_state(twin, 3) == "setup"
    twin.advance(1800)
    assert line_state(twin, 3) == "running"


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("line1.wled.available", 0, NotFound, "did you mean 'line1.weld.available'"),
        ("line9.power_available", 0, NotFound, "no input 'line9.power_available'"),
        ("line1.weld.available", 0.5, OutOfRange, "neither 0 nor 1"),
        ("line1.power_available", float("nan"), OutOfRange, "neither 0 nor 1"),
    ],
)
def test_a_wrong_input_is_refused(twin: Twin, name: str, value: float, error: type[TwinError], words: str) -> None:
    before = twin.snapshot().hash
    with pytest.raises(error, match=words):
        set_input(twin, name, value)
    assert twin.snapshot().hash == before


def test_a_lock_leaves_chance_elsewhere_as_it_was() -> None:
    """Stations before a lent machine, behind room enough, and other lines draw what they would have drawn."""
    standard = ProductionConfig()
    stations = tuple(station.model_copy(update={"buffer_after": 10_000}) for station in standard.stations)
    free = build("production", seed=6, config=ProductionConfig(stations=stations))
    free.advance(600)
    lent = free.fork()
    set_input(lent, "line2.weld.available", 0)
    for each in (free, lent):
        each.advance(7200)
    ours, theirs = (each.snapshot().state["lines"] for each in (free, lent))
    assert ours[1]["stations"][2] != theirs[1]["stations"][2]
    for index in (0, 1):
        for key in ("cycles", "failures", "to_failure_ms", "busy_ms", "left_ms", "parts_done"):
            assert ours[1]["stations"][index][key] == theirs[1]["stations"][index][key]
    for number in (0, 2):
        for key in ("good", "scrap", "parts_in", "product", "good_ms", "flow_ms", "time_ms"):
            assert ours[number][key] == theirs[number][key]

"""Planned faults show in what is measured, and only there."""

from __future__ import annotations

import pytest

from twin.catalog import build
from twin.core import Twin
from twin.errors import NotFound, Unavailable
from twin.faults import Fault, FaultPlan
from twin.production.disturbances import RAMP_S

START_S = 14460.0


def with_fault(twin: Twin, kind: str, target: str = "2.weld", **details: float) -> Twin:
    return twin.fork_with(FaultPlan(faults=(Fault(kind=kind, target=target, start_s=START_S, **details),)))


def station(twin: Twin, name: str = "weld", line: int = 2) -> dict[str, float]:
    return twin.view("get_station_status", line=line, station=name)


@pytest.mark.parametrize("name", ["cut", "form", "weld", "paint", "inspect"])
@pytest.mark.parametrize("severity", [0.5, 1.0])
def test_bearing_wear_is_felt_and_raises_an_alarm(twin: Twin, name: str, severity: float) -> None:
    assert station(twin, name)["vibration_mm_s"] < 4.5
    worn = with_fault(twin, "bearing_wear", f"2.{name}", severity=severity)
    worn.advance(1200)
    assert station(worn, name)["vibration_mm_s"] > 7.1
    texts = [alarm["text"] for alarm in worn.view("list_alarms", line=2, severity="warning")["alarms"]]
    assert f"{name} of line 2: vibration above 7.1 mm/s" in texts


def test_overheating_raises_an_alarm(twin: Twin) -> None:
    hot = with_fault(twin, "overheating", severity=0.8)
    hot.advance(1800)
    assert station(hot)["temperature_c"] > 95
    texts = [alarm["text"] for alarm in hot.view("list_alarms", line=2, severity="warning")["alarms"]]
    assert texts == ["weld of line 2: temperature above 95 C"]


def test_tool_wear_raises_an_alarm_and_spoils_parts(twin: Twin) -> None:
    worn = with_fault(twin, "tool_wear", severity=1.0)
    for each in (worn, twin):
        each.advance(3 * 3600)
    assert station(worn)["tool_wear_pct"] > 90
    assert worn.view("list_alarms", line=2, severity="info")["count"] >= 1
    ours, theirs = (each.view("get_quality_report", line=2, hours=3) for each in (worn, twin))
    assert ours["main_defect"] == "porosity"
    assert ours["first_pass_yield_pct"] < theirs["first_pass_yield_pct"] - 1


def test_speed_loss_costs_throughput(twin: Twin) -> None:
    slow = with_fault(twin, "speed_loss", severity=0.8)
    made = []
    for each in (twin, slow):
        each.advance(3 * 3600)
        made.append(each.view("get_quality_report", line=2, hours=2)["good"])
    assert made[1] < 0.8 * made[0]
    assert slow.view("get_line_status", line=2)["bottleneck"] == "weld"


def test_defect_burst_shows_in_the_quality_report(twin: Twin) -> None:
    bad = with_fault(twin, "defect_burst", "2.paint", severity=1.0)
    bad.advance(2 * 3600)
    report = bad.view("get_quality_report", line=2, hours=1)
    assert report["main_defect"] == "paint_run"
    assert report["first_pass_yield_pct"] < 85


def test_a_stuck_sensor_repeats_itself(twin: Twin) -> None:
    stuck = with_fault(twin, "sensor_stuck", "2.weld.vibration_mm_s", severity=1.0)
    stuck.advance(1200)
    history = stuck.view("get_sensor_history", line=2, station="weld", sensor="vibration_mm_s", minutes=10)
    assert history["minimum"] == history["maximum"]
    history = stuck.view("get_sensor_history", line=2, station="weld", sensor="temperature_c", minutes=10)
    assert history["minimum"] < history["maximum"]


def test_a_drifting_sensor_lies_but_the_plant_is_well(twin: Twin) -> None:
    lying = with_fault(twin, "sensor_drift", "2.cut.temperature_c", severity=1.0)
    for each in (twin, lying):
        each.advance(3000)
    assert station(lying, "cut")["temperature_c"] > station(twin, "cut")["temperature_c"] + 20
    ours, theirs = (each.snapshot().state["lines"][1]["stations"][0]["temperature_c"] for each in (lying, twin))
    assert ours == theirs


def test_a_drifting_station_lies_in_all_its_sensors(twin: Twin) -> None:
    lying = with_fault(twin, "sensor_drift", "2.cut", severity=1.0)
    for each in (twin, lying):
        each.advance(3000)
    for sensor, least in (("temperature_c", 20), ("vibration_mm_s", 4), ("tool_wear_pct", 1)):
        assert station(lying, "cut")[sensor] > station(twin, "cut")[sensor] + least


def test_a_station_out_of_reach_answers_unavailable_until_it_is_back(twin: Twin) -> None:
    twin.advance(60)
    before = twin.read("line2.weld.temperature_c")
    lost = twin.fork_with(
        FaultPlan(
            faults=(
                Fault(kind="communication_loss", target="2.weld", start_s=START_S + 1, duration_s=1800),
                Fault(kind="bearing_wear", target="2.weld", start_s=START_S + 1, severity=1.0),
            )
        )
    )
    lost.advance(1700)
    place = {"line": 2, "station": "weld"}
    for view, arguments in (
        ("get_station_status", place),
        ("get_sensor_history", {**place, "sensor": "vibration_mm_s"}),
    ):
        with pytest.raises(Unavailable, match="weld of line 2 does not answer: communication is lost"):
            lost.view(view, **arguments)
    assert lost.read("line2.weld.temperature_c") == before
    assert lost.view("list_alarms", line=2, severity="warning")["count"] == 0
    assert station(lost, "weld", 1)["temperature_c"] > 0
    assert lost.view("get_line_status", line=2)["state"] == "running"
    lost.advance(240)
    assert station(lost)["vibration_mm_s"] > 7.1
    assert lost.view("list_alarms", line=2, severity="warning")["count"] == 1


def test_there_are_nine_kinds_at_least() -> None:
    assert len(RAMP_S) >= 9
    assert {"sensor_drift", "sensor_stuck", "communication_loss"} <= set(RAMP_S)


def test_a_fault_passes(twin: Twin) -> None:
    worn = with_fault(twin, "bearing_wear", severity=1.0, duration_s=1200)
    worn.advance(1800)
    assert station(worn)["vibration_mm_s"] < 4.5
    assert worn.view("list_alarms", line=2)["alarms"][-1]["acknowledged"] is False


def test_faults_elsewhere_do_not_touch_a_line(twin: Twin) -> None:
    faulty = with_fault(twin, "speed_loss", severity=1.0)
    for each in (twin, faulty):
        each.advance(3600)
    ours, theirs = (each.snapshot().state["lines"] for each in (faulty, twin))
    assert ours[0]["good_ms"] == theirs[0]["good_ms"]
    assert ours[2]["good_ms"] == theirs[2]["good_ms"]


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [
        ("bearing", "2.weld", "no fault kind 'bearing'; did you mean 'bearing_wear'?"),
        ("jam", "2.welt", "did you mean '2.weld'?"),
        ("jam", "9.weld", "no fault target '9.weld'"),
        ("jam", "weld", "no fault target 'weld'"),
        ("jam", "2.weld.vibration_mm_s", "sensor"),
        ("communication_loss", "2.weld.vibration_mm_s", "sensor"),
    ],
)
def test_a_fault_must_name_something(kind: str, target: str, words: str) -> None:
    plan = FaultPlan(faults=(Fault(kind=kind, target=target, start_s=1),))
    with pytest.raises(NotFound) as caught:
        build("production", seed=0, faults=plan)
    assert words in caught.value.message


def test_two_jams_at_once_and_one_on_top(twin: Twin) -> None:
    plan = FaultPlan(
        faults=(
            Fault(kind="jam", target="3.cut", start_s=START_S, duration_s=300),
            Fault(kind="jam", target="1.cut", start_s=START_S, duration_s=300),
            Fault(kind="jam", target="1.cut", start_s=START_S + 100, duration_s=300),
        )
    )
    twin = twin.fork_with(plan)
    twin.advance(60 + 300)
    assert station(twin, "cut", 3)["state"] != "failed"
    assert station(twin, "cut", 1)["state"] == "failed"
    twin.advance(100)
    assert station(twin, "cut", 1)["state"] != "failed"
    failures = [entry.subject for entry in twin.journal if entry.kind == "failure" and entry.time_s == START_S]
    assert failures == ["line1.cut", "line3.cut"]

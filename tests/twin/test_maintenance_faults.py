"""Hidden failure modes show in what is measured, tests tell them apart, and only the right repair removes them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from twin.catalog import build, warmed_up
from twin.core import Twin
from twin.errors import NotFound, Unavailable
from twin.faults import Fault, FaultPlan
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.machines import CLASSES
from twin.maintenance.workshop import TASKS, TECHNICIANS, TESTS

START_S = 7260.0
SURE = MaintenanceConfig(
    test_error=0,
    stock_variation=False,
    technicians=tuple(each.model_copy(update={"shift": "always"}) for each in TECHNICIANS),
)
MACHINES = {
    "pump": "P-201",
    "motor": "M-302",
    "compressor": "C-401",
    "gearbox": "G-502",
    "fan": "F-601",
    "valve": "V-702",
}
MODES = [(kind.name, mode.name) for kind in CLASSES for mode in kind.modes]
every_mode = pytest.mark.parametrize(("kind", "mode"), MODES, ids=[f"{kind}-{mode}" for kind, mode in MODES])


def faulty(kind: str, target: str, **details: Any) -> Twin:
    """A shop where one thing has gone wrong at 08:01, five minutes ago at 08:20."""
    plan = FaultPlan(faults=(Fault(kind=kind, target=target, start_s=START_S, **details),))
    twin = warmed_up("maintenance", seed=1, warmup_s=7200, config=SURE, faults=plan)
    twin.advance(1500)
    return twin


def truth(twin: Twin, asset: str) -> dict[str, Any]:
    """The hidden state of a machine."""
    values: dict[str, Any] = twin.snapshot().state["assets"][asset]
    return values


def description(kind: str) -> Any:
    return next(each for each in CLASSES if each.name == kind)


@every_mode
@pytest.mark.parametrize("severity", [0.6, 0.9])
def test_a_failure_mode_is_felt(kind: str, mode: str, severity: float) -> None:
    asset = MACHINES[kind]
    twin = faulty(mode, asset, severity=severity)
    symptoms = next(each.symptoms for each in description(kind).modes if each.name == mode)
    alarms = twin.view("list_alarms", asset=asset)
    assert alarms["count"] >= 1
    assert twin.view("get_condition", asset=asset)["worst_sensor"] in symptoms
    elsewhere = [alarm for alarm in twin.view("list_alarms")["alarms"] if alarm["asset"] != asset]
    assert not [alarm for alarm in elsewhere if alarm["severity"] != "info"]


@every_mode
def test_tests_find_it(kind: str, mode: str) -> None:
    asset = MACHINES[kind]
    twin = faulty(mode, asset, severity=0.7)
    findings = next(each.findings for each in description(kind).modes if each.name == mode)
    for test in [each for each in TESTS if each.name in description(kind).tests]:
        if test.isolated and not truth(twin, asset)["isolated"]:
            twin.command("set_isolation", asset=asset, isolated=True)
        elif not test.isolated and truth(twin, asset)["isolated"]:
            twin.command("set_isolation", asset=asset, isolated=False)
        answer = twin.command("run_test", asset=asset, test=test.name)
        assert answer["finding"] == findings.get(test.name, "normal")
        assert answer["duration_min"] == test.minutes


@pytest.mark.parametrize("kind", MACHINES)
def test_modes_that_look_alike_are_told_apart_by_some_test(kind: str) -> None:
    for one, other in combinations(description(kind).modes, 2):
        assert one.findings != other.findings, (one.name, other.name)
        assert set(one.findings) <= set(description(kind).tests)


@every_mode
def test_some_task_repairs_it(kind: str, mode: str) -> None:
    tasks = [task.name for task in TASKS if mode in task.repairs and kind in task.classes]
    assert len(tasks) == 2
    assert tasks[-1] == "overhaul"


def work(twin: Twin, asset: str, task: str) -> str:
    """Do a work order from draft to completed; the machine is back in service after it."""
    order = twin.command("create_work_order", asset=asset, task=task)
    name: str = order["work_order"]
    twin.command("update_work_order", work_order=name, action="approve")
    if order["part_quantity"]:
        twin.command("reserve_part", work_order=name, part=order["part"], quantity=order["part_quantity"])
    free = twin.view("list_technicians", skill=order["skill"])["first_available"]
    twin.command("assign_technician", work_order=name, technician=free)
    isolates = order["needs_isolation"] == "yes"
    if isolates:
        twin.command("set_isolation", asset=asset, isolated=True)
    twin.command("update_work_order", work_order=name, action="start")
    twin.advance(2 * 3600 * order["estimated_h"])
    assert twin.view("list_work_orders", work_order=name)["state"] == "completed"
    if isolates:
        twin.command("set_isolation", asset=asset, isolated=False)
    twin.advance(1200)
    return name


@every_mode
def test_the_right_repair_restores(kind: str, mode: str) -> None:
    asset = MACHINES[kind]
    twin = faulty(mode, asset, severity=0.9)
    task = next(task for task in TASKS if mode in task.repairs and kind in task.classes)
    name = work(twin, asset, task.name)
    assert max(truth(twin, asset)["damage"]) < 0.15
    assert twin.view("verify_repair", work_order=name)["restored"] == "yes"
    assert twin.view("get_condition", asset=asset)["worst_sensor"] == "none"
    twin.command("update_work_order", work_order=name, action="close")
    assert twin.view("get_asset", asset=asset)["last_cause"] == mode


@pytest.mark.parametrize(
    ("asset", "mode", "task"),
    [
        ("P-201", "misalignment", "replace_bearings"),
        ("P-201", "cavitation", "replace_impeller"),
        ("M-302", "winding_degradation", "clean_cooling"),
        ("C-401", "valve_leak", "replace_filter"),
        ("G-502", "tooth_wear", "change_oil"),
        ("F-601", "looseness", "balance"),
        ("V-702", "air_leak", "lubricate_stem"),
    ],
)
def test_a_wrong_repair_costs_and_leaves_the_fault(asset: str, mode: str, task: str) -> None:
    twin = faulty(mode, asset, severity=0.8)
    index = [each.name for each in description(twin.view("get_asset", asset=asset)["asset_class"]).modes].index(mode)
    before = truth(twin, asset)["damage"][index]
    assert before == pytest.approx(0.8)
    used = twin.snapshot().state["store"]["used"]
    name = work(twin, asset, task)
    assert truth(twin, asset)["damage"][index] == before
    assert twin.view("verify_repair", work_order=name)["restored"] == "no"
    part = next(each for each in TASKS if each.name == task).parts
    assert bool(part) == (twin.snapshot().state["store"]["used"] != used)
    twin.command("update_work_order", work_order=name, action="close")
    assert twin.view("get_asset", asset=asset)["last_cause"] == "none found"


def test_an_inspection_finds_the_cause_and_repairs_nothing() -> None:
    twin = faulty("seal_leak", "P-201", severity=0.8)
    name = work(twin, "P-201", "inspect")
    assert twin.view("verify_repair", work_order=name)["restored"] == "no"
    assert twin.view("get_asset", asset="P-201")["last_task"] != "inspect"
    twin.command("update_work_order", work_order=name, action="close")
    assert twin.view("get_asset", asset="P-201")["last_cause"] == "seal_leak"


def test_full_damage_is_a_failure_and_the_standby_takes_over() -> None:
    twin = faulty("bearing_wear", "P-101", severity=1.0)
    assert twin.view("get_asset", asset="P-101")["state"] == "failed"
    assert twin.view("get_asset", asset="P-102")["state"] == "running"
    texts = [alarm["text"] for alarm in twin.view("list_alarms", asset="P-101", severity="critical")["alarms"]]
    assert "P-101 has failed and stands" in texts
    assert twin.view("list_assets")["failed_count"] == 1
    name = work(twin, "P-101", "replace_bearings")
    assert twin.view("get_asset", asset="P-101")["state"] == "standby"
    assert twin.view("verify_repair", work_order=name)["restored"] == "yes"


def test_a_wrong_repair_leaves_a_failed_machine_failed() -> None:
    twin = faulty("bearing_wear", "P-201", severity=1.0)
    name = work(twin, "P-201", "realign")
    assert twin.view("get_asset", asset="P-201")["state"] == "failed"
    assert twin.view("verify_repair", work_order=name)["restored"] == "no"


def test_a_stuck_sensor_repeats_itself() -> None:
    twin = faulty("sensor_stuck", "P-201.temperature_c")
    twin.advance(3600)
    history = twin.view("get_condition_history", asset="P-201", sensor="temperature_c", hours=1)
    assert history["minimum"] == history["maximum"]
    history = twin.view("get_condition_history", asset="P-201", sensor="vibration_mm_s", hours=1)
    assert history["minimum"] < history["maximum"]


def test_a_drifting_sensor_lies_but_the_machine_is_well() -> None:
    twin = faulty("sensor_drift", "P-201.vibration_mm_s", severity=1.0)
    assert twin.view("get_condition", asset="P-201")["iso_zone"] == "D"
    assert twin.command("run_test", asset="P-201", test="vibration_spectrum")["finding"] == "normal"
    assert max(truth(twin, "P-201")["damage"]) < 0.1


def test_lost_communication_makes_a_machine_silent_and_variables_keep_the_last_value() -> None:
    twin = faulty("communication_loss", "G-502", duration_s=3600)
    for view, arguments in (("get_condition", {}), ("get_condition_history", {"sensor": "temperature_c"})):
        with pytest.raises(Unavailable, match="G-502"):
            twin.view(view, asset="G-502", **arguments)
    last = twin.read("G-502.temperature_c")
    twin.advance(1800)
    assert twin.read("G-502.temperature_c") == last
    assert twin.command("run_test", asset="G-502", test="thermography")["finding"] == "normal"
    twin.advance(1800)
    assert twin.view("get_condition", asset="G-502")["state"] == "running"


def test_a_fault_passes() -> None:
    twin = faulty("filter_clogged", "C-401", severity=0.8, duration_s=1200)
    assert max(truth(twin, "C-401")["damage"]) < 0.1
    assert all(alarm["acknowledged"] is False for alarm in twin.view("list_alarms", asset="C-401")["alarms"])


def test_load_and_heat_confound() -> None:
    twin = warmed_up("maintenance", seed=1, warmup_s=7200)
    before = twin.view("get_condition", asset="M-302")
    twin.command("set_input", name="M-302.duty_pct", value=120)
    twin.advance(2400)
    after = twin.view("get_condition", asset="M-302")
    assert after["temperature_c"] > before["temperature_c"] + 8
    assert after["current_a"] > before["current_a"] + 10


def test_tests_are_seldom_wrong() -> None:
    plan = FaultPlan(faults=(Fault(kind="unbalance", target="F-601", start_s=0, severity=0.7),))
    twin = warmed_up("maintenance", seed=5, warmup_s=1200, faults=plan)
    count = 400
    wrong = sum(
        twin.command("run_test", asset="F-601", test="vibration_spectrum")["finding"] != "once_running_speed"
        for _ in range(count)
    )
    # Binomial of 400 at 3 %: 12 +- 3.4; four standard deviations.
    assert 0 < wrong <= 26


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [
        ("bearing", "P-101", "no fault kind 'bearing'; did you mean 'bearing_wear'?"),
        ("bearing_wear", "P-103", "no fault target 'P-103'; did you mean 'P-10"),
        ("bearing_wear", "V-701", "a valve such as V-701 has no bearing_wear; it has stiction"),
        ("sensor_drift", "P-101.oil_ppm", "fault target 'P-101.oil_ppm' is none"),
        ("bearing_wear", "P-101.vibration_mm_s", "is none; only"),
        ("communication_loss", "P-101.vibration_mm_s", "is none; only"),
    ],
)
def test_a_fault_must_name_something(kind: str, target: str, words: str) -> None:
    plan = FaultPlan(faults=(Fault(kind=kind, target=target, start_s=1),))
    with pytest.raises(NotFound) as caught:
        build("maintenance", seed=0, faults=plan)
    assert words in caught.value.message

"""The 20 tools of the maintenance shop through the door: what each answers, and a repair from alarm to closed order."""

from __future__ import annotations

from typing import Any

import pytest

from tools_api.catalog import tools
from tools_api.maintenance import actions, parameters, readings
from tools_api.messages import ToolCall
from tools_api.spec import ToolSpec, tool
from tools_api.toolbox import Toolbox
from twin.catalog import build, warmed_up
from twin.core import Twin
from twin.faults import Fault, FaultPlan
from twin.replay import replay

TOOLS = tools("maintenance")
FAULTS = FaultPlan(faults=(Fault(kind="bearing_wear", target="P-101", start_s=1200, severity=0.9),))


def plant() -> Twin:
    """A shop whose pump P-101 has a bad bearing, with a work order for it that could be started."""
    twin = warmed_up("maintenance", seed=11, warmup_s=3600, faults=FAULTS)
    for task in ("replace_bearings", "realign"):
        twin.command("create_work_order", asset="P-101", task=task)
    twin.command("update_work_order", work_order="WO-1001", action="approve")
    return twin


@pytest.fixture
def door() -> Toolbox:
    return Toolbox(plant(), TOOLS)


def answer(door: Toolbox, name: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool that must succeed."""
    result = door.call(ToolCall(name=name, arguments=arguments))
    assert result.ok, result
    return result.data


def refusal(door: Toolbox, name: str, **arguments: Any) -> tuple[str | None, str]:
    """Call a tool that must be refused; the plant stays as it was but for the time."""
    alone = door.twin.fork()
    result = door.call(ToolCall(name=name, arguments=arguments))
    assert not result.ok, result
    alone.advance(door.twin.now - alone.now)
    assert alone.snapshot().hash == door.twin.snapshot().hash
    return result.code, result.message


def test_there_are_twenty_tools_of_which_nine_act() -> None:
    own = [each.spec for each in TOOLS if each.spec.name != "wait"]
    assert len(own) == 20
    assert sum(spec.mutates for spec in own) == 9
    assert all(spec.duration_s == (5 if spec.mutates else 2) for spec in own)


def test_choices_in_the_specs_are_those_of_the_standard_plant() -> None:
    config = build("maintenance", seed=0).config
    known = {
        "asset": [asset.name for asset in config.assets],
        "asset_class": [kind.name for kind in config.classes],
        "test": [test.name for test in config.tests],
        "task": [task.name for task in config.tasks],
        "part": [part.name for part in config.parts],
        "technician": [technician.name for technician in config.technicians],
        "sensor": list(dict.fromkeys(sensor for kind in config.classes for sensor in kind.sensors)),
    }
    for each in TOOLS:
        for parameter in each.spec.parameters:
            if parameter.choices and parameter.name in known:
                # A spare part that runs low has alarms, too.
                names = known[parameter.name] + (known["part"] if each is readings.list_alarms else [])
                assert sorted(parameter.choices) == sorted(names)
    assert parameters.Action.__args__ == ("approve", "start", "close", "cancel")


def test_a_test_takes_the_time_that_it_says(door: Toolbox) -> None:
    begin = door.twin.now
    data = answer(door, "run_test", asset="P-101", test="vibration_spectrum")
    assert data["duration_min"] == 20.0
    assert door.twin.now == begin + 5 + 20 * 60
    begin = door.twin.now
    assert refusal(door, "run_test", asset="P-101", test="stroke_test")[0] == "not_permitted"
    assert door.twin.now == begin + 5
    with pytest.raises(ValueError, match="run_test"):
        door.peek(ToolCall(name="run_test", arguments={"asset": "P-101", "test": "leak_test"}))


def test_the_duration_field_must_be_an_answer_in_minutes() -> None:
    def f(twin: Twin) -> dict[str, Any]:
        """Do something.

        Returns:
            seconds: how long
        """
        return {"seconds": twin.now}

    for field in ("seconds", "duration_min"):
        with pytest.raises(ValueError, match="is no answer in minutes"):
            tool(device="d", mutates=True, duration_s=1, duration_field=field)(f)


def test_a_spec_without_a_duration_field_is_dumped_as_before_there_were_any() -> None:
    assert "duration_field" not in readings.get_asset.spec.model_dump()
    dumped = actions.run_test.spec.model_dump_json()
    assert ToolSpec.model_validate_json(dumped) == actions.run_test.spec
    assert ToolSpec.model_validate(readings.get_asset.spec.model_dump()) == readings.get_asset.spec


def test_only_optional_fields_may_be_left_out() -> None:
    spec = readings.get_condition.spec
    gearbox = ["asset", "state", "vibration_mm_s", "temperature_c", "oil_ppm", "iso_zone", "worst_sensor"]
    assert spec.fits(dict.fromkeys(gearbox))
    assert not spec.fits(dict.fromkeys(gearbox[1:]))
    assert not spec.fits(dict.fromkeys([*gearbox, "mood"]))
    assert not spec.fits(dict.fromkeys(reversed(gearbox)))


@pytest.mark.parametrize("asset", ["P-101", "M-301", "C-401", "G-501", "F-601", "V-701"])
def test_a_condition_has_the_fields_of_its_class(door: Toolbox, asset: str) -> None:
    data = answer(door, "get_condition", asset=asset)
    assert readings.get_condition.spec.fits(data)


def test_a_repair_from_alarm_to_closed_order() -> None:
    twin = warmed_up("maintenance", seed=11, warmup_s=14400, faults=FAULTS)
    door = Toolbox(twin, TOOLS)
    alarms = answer(door, "list_alarms")
    assert (alarms["worst_asset"], alarms["worst_severity"]) == ("P-101", "critical")
    answer(door, "acknowledge_alarm", alarm=alarms["worst_alarm"])
    condition = answer(door, "get_condition", asset="P-101")
    assert (condition["iso_zone"], condition["worst_sensor"]) == ("D", "vibration_mm_s")
    assert answer(door, "run_test", asset="P-101", test="vibration_spectrum")["finding"] == "bearing_frequency"
    order = answer(door, "create_work_order", asset="P-101", task="replace_bearings", priority="high")
    name = order["work_order"]
    assert refusal(door, "assign_technician", work_order=name, technician="T-1")[0] == "wrong_state"
    answer(door, "update_work_order", work_order=name, action="approve")
    free = answer(door, "list_technicians", skill=order["skill"])["first_available"]
    answer(door, "assign_technician", work_order=name, technician=free)
    assert refusal(door, "update_work_order", work_order=name, action="start")[0] == "wrong_state"
    answer(door, "reserve_part", work_order=name, part=order["part"], quantity=order["part_quantity"])
    assert refusal(door, "update_work_order", work_order=name, action="start")[0] == "interlock"
    assert answer(door, "set_isolation", asset="P-101", isolated=True)["state"] == "isolated"
    assert answer(door, "get_asset", asset="P-102")["state"] == "running"
    answer(door, "update_work_order", work_order=name, action="start")
    assert refusal(door, "set_isolation", asset="P-101", isolated=False)[0] == "interlock"
    assert refusal(door, "set_isolation", asset="P-102", isolated=True)[0] == "interlock"
    assert answer(door, "verify_repair", work_order=name)["restored"] == "not done yet"
    for _ in range(12):
        if answer(door, "list_work_orders", work_order=name)["state"] == "completed":
            break
        answer(door, "wait", seconds=1200)
    assert answer(door, "set_isolation", asset="P-101", isolated=False)["state"] == "standby"
    verified = answer(door, "verify_repair", work_order=name)
    assert verified["restored"] == "yes"
    assert verified["vibration_before_mm_s"] > 7.1
    assert answer(door, "update_work_order", work_order=name, action="close")["state"] == "closed"
    record = answer(door, "get_asset", asset="P-101")
    assert (record["last_cause"], record["last_task"]) == ("bearing_wear", "replace_bearings")
    again = replay("maintenance", 11, twin.config, FAULTS, twin.journal, twin.now)
    assert again.snapshot().hash == twin.snapshot().hash

"""What the shop's commands do, and what they refuse: by code, with nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from twin.catalog import build, warmed_up
from twin.core import Twin
from twin.errors import TwinError
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.state import ORDER_STATES
from twin.maintenance.work import ADVICE, TRANSITIONS

CONFIG = MaintenanceConfig(stock_variation=False, work_variation=0)


@pytest.fixture
def shop() -> Twin:
    """The standard shop at 10:00, with the same stock for every seed and work that takes as long as planned."""
    return warmed_up("maintenance", seed=1, warmup_s=14400, config=CONFIG)


def refuse(twin: Twin, name: str, /, **arguments: Any) -> tuple[str, str]:
    """Give a command that must be refused and leaves the plant as it was."""
    before = twin.snapshot().hash
    with pytest.raises(TwinError) as caught:
        twin.command(name, **arguments)
    assert twin.snapshot().hash == before
    assert twin.journal[-1].kind == "refused"
    return caught.value.code, caught.value.message


def order(twin: Twin, asset: str = "F-601", task: str = "balance", upto: str = "draft") -> str:
    """Write a work order and take it to a state."""
    name: str = twin.command("create_work_order", asset=asset, task=task)["work_order"]
    if upto == "cancelled":
        twin.command("update_work_order", work_order=name, action="cancel")
        return name
    steps = ORDER_STATES.index(upto)
    if steps >= 1:
        twin.command("update_work_order", work_order=name, action="approve")
    if steps >= 2:
        twin.command("assign_technician", work_order=name, technician="T-1")
    if steps >= 3:
        if twin.view("get_asset", asset=asset)["isolated"] == "no":
            twin.command("set_isolation", asset=asset, isolated=True)
        twin.command("update_work_order", work_order=name, action="start")
    if steps >= 4:
        twin.advance(2 * 3600)
    if steps >= 5:
        twin.command("update_work_order", work_order=name, action="close")
    assert twin.view("list_work_orders", work_order=name)["state"] == upto
    return name


def test_the_life_of_a_work_order_is_this_table() -> None:
    assert dict(TRANSITIONS) == {
        ("draft", "approve"): "approved",
        ("draft", "cancel"): "cancelled",
        ("approved", "assign"): "scheduled",
        ("approved", "cancel"): "cancelled",
        ("scheduled", "assign"): "scheduled",
        ("scheduled", "start"): "in_progress",
        ("scheduled", "cancel"): "cancelled",
        ("in_progress", "finish"): "completed",
        ("completed", "close"): "closed",
    }
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(ORDER_STATES)


@pytest.mark.parametrize("state", ORDER_STATES)
@pytest.mark.parametrize("action", list(ADVICE))
def test_each_step_is_done_or_refused_as_the_table_says(shop: Twin, state: str, action: str) -> None:
    name = order(shop, upto=state)
    if action == "start" and state == "scheduled":
        shop.command("set_isolation", asset="F-601", isolated=True)
    given = {"technician": "T-5"} if action == "assign" else {"action": action}
    command = "assign_technician" if action == "assign" else "update_work_order"
    if (state, action) in TRANSITIONS:
        answer = shop.command(command, work_order=name, **given)
        assert answer["state"] == TRANSITIONS[state, action]
    else:
        code, message = refuse(shop, command, work_order=name, **given)
        assert code == "wrong_state"
        assert name in message
        assert state in message


def test_work_ends_by_itself_after_its_hours(shop: Twin) -> None:
    name = order(shop, upto="in_progress")
    shop.advance(1.5 * 3600 - 1)
    assert shop.view("list_work_orders", work_order=name)["state"] == "in_progress"
    shop.advance(1)
    assert shop.view("list_work_orders", work_order=name)["state"] == "completed"
    assert shop.view("list_technicians")["technicians"][0]["state"] == "available"


def test_work_rests_when_its_technician_goes_home(shop: Twin) -> None:
    name = order(shop, "F-601", "overhaul", "draft")
    shop.command("update_work_order", work_order=name, action="approve")
    shop.command("reserve_part", work_order=name, part="KIT-OVH")
    shop.command("assign_technician", work_order=name, technician="T-1")
    shop.command("set_isolation", asset="F-601", isolated=True)
    shop.command("update_work_order", work_order=name, action="start")
    shop.advance(8 * 3600)
    rows = {row["technician"]: row for row in shop.view("list_technicians")["technicians"]}
    assert (rows["T-1"]["state"], rows["T-1"]["work_order"]) == ("off_shift", name)
    # Four of twelve hours until 14:00, eight more from 06:00 next day.
    shop.advance(20 * 3600 - 1)
    assert shop.view("list_work_orders", work_order=name)["state"] == "in_progress"
    shop.advance(1)
    assert shop.view("list_work_orders", work_order=name)["state"] == "completed"
    assert [
        entry.kind for entry in shop.journal if entry.kind.startswith("work_p") or entry.kind == "work_resumed"
    ] == [
        "work_paused",
        "work_resumed",
    ]


@pytest.mark.parametrize(
    ("technician", "code", "words"),
    [
        ("T-2", "wrong_state", "off shift"),
        ("T-3", "not_permitted", "needs the skill mechanical; T-3 has electrical"),
        ("T-7", "not_found", "no technician 'T-7'; did you mean"),
    ],
)
def test_a_technician_must_be_there_and_able(shop: Twin, technician: str, code: str, words: str) -> None:
    name = order(shop, upto="approved")
    refused = refuse(shop, "assign_technician", work_order=name, technician=technician)
    assert refused[0] == code
    assert words in refused[1]


def test_a_technician_does_one_thing_at_a_time(shop: Twin) -> None:
    first = order(shop, upto="in_progress")
    second = order(shop, "F-602", upto="approved")
    code, message = refuse(shop, "assign_technician", work_order=second, technician="T-1")
    assert (code, first in message) == ("wrong_state", True)


def test_work_needs_its_parts_and_a_locked_machine(shop: Twin) -> None:
    name = order(shop, "P-201", "replace_bearings", "scheduled")
    code, message = refuse(shop, "update_work_order", work_order=name, action="start")
    assert (code, "needs 2 BRG-6205 and has 0" in message) == ("wrong_state", True)
    shop.command("reserve_part", work_order=name, part="BRG-6205")
    assert refuse(shop, "update_work_order", work_order=name, action="start")[0] == "wrong_state"
    shop.command("reserve_part", work_order=name, part="BRG-6205")
    code, message = refuse(shop, "update_work_order", work_order=name, action="start")
    assert (code, "P-201 is energised" in message) == ("interlock", True)
    shop.command("set_isolation", asset="P-201", isolated=True)
    stock = shop.view("get_spare_part", part="BRG-6205")["stock"]
    shop.command("update_work_order", work_order=name, action="start")
    part = shop.view("get_spare_part", part="BRG-6205")
    assert (part["stock"], part["reserved"]) == (stock - 2, 0)
    code, message = refuse(shop, "set_isolation", asset="P-201", isolated=False)
    assert (code, name in message) == ("interlock", True)


def test_some_work_needs_no_isolation(shop: Twin) -> None:
    answer = shop.command("create_work_order", asset="V-702", task="lubricate_stem")
    assert (answer["needs_isolation"], answer["part"], answer["part_quantity"]) == ("no", "none", 0)
    shop.command("update_work_order", work_order=answer["work_order"], action="approve")
    shop.command("assign_technician", work_order=answer["work_order"], technician="T-5")
    shop.command("update_work_order", work_order=answer["work_order"], action="start")


def test_reservations(shop: Twin) -> None:
    name = order(shop, "P-201", "replace_bearings")
    for arguments, code in (
        ({"part": "BRG-6309"}, "not_permitted"),
        ({"part": "BRG-6205", "quantity": 0}, "out_of_range"),
        ({"part": "BRG-6205", "quantity": 51}, "out_of_range"),
        ({"part": "BRG-6205", "quantity": 3}, "wrong_state"),
        ({"part": "BRG-6206"}, "not_found"),
    ):
        assert refuse(shop, "reserve_part", work_order=name, **arguments)[0] == code
    assert shop.command("reserve_part", work_order=name, part="BRG-6205", quantity=2)["available"] == 4
    assert refuse(shop, "reserve_part", work_order=name, part="BRG-6205")[0] == "wrong_state"
    shop.command("update_work_order", work_order=name, action="cancel")
    assert shop.view("get_spare_part", part="BRG-6205")["available"] == 6
    none = order(shop)
    assert refuse(shop, "reserve_part", work_order=none, part="BRG-6205")[0] == "not_permitted"


def test_a_part_that_is_out_comes_by_urgent_order(shop: Twin) -> None:
    first, second = (order(shop, asset, "replace_gears") for asset in ("G-501", "G-502"))
    shop.command("reserve_part", work_order=first, part="GER-M4")
    code, message = refuse(shop, "reserve_part", work_order=second, part="GER-M4")
    assert (code, "only 0 GER-M4 available" in message) == ("wrong_state", True)
    assert shop.view("get_spare_part", part="GER-M4")["on_order"] == 1
    bought = shop.command("order_part", part="GER-M4", quantity=1)
    assert (bought["arrives"], bought["arrives_in_h"]) == ("2026-01-08T10:00:00", 72.0)
    shop.advance(72 * 3600)
    assert shop.command("reserve_part", work_order=second, part="GER-M4")["available"] == 0


def test_low_stock_rings_and_stops_ringing_when_parts_come(shop: Twin) -> None:
    names = [order(shop, asset, "replace_bearings") for asset in ("P-101", "P-102")]
    for name in names:
        shop.command("reserve_part", work_order=name, part="BRG-6205", quantity=2)
    low = shop.view("list_spare_parts", below_reorder=True)
    assert [row["part"] for row in low["parts"]] == ["BRG-6205"]
    assert shop.view("list_alarms", asset="BRG-6205")["alarms"][0]["severity"] == "info"
    shop.advance(8 * 3600)
    assert shop.view("list_spare_parts", below_reorder=True)["count"] == 0
    assert [entry.data["by"] for entry in shop.journal if entry.kind == "part_ordered"][-1:] == ["store"]


def test_tasks_belong_to_classes_and_are_written_once(shop: Twin) -> None:
    code, message = refuse(shop, "create_work_order", asset="V-701", task="rewind_motor")
    assert (code, "choose of lubricate_stem" in message) == ("not_permitted", True)
    assert refuse(shop, "create_work_order", asset="V-701", task="lubricate")[0] == "not_found"
    assert refuse(shop, "create_work_order", asset="V-701", task="inspect", priority="soon")[0] == "not_found"
    name = order(shop)
    code, message = refuse(shop, "create_work_order", asset="F-601", task="balance")
    assert (code, name in message) == ("wrong_state", True)


def test_isolation_hands_over_to_the_standby_and_protects_the_last_one(shop: Twin) -> None:
    assert shop.command("set_isolation", asset="P-101", isolated=True) == {
        "asset": "P-101",
        "isolated": True,
        "state": "isolated",
    }
    assert shop.view("get_asset", asset="P-102")["state"] == "running"
    code, message = refuse(shop, "set_isolation", asset="P-102", isolated=True)
    assert (code, "last one running for cooling water" in message) == ("interlock", True)
    assert refuse(shop, "set_isolation", asset="P-101", isolated=True)[0] == "wrong_state"
    assert shop.command("set_isolation", asset="P-101", isolated=False)["state"] == "standby"
    assert refuse(shop, "set_isolation", asset="P-101", isolated=False)[0] == "wrong_state"
    assert shop.command("set_isolation", asset="F-602", isolated=True)["state"] == "isolated"


@pytest.mark.parametrize(
    ("asset", "test", "code"),
    [
        ("P-201", "stroke_test", "not_permitted"),
        ("M-302", "insulation_test", "interlock"),
        ("P-102", "vibration_spectrum", "wrong_state"),
        ("P-102", "x-ray", "not_found"),
        ("P-2", "leak_test", "not_found"),
    ],
)
def test_tests_that_cannot_be_made(shop: Twin, asset: str, test: str, code: str) -> None:
    assert refuse(shop, "run_test", asset=asset, test=test)[0] == code


def test_a_service_interval_begins_now(shop: Twin) -> None:
    answer = shop.command("schedule_service", asset="F-602", interval_h=48)
    assert answer["next_service"] == "2026-01-07T10:00:00"
    assert shop.view("get_asset", asset="F-602")["next_service_h"] == 48.0
    assert refuse(shop, "schedule_service", asset="F-602", interval_h=7)[0] == "out_of_range"


def test_overdue_service_rings_and_the_planner_writes_a_draft() -> None:
    twin = warmed_up("maintenance", seed=1, warmup_s=14400, config=CONFIG)
    twin.command("schedule_service", asset="F-602", interval_h=8)
    twin.advance(9 * 3600)
    assert twin.view("list_alarms", asset="F-602")["alarms"][0]["text"] == "preventive service of F-602 is overdue"
    twin.advance(11 * 3600)
    drafts = twin.view("list_work_orders", asset="F-602")
    assert [(row["task"], row["state"]) for row in drafts["work_orders"]] == [("balance", "draft")]
    name = drafts["newest"]
    for command, given in (
        ("update_work_order", {"work_order": name, "action": "approve"}),
        ("assign_technician", {"work_order": name, "technician": "T-1"}),
        ("set_isolation", {"asset": "F-602", "isolated": True}),
        ("update_work_order", {"work_order": name, "action": "start"}),
    ):
        twin.command(command, **given)
    twin.advance(2 * 3600)
    assert twin.view("get_asset", asset="F-602")["next_service_h"] == pytest.approx(7.5, abs=0.1)
    assert all(alarm["acknowledged"] is False for alarm in twin.view("list_alarms", asset="F-602")["alarms"])


def test_an_alarm_is_acknowledged_once() -> None:
    twin = build("maintenance", seed=1, config=CONFIG)
    name = order(twin, "P-101", "replace_bearings")
    twin.command("reserve_part", work_order=name, part="BRG-6205", quantity=2)
    name = order(twin, "P-102", "replace_bearings")
    twin.command("reserve_part", work_order=name, part="BRG-6205", quantity=2)
    alarm = twin.view("list_alarms")["worst_alarm"]
    assert twin.command("acknowledge_alarm", alarm=alarm)["asset"] == "BRG-6205"
    assert refuse(twin, "acknowledge_alarm", alarm=alarm)[0] == "wrong_state"
    assert refuse(twin, "acknowledge_alarm", alarm="A-99")[0] == "not_found"


def test_inputs_couple_the_machines_to_what_they_serve(shop: Twin) -> None:
    shop.command("set_input", name="M-302.duty_pct", value=50)
    assert shop.read("M-302.duty_pct") == 50.0
    shop.advance(60)
    assert shop.view("get_condition", asset="M-302")["current_a"] < 80
    shop.command("set_input", name="M-302.duty_pct", value=0)
    assert shop.view("get_asset", asset="M-302")["state"] == "stopped"
    assert shop.read("M-302.running") == 0.0
    shop.write("M-302.duty_pct", -1)
    assert shop.view("get_asset", asset="M-302")["state"] == "running"
    assert refuse(shop, "set_input", name="M-302.duty", value=1)[0] == "not_found"
    for value in (-2, 121, float("inf"), True):
        assert refuse(shop, "set_input", name="M-302.duty_pct", value=value)[0] == "out_of_range"


@pytest.mark.parametrize("name", ["WO-1", "1001", "WO-01001", "WO-²", "", "WO-" + "9" * 40])
def test_no_such_work_order(shop: Twin, name: str) -> None:
    order(shop)
    assert refuse(shop, "update_work_order", work_order=name, action="approve")[0] == "not_found"


def test_a_command_that_is_none_is_a_mistake_of_the_programmer(shop: Twin) -> None:
    with pytest.raises(ValueError, match="no command 'set_isolatio'; did you mean 'set_isolation'"):
        shop.command("set_isolatio", asset="P-101")
    with pytest.raises(ValueError, match="no view 'get_aset'"):
        shop.view("get_aset", asset="P-101")

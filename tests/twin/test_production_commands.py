"""What the eleven commands do, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from twin.core import Twin
from twin.errors import Interlock, NotFound, NotPermitted, OutOfRange, TwinError, UnknownVariable, WrongState
from twin.faults import Fault, FaultPlan

JAM = FaultPlan(faults=(Fault(kind="jam", target="2.weld", start_s=14500, duration_s=600),))


def status(twin: Twin, line: int) -> dict[str, Any]:
    return twin.view("get_line_status", line=line)


def first_order(twin: Twin, state: str, line: int | None = None) -> str:
    orders = twin.view("list_orders", state=state, line=line)["orders"]
    name: str = orders[0]["order"]
    return name


def other_product(twin: Twin, line: int) -> str:
    return "housing" if status(twin, line)["product"] != "housing" else "bracket"


@pytest.fixture
def jammed(twin: Twin) -> Twin:
    """Line 2 has had a jam, which is repaired."""
    twin = twin.fork_with(JAM)
    twin.advance(1000)
    return twin


def refused(twin: Twin, error: type[TwinError], words: str, name: str, **arguments: Any) -> None:
    before = twin.snapshot().hash
    with pytest.raises(error) as caught:
        twin.command(name, **arguments)
    assert words in caught.value.message
    assert twin.snapshot().hash == before
    entry = twin.journal[-1]
    assert (entry.kind, entry.subject, entry.data["arguments"]) == ("refused", name, arguments)
    assert entry.data["code"] == caught.value.code
    assert entry.data["message"] == caught.value.message


def test_speed(twin: Twin) -> None:
    before = status(twin, 3)["speed_per_h"]
    answer = twin.command("set_line_speed", line=3, speed_per_h=85)
    assert answer == {"line": 3, "speed_per_h": 85.0, "previous_speed_per_h": before}
    assert status(twin, 3)["speed_per_h"] == 85.0
    entry = twin.journal[-1]
    assert (entry.kind, entry.subject) == ("command", "set_line_speed")
    assert entry.data == {"arguments": {"line": 3, "speed_per_h": 85}}


def test_faster_means_more(twin: Twin) -> None:
    slow, fast = twin.fork(), twin.fork()
    for line in (1, 2, 3):
        slow.command("set_line_speed", line=line, speed_per_h=40)
        fast.command("set_line_speed", line=line, speed_per_h=90)
    made = []
    for each in (slow, fast):
        each.advance(3 * 3600)
        made.append(sum(each.view("get_quality_report", line=line, hours=3)["good"] for line in (1, 2, 3)))
    assert made[0] < 0.65 * made[1]


def test_speed_limits(twin: Twin) -> None:
    words = "speed_per_h=140 is above 120 for line 3; allowed 20..120"
    refused(twin, OutOfRange, words, "set_line_speed", line=3, speed_per_h=140)
    refused(twin, OutOfRange, "speed_per_h=5 is below 20", "set_line_speed", line=3, speed_per_h=5)
    refused(twin, OutOfRange, "speed_per_h=nan", "set_line_speed", line=3, speed_per_h=float("nan"))
    refused(twin, NotFound, "no line 7; this plant has lines 1..3", "set_line_speed", line=7, speed_per_h=60)
    if status(twin, 1)["product"] != "valve":
        twin.command("change_product", line=1, product="valve")
    words = "speed_per_h=95 is above 90, the maximum of product 'valve' that line 1 makes; allowed 20..90"
    refused(twin, Interlock, words, "set_line_speed", line=1, speed_per_h=95)


def test_stop_and_start(twin: Twin) -> None:
    assert twin.command("stop_line", line=1) == {"line": 1, "state": "stopped"}
    parts = [twin.view("get_station_status", line=1, station=s)["parts_done"] for s in ("cut", "weld")]
    refused(twin, WrongState, "line 1 is stopped already", "stop_line", line=1)
    assert status(twin, 1)["state"] == "stopped"
    wip = status(twin, 1)["wip"]
    twin.advance(2000)
    assert parts == [twin.view("get_station_status", line=1, station=s)["parts_done"] for s in ("cut", "weld")]
    assert twin.view("get_station_status", line=1, station="cut")["state"] == "stopped"
    assert status(twin, 1)["wip"] == wip
    assert twin.command("start_line", line=1) == {"line": 1, "state": "running"}
    refused(twin, WrongState, "line 1 is running, not stopped", "start_line", line=1)
    twin.advance(600)
    assert twin.view("get_station_status", line=1, station="cut")["parts_done"] > parts[0]


def test_a_critical_alarm_locks_the_start(jammed: Twin) -> None:
    listed = jammed.view("list_alarms", line=2, severity="critical")
    alarm = listed["worst_alarm"]
    assert (listed["count"], listed["unacknowledged"], listed["worst_severity"]) == (1, 1, "critical")
    assert status(jammed, 2)["active_alarms"] == 0
    refused(jammed, WrongState, "not stopped", "start_line", line=2)
    jammed.command("stop_line", line=2)
    words = f"line 2 has unacknowledged critical alarms ({alarm}); acknowledge them, then start it"
    refused(jammed, Interlock, words, "start_line", line=2)
    answer = jammed.command("acknowledge_alarm", alarm=alarm)
    assert answer == {"alarm": alarm, "severity": "critical", "acknowledged": True}
    refused(jammed, WrongState, "acknowledged already", "acknowledge_alarm", alarm=alarm)
    assert jammed.view("list_alarms", line=2, severity="critical")["count"] == 0
    assert jammed.command("start_line", line=2)["state"] == "running"


def test_a_jam_stops_its_station_until_repaired(twin: Twin) -> None:
    twin = twin.fork_with(JAM)
    twin.advance(150)
    assert twin.view("get_station_status", line=2, station="weld")["state"] == "failed"
    assert status(twin, 2)["active_alarms"] >= 1
    kinds = [(entry.kind, entry.time_s) for entry in twin.journal if entry.subject == "line2.weld"]
    assert ("failure", 14500.0) in kinds
    twin.advance(600)
    kinds = [(entry.kind, entry.time_s) for entry in twin.journal if entry.subject == "line2.weld"]
    assert ("repair", 15100.0) in kinds


def test_a_long_jam_brings_the_line_down(twin: Twin) -> None:
    long_jam = Fault(kind="jam", target="1.weld", start_s=14401, duration_s=5400)
    twin = twin.fork_with(FaultPlan(faults=(long_jam,)))
    twin.advance(4000)
    assert status(twin, 1)["state"] == "down"
    refused(twin, WrongState, "when its failed station is repaired", "start_line", line=1)
    assert twin.view("get_station_status", line=1, station="cut")["state"] == "blocked"
    assert twin.view("get_station_status", line=1, station="inspect")["state"] == "starved"
    twin.advance(1600)
    assert status(twin, 1)["state"] == "running"


def test_changeover(twin: Twin) -> None:
    before, product = status(twin, 2)["product"], other_product(twin, 2)
    active = status(twin, 2)["active_order"]
    answer = twin.command("change_product", line=2, product=product)
    assert (answer["line"], answer["product"], answer["previous_product"]) == (2, product, before)
    now = status(twin, 2)
    assert (now["state"], now["product"], now["wip"]) == ("setup", product, 0)
    assert twin.view("get_station_status", line=2, station="weld")["state"] == "setup"
    assert twin.view("get_order", order=active)["state"] == "queued"
    refused(twin, WrongState, "changed over to it already", "change_product", line=2, product=product)
    refused(twin, NotFound, "did you mean 'valve'", "change_product", line=2, product="vlave")
    refused(twin, WrongState, "it runs by itself after the changeover", "start_line", line=2)
    twin.advance(60 * answer["changeover_min"] - 1)
    assert status(twin, 2)["state"] == "setup"
    twin.advance(1)
    assert status(twin, 2)["state"] == "running"
    refused(twin, WrongState, "line 2 makes it already", "change_product", line=2, product=product)
    kinds = [entry.kind for entry in twin.journal if entry.subject == "line2"]
    assert "changeover_started" in kinds
    assert "changeover_done" in kinds


def test_a_changeover_on_a_stopped_line_leaves_it_stopped(twin: Twin) -> None:
    twin.command("stop_line", line=3)
    minutes = twin.command("change_product", line=3, product=other_product(twin, 3))["changeover_min"]
    assert status(twin, 3)["state"] == "setup"
    twin.advance(60 * minutes)
    assert status(twin, 3)["state"] == "stopped"
    twin.advance(3600)
    assert status(twin, 3)["wip"] == 0


def test_a_stop_interrupts_a_changeover(twin: Twin) -> None:
    minutes = twin.command("change_product", line=1, product=other_product(twin, 1))["changeover_min"]
    twin.advance(120)
    assert twin.command("stop_line", line=1)["state"] == "stopped"
    twin.advance(7200)
    assert twin.command("start_line", line=1)["state"] == "setup"
    twin.advance(60 * minutes - 121)
    assert status(twin, 1)["state"] == "setup"
    twin.advance(1)
    assert status(twin, 1)["state"] == "running"


def test_a_product_that_nobody_ordered_goes_to_stock_and_then_the_queue_goes_on(twin: Twin) -> None:
    wanted = {order["product"] for order in twin.view("list_orders", line=1)["orders"] if order["state"] == "queued"}
    wanted.add(status(twin, 1)["product"])
    free = sorted({"bracket", "housing", "flange", "valve"} - wanted)
    assert free, "this seed leaves one product out"
    twin.command("change_product", line=1, product=free[0])
    assert status(twin, 1)["active_order"] == "none"
    twin.advance(1800)
    assert status(twin, 1)["wip"] > 0
    twin.advance(3 * 3600)
    assert status(twin, 1)["active_order"] != "none"


def test_a_new_order_for_what_goes_to_stock_is_taken_up_at_once(twin: Twin) -> None:
    product = other_product(twin, 2)
    for order in twin.view("list_orders", line=2, state="queued")["orders"]:
        if order["product"] == product:
            twin.command("cancel_order", order=order["order"])
    twin.command("change_product", line=2, product=product)
    twin.advance(1800)
    made = twin.command("create_order", product=product, quantity=7, line=2)
    twin.advance(1)
    assert status(twin, 2)["active_order"] == made["order"]


def test_create_order(twin: Twin) -> None:
    answer = twin.command("create_order", product="flange", quantity=40, line=1, due_in_h=8, priority="urgent")
    assert [*answer] == ["order", "line", "product", "quantity", "priority", "due"]
    assert answer["due"] == "2026-01-05T18:00:00"
    order = twin.view("get_order", order=answer["order"])
    assert (order["state"], order["quantity"], order["due_in_h"]) == ("queued", 40, 8.0)
    assert twin.command("create_order", product="valve", quantity=1, line=1)["due"] == "2026-01-06T10:00:00"
    refused(
        twin,
        OutOfRange,
        "quantity=2500 is above 2000 for an order; allowed 1..2000",
        "create_order",
        product="valve",
        quantity=2500,
        line=1,
    )
    refused(twin, OutOfRange, "due_in_h=-1", "create_order", product="valve", quantity=5, line=1, due_in_h=-1)
    refused(twin, NotFound, "'urgent'", "create_order", product="valve", quantity=5, line=1, priority="urgnt")


def test_the_urgent_order_is_next(twin: Twin) -> None:
    active = status(twin, 1)["active_order"]
    answer = twin.command("create_order", product=status(twin, 1)["product"], quantity=5, line=1, priority="urgent")
    twin.advance(10)
    assert status(twin, 1)["active_order"] == active
    while status(twin, 1)["active_order"] == active:
        twin.advance(60)
    assert status(twin, 1)["active_order"] == answer["order"]


def test_order_priority(twin: Twin) -> None:
    order = first_order(twin, "queued")
    was = twin.view("get_order", order=order)["priority"]
    answer = twin.command("set_order_priority", order=order, priority="urgent")
    assert answer == {"order": order, "priority": "urgent", "previous_priority": was}
    done = first_order(twin, "done")
    refused(twin, WrongState, f"order {done} is done already", "set_order_priority", order=done, priority="low")


def test_replace_order(twin: Twin) -> None:
    old = first_order(twin, "queued", 2)
    was = twin.view("get_order", order=old)
    answer = twin.command("replace_order", order=old, product="valve", quantity=33)
    new = twin.view("get_order", order=answer["order"])
    assert answer == {"order": new["order"], "replaced": old, "line": 2, "product": "valve", "quantity": 33}
    assert (new["priority"], new["due"], new["state"]) == (was["priority"], was["due"], "queued")
    assert twin.view("get_order", order=old)["state"] == "cancelled"
    for state in ("active", "done", "cancelled"):
        name = first_order(twin, state)
        words = "only a queued or held order can be replaced"
        refused(twin, WrongState, words, "replace_order", order=name, product="valve", quantity=1)


def test_cancel_order(twin: Twin) -> None:
    order = first_order(twin, "queued")
    assert twin.command("cancel_order", order=order) == {"order": order, "state": "cancelled"}
    refused(twin, WrongState, "cancelled already", "cancel_order", order=order)
    refused(twin, WrongState, "done already", "cancel_order", order=first_order(twin, "done"))
    refused(twin, NotFound, "did you mean 'O-101'", "cancel_order", order="O101")


def test_a_cancelled_active_order_gives_way_to_the_next(twin: Twin) -> None:
    active = status(twin, 3)["active_order"]
    twin.command("cancel_order", order=active)
    twin.advance(3600)
    assert status(twin, 3)["active_order"] not in ("none", active)


@pytest.mark.parametrize("state", ["queued", "active", "done"])
def test_hold_and_release(twin: Twin, state: str) -> None:
    order = first_order(twin, state, 3)
    assert twin.command("set_batch_hold", order=order, held=True) == {"order": order, "held": True, "state": "held"}
    refused(twin, WrongState, "held already", "set_batch_hold", order=order, held=True)
    twin.advance(1200)
    assert status(twin, 3)["active_order"] != order
    back = twin.command("set_batch_hold", order=order, held=False)
    assert back["held"] is False
    assert back["state"] == ("done" if state == "done" else "queued")
    refused(twin, WrongState, "not held", "set_batch_hold", order=order, held=False)


def test_a_held_order_can_be_replaced_and_stays_held(twin: Twin) -> None:
    order = first_order(twin, "queued")
    twin.command("set_batch_hold", order=order, held=True)
    new = twin.command("replace_order", order=order, product="flange", quantity=9)["order"]
    assert twin.view("get_order", order=new)["state"] == "held"


def test_alert_rule_tells_once_when_it_rises(twin: Twin) -> None:
    answer = twin.command("set_alert_rule", line=1, quantity="wip", above=0)
    assert answer == {"rule": "R-1", "line": 1, "quantity": "wip", "above": 0.0}
    twin.advance(1800)
    alerts = [entry for entry in twin.journal if entry.kind == "alert"]
    assert [alert.subject for alert in alerts] == ["R-1"]
    assert alerts[0].data["value"] > 0
    assert alerts[0].data["text"].startswith("wip of line 1 is ")
    refused(
        twin,
        OutOfRange,
        "above=-3 is below 0 for vibration_mm_s",
        "set_alert_rule",
        line=1,
        quantity="vibration_mm_s",
        above=-3,
    )
    refused(twin, NotFound, "did you mean 'wip'", "set_alert_rule", line=1, quantity="wips", above=3)


def test_variables_are_written_by_commands(twin: Twin) -> None:
    twin.write("line3.speed_per_h", 72)
    assert twin.read("line3.speed_per_h") == 72.0
    assert twin.journal[-1].subject == "set_line_speed"
    twin.write("line3.running", 0)
    assert status(twin, 3)["state"] == "stopped"
    with pytest.raises(OutOfRange, match="above 120"):
        twin.write("line3.speed_per_h", 500)
    with pytest.raises(OutOfRange, match="neither 0 nor 1"):
        twin.write("line3.running", 2)
    with pytest.raises(NotPermitted, match="measured only"):
        twin.write("line3.wip", 2)
    with pytest.raises(UnknownVariable, match=r"did you mean 'line3\.speed_per_h'"):
        twin.read("line3.speed")


def test_every_variable_is_read_within_its_bounds(twin: Twin) -> None:
    for name, variable in twin.variables.items():
        assert variable.name == name
        assert variable.low <= twin.read(name) <= variable.high, name

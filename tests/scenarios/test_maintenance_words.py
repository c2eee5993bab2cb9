from __future__ import annotations

from typing import Any

import pytest

from scenarios.catalog import question_reader, slots
from scenarios.goals import Fact
from scenarios.readings import Reading, readings
from scenarios.reporting import Report
from scenarios.statements import Statement
from scenarios.trajectory import Entry
from tools_api.catalog import specs
from tools_api.messages import ToolCall, ToolResult

SPECS = {spec.name: spec for spec in specs("maintenance")}
P101 = ("get_condition", {"asset": "P-101"}, {"vibration_mm_s": 5.2, "iso_zone": "C", "leak_l_min": 0.06})
P201 = ("get_condition", {"asset": "P-201"}, {"vibration_mm_s": 1.7, "iso_zone": "A", "leak_l_min": 0.05})


def read(*answers: tuple[str, dict[str, Any], dict[str, Any]]) -> list[Reading]:
    entries = []
    for tool, arguments, data in answers:
        entries.append(Entry(time_s=0, item=ToolCall(name=tool, arguments=arguments)))
        entries.append(Entry(time_s=0, item=ToolResult(name=tool, ok=True, data={**arguments, **data})))
    return readings(entries, SPECS)


def tells(message: str, fact: Fact, seen: list[Reading]) -> bool:
    return Report(message, [""], seen, SPECS, lambda *_: None).tells(fact, fact.arguments)[0]


@pytest.mark.parametrize(
    ("message", "right"),
    [
        ("P-101 is in zone C.", True),
        ("P-101: zone c, a warning", True),
        ("The zone of P-101 is C.", True),
        ("P-101 is in zone A.", False),
        ("P-101 is in zone C or zone D.", False),
        ("P-101 is a pump in a can.", False),
    ],
)
def test_a_zone_is_a_letter_behind_its_name(message: str, right: bool) -> None:
    fact = Fact(tool="get_condition", arguments={"asset": "P-101"}, field="iso_zone")
    assert tells(message, fact, read(P101)) is right


def test_an_article_is_no_zone() -> None:
    fact = Fact(tool="get_condition", arguments={"asset": "P-201"}, field="iso_zone")
    assert tells("P-201 is in zone A.", fact, read(P201))
    assert not tells("P-201 is a pump.", fact, read(P201))


def test_numbers_belong_to_the_asset_that_they_are_said_of() -> None:
    fact = Fact(tool="get_condition", arguments={"asset": "P-101"}, field="vibration_mm_s")
    assert tells("P-101 has 5.2 mm/s and P-201 has 1.7 mm/s.", fact, read(P101, P201))
    assert not tells("P-101 has 1.7 mm/s and P-201 has 5.2 mm/s.", fact, read(P101, P201))


def test_ids_of_work_orders_must_be_the_right_ones() -> None:
    seen = read(("create_work_order", {"asset": "P-101", "task": "realign"}, {"work_order": "WO-1002"}))
    fact = Fact(tool="create_work_order", field="work_order")
    assert tells("WO-1002 is drafted.", fact, seen)
    assert not tells("WO-1003 is drafted.", fact, seen)
    assert not tells("WO-1002 or WO-1003 is drafted.", fact, seen)


def test_an_act_on_an_order_tells_the_state_of_the_order() -> None:
    seen = read(("update_work_order", {"work_order": "WO-1001", "action": "approve"}, {"state": "approved"}))
    fact = Fact(tool="list_work_orders", arguments={"work_order": "WO-1001"}, field="state")
    assert tells("WO-1001 is approved.", fact, seen)
    assert not tells("WO-1001 is approved, no, it is closed.", fact, seen)


def test_the_first_answer_of_a_test_can_decide_what_counts() -> None:
    seen = read(
        ("run_test", {"asset": "P-101", "test": "thermography"}, {"finding": "normal"}),
        ("run_test", {"asset": "P-101", "test": "vibration_spectrum"}, {"finding": "bearing_frequency"}),
    )
    report = Report("", [""], seen, SPECS, lambda *_: None)
    found = report.first("run_test", "finding", {"asset": "P-101", "test": "vibration_spectrum"})
    assert found is not None
    assert found["finding"] == "bearing_frequency"
    assert report.first("run_test", "finding", {"asset": "P-201"}) is None


@pytest.mark.parametrize(("text", "kind"), [("0.06 l/min", "l_min"), ("102 ppm", "ppm"), ("5.2 mm/s", "mm_s")])
def test_units_of_the_shop_are_read(text: str, kind: str) -> None:
    assert Statement(f"It is {text}.").numbers[0].unit.kind == kind


def test_every_question_of_the_slots_asks_for_its_slot() -> None:
    table, reader = slots("maintenance"), question_reader("maintenance")
    for name, slot in table.items():
        for question in slot.questions:
            assert reader.read(question, list(table), [name]).slots == (name,), question


def test_a_title_may_end_in_a_bracket() -> None:
    title = "Vibration zones (ISO 20816)"
    seen = read(("search_manual", {"query": "vibration zones"}, {"title": title}))
    fact = Fact(tool="search_manual", arguments={"query": "vibration zones"}, field="title")
    assert tells(f"The section is titled {title}.", fact, seen)
    assert not tells("The section is titled Pump bearing wear.", fact, seen)


ALARMS = ("list_alarms", {"asset": "P-101"}, {"count": 2, "unacknowledged": 1, "alarms": []})
ORDERS = ("list_work_orders", {"asset": "P-101"}, {"count": 3, "open_count": 3, "work_orders": []})


def test_a_count_is_that_of_its_own_list() -> None:
    alarms = Fact(tool="list_alarms", arguments={"asset": "P-101"}, field="count")
    orders = Fact(tool="list_work_orders", arguments={"asset": "P-101"}, field="count")
    assert not tells("P-101 has 3.", alarms, read(ORDERS))
    assert not tells("P-101 has 3 alarms.", alarms, read(ALARMS, ORDERS))
    assert tells("P-101 has 2 alarms.", alarms, read(ALARMS, ORDERS))
    assert tells("P-101 has 3 work orders.", orders, read(ORDERS, ALARMS))


@pytest.mark.parametrize(
    ("message", "right"),
    [
        ("P-101 has 2 alarms and 3 work orders.", True),
        ("There are two alarms and three open orders on P-101.", True),
        ("On P-101: 2, and 3 work orders.", True),
        ("P-101 has 3 alarms and 2 work orders.", False),
        ("P-101 has 2 open work orders and 3 active alarms.", False),
        ("P-101 has 2 jobs.", False),
    ],
)
def test_a_number_that_counts_other_things_is_no_count_of_these(message: str, right: bool) -> None:
    fact = Fact(tool="list_alarms", arguments={"asset": "P-101"}, field="count")
    assert tells(message, fact, read(ALARMS, ORDERS)) is right


def test_states_belong_to_the_work_order_that_they_are_said_of() -> None:
    fact = Fact(tool="list_work_orders", arguments={"work_order": "WO-1002"}, field="state")
    order = {"work_order": "WO-1002", "state": "in_progress"}
    seen = read(("list_work_orders", {"work_order": "WO-1002"}, {**order, "work_orders": [order]}))
    assert tells("WO-1001 is closed. WO-1002 is in progress.", fact, seen)
    assert tells("WO-1002 is in progress, and WO-1001 is closed.", fact, seen)
    assert not tells("WO-1001 is in progress. WO-1002 is closed.", fact, seen)

from __future__ import annotations

from typing import Any

import pytest

from scenarios.goals import Fact
from scenarios.numerals import find_numerals, number_word, ordinal_word
from scenarios.readings import Reading, readings
from scenarios.reporting import Report
from scenarios.trajectory import Entry
from tools_api.catalog import specs
from tools_api.messages import ToolCall, ToolResult

SPECS = {spec.name: spec for spec in specs("production")}


def read(*answers: tuple[str, dict[str, Any], dict[str, Any]]) -> list[Reading]:
    entries = []
    for tool, arguments, data in answers:
        entries.append(Entry(time_s=0, item=ToolCall(name=tool, arguments=arguments)))
        entries.append(Entry(time_s=0, item=ToolResult(name=tool, ok=True, data={**arguments, **data})))
    return readings(entries, SPECS)


def told(
    message: str, fact: Fact, seen: list[Reading], heard: str = "", now: dict[str, Any] | None = None
) -> tuple[bool, str]:
    return Report(message, [heard], seen, SPECS, lambda *_: now).tells(fact, fact.arguments)


OEE = Fact(tool="get_kpi", arguments={"line": 2, "hours": 4}, field="oee_pct")
OEE_READ = read(("get_kpi", {"line": 2, "hours": 4}, {"oee_pct": 85.3}))
STATE = Fact(tool="get_line_status", arguments={"line": 2}, field="state")


@pytest.mark.parametrize(
    "message",
    [
        "The OEE is 85.3 %.",
        "85 %",
        "It is 85.3 percent for line 2.",
        "OEE: 85.3",
        "eighty-five percent over the last four hours",
        "Line two reached 85.3 per cent.",
    ],
)
def test_a_fact_is_told_in_many_ways(message: str) -> None:
    assert told(message, OEE, OEE_READ)[0], message


@pytest.mark.parametrize(
    "message",
    [
        "The OEE is 86 %.",
        "It is 85.3 mm/s.",
        "It is either 85.3 % or 60 %.",
        "Line 1 has 85.3 %, line 2 has 44 %.",
        "I have read the OEE.",
        "",
        "85.3 1 2 3 4 5 6 7 8 9 10 11 12 13",
        "90 % of 85.3 %",
    ],
)
def test_a_false_missing_or_contradicted_fact_is_not_told(message: str) -> None:
    assert not told(message, OEE, OEE_READ)[0], message


def test_what_was_never_read_cannot_be_told() -> None:
    passed, why = told("The OEE is 85.3 %.", OEE, [], now={"oee_pct": 85.3})
    assert not passed
    assert "never read" in why


def test_another_thing_or_another_time_span_is_another_fact() -> None:
    other = read(("get_kpi", {"line": 1, "hours": 4}, {"oee_pct": 85.3}), ("get_kpi", {"line": 2}, {"oee_pct": 85.3}))
    assert told("85.3 %", OEE, other)[0], "four hours are the default"
    assert not told("85.3 %", OEE, other[:1])[0]
    station = read(("get_station_status", {"line": 2, "station": "weld"}, {"state": "stopped"}))
    assert not told("Line 2 is stopped.", STATE, station)[0]


def test_numbers_belong_to_the_line_that_they_are_said_of() -> None:
    seen = read(
        ("get_kpi", {"line": 1, "hours": 4}, {"oee_pct": 70.0}), ("get_kpi", {"line": 2, "hours": 4}, {"oee_pct": 80.5})
    )
    one = Fact(tool="get_kpi", arguments={"line": 1, "hours": 4}, field="oee_pct")
    for right in (
        "Line 1 has 70 %, line 2 80.5 %.",
        "OEE was 70 % on line 1 and 80.5 % on line 2, so line 2 is ahead.",
        "Line 2 is better: OEE 80.5 % against 70 % on line 1.",
        "L1: 70 percent; L2: 80.5 percent",
        "Lines 1 and 2 have 70 % and 80.5 %.",
        "The second line leads with 80.5 %, the first line has 70 %.",
    ):
        assert told(right, one, seen)[0], right
    assert not told("Line 1 has 80.5 %, line 2 has 70 %.", one, seen)[0]


def test_an_act_answers_what_it_set() -> None:
    seen = read(
        ("get_line_status", {"line": 2}, {"speed_per_h": 60.0}),
        ("set_line_speed", {"line": 2}, {"speed_per_h": 75.0, "previous_speed_per_h": 60.0}),
    )
    fact = Fact(tool="get_line_status", arguments={"line": 2}, field="speed_per_h")
    assert told("Line 2 is at 75 parts per hour, before it was 60 parts per hour.", fact, seen)[0]
    assert told("75 an hour now", fact, seen)[0]
    assert told("Line 2 makes seventy-five pieces per hour.", fact, seen)[0]
    assert not told("Line 2 is at 60 parts per hour.", fact, seen)[0], "that was so before"
    assert not told("Line 2 is at 60 or 75 parts per hour.", fact, seen)[0], "no choice is wanted"


def test_what_has_changed_by_itself_may_be_told_as_read_or_as_it_is() -> None:
    seen = read(("get_line_status", {"line": 2}, {"throughput_per_h": 70.0}))
    fact = Fact(tool="get_line_status", arguments={"line": 2}, field="throughput_per_h")
    assert told("70 good parts in the last hour", fact, seen, now={"throughput_per_h": 66.0})[0]
    assert told("66 an hour", fact, seen, now={"throughput_per_h": 66.0})[0]


@pytest.mark.parametrize(
    "message", ["Line 2 is stopped.", "It stands still.", "line 2 has been halted", "State: stopped"]
)
def test_words_have_other_words(message: str) -> None:
    assert told(message, STATE, read(("stop_line", {"line": 2}, {"state": "stopped"})))[0]


@pytest.mark.parametrize(
    "message",
    [
        "Line 2 is not stopped.",
        "Line 2 is running.",
        "Line 2 is stopped. Line 2 is running.",
        "It is stopped or running.",
        "Done.",
    ],
)
def test_words_may_be_denied_or_contradicted(message: str) -> None:
    assert not told(message, STATE, read(("stop_line", {"line": 2}, {"state": "stopped"})))[0]


def test_none_is_a_number_of_alarms() -> None:
    fact = Fact(tool="list_alarms", arguments={"line": 2}, field="count")
    seen = read(("list_alarms", {"line": 2}, {"count": 0, "alarms": []}))
    for message in ("There are no alarms on line 2.", "None.", "0 alarms", "There aren't any alarms."):
        assert told(message, fact, seen)[0], message
    assert not told("There are 2 alarms on line 2.", fact, seen)[0]
    assert not told("Line 2 has alarms.", fact, seen)[0]


def test_nothing_is_said_of_something() -> None:
    fact = Fact(tool="list_alarms", arguments={"line": 2}, field="unacknowledged")
    seen = read(("list_alarms", {"line": 2}, {"count": 3, "unacknowledged": 0, "alarms": []}))
    assert told("There is nothing to acknowledge on line 2.", fact, seen)[0]
    assert told("Line 2: no unacknowledged alarms, 3 alarms in all.", fact, seen)[0]
    for wrong in (
        "There is nothing to acknowledge on line 3: 41 unacknowledged alarms.",
        "There is nothing to acknowledge on line 2: 41 unacknowledged alarms.",
        "There is nothing to acknowledge on line 3.",
        "Alarm no. 2 on line 2.",
    ):
        assert not told(wrong, fact, seen)[0], wrong


def test_a_second_verb_is_about_the_subject_of_its_sentence() -> None:
    seen = read(("set_order_priority", {"order": "O-120"}, {"priority": "low", "previous_priority": "high"}))
    fact = Fact(tool="get_order", arguments={"order": "O-120"}, field="priority")
    for right in (
        "O-120 takes the place of O-107 and has priority low.",
        "O-120 replaces order O-107 and now has low priority.",
        "O-107 is gone; O-120 has priority low.",
        "In place of O-107, O-120 was made and has priority low.",
    ):
        assert told(right, fact, seen, heard="o-107")[0], right
    for wrong in (
        "O-107 takes the place of O-120 and has priority low.",
        "O-120 is there. O-107 has priority low.",
        "O-120 is made, and O-107 has priority low.",
    ):
        assert not told(wrong, fact, seen, heard="o-107")[0], wrong


def test_ids_must_be_the_right_ones() -> None:
    fact = Fact(tool="create_order", field="order")
    seen = read(("create_order", {"product": "valve", "quantity": 20, "line": 1}, {"order": "O-131"}))
    assert told("The new order is O-131.", fact, seen)[0]
    assert not told("The new order is O-132.", fact, seen)[0]
    assert not told("The new order is O-131 or O-132.", fact, seen)[0]
    assert told("O-131 takes the place of O-105.", fact, seen, heard="Replace o-105 please.")[0]


def test_records_of_a_list_are_read_too() -> None:
    seen = read(
        ("list_orders", {"line": 1}, {"count": 1, "orders": [{"order": "O-105", "priority": "high", "done": 12}]})
    )
    assert told(
        "O-105 has priority high.", Fact(tool="get_order", arguments={"order": "O-105"}, field="priority"), seen
    )[0]
    assert told("12 are done", Fact(tool="get_order", arguments={"order": "O-105"}, field="done"), seen)[0]


def test_units_of_time_are_converted() -> None:
    fact = Fact(tool="change_product", arguments={"line": 2}, field="changeover_min")
    seen = read(("change_product", {"line": 2, "product": "valve"}, {"changeover_min": 90.0}))
    assert told("The changeover takes 1.5 hours.", fact, seen)[0]
    assert told("90 minutes", fact, seen)[0]
    assert not told("It takes 90 hours.", fact, seen)[0]


def test_a_sensor_gives_its_unit_to_what_is_read_of_it() -> None:
    arguments: dict[str, Any] = {"line": 1, "station": "weld", "sensor": "vibration_mm_s", "minutes": 60}
    fact = Fact(tool="get_sensor_history", arguments=arguments, field="maximum")
    seen = read(("get_sensor_history", arguments, {"maximum": 3.46}))
    assert told("The peak was 3.46 mm/s.", fact, seen)[0]
    assert told("about 3.5 mm/s in the last 60 minutes", fact, seen)[0]
    assert not told("3 mm/s", fact, seen)[0]


def test_a_tolerance_and_own_words_can_be_declared() -> None:
    fact = Fact(tool="get_kpi", arguments={"line": 2, "hours": 4}, field="oee_pct", tolerance=2)
    assert told("84 %", fact, OEE_READ)[0]
    own = Fact(tool="get_line_status", arguments={"line": 2}, field="state", say={"stopped": "taking a nap"})
    assert told("It is taking a nap.", own, read(("stop_line", {"line": 2}, {"state": "stopped"})))[0]


def test_nothing_and_a_number_contradict_each_other() -> None:
    fact = Fact(tool="list_alarms", arguments={"line": 2}, field="unacknowledged")
    seen = read(("list_alarms", {"line": 2}, {"count": 3, "unacknowledged": 0, "worst_alarm": "none"}))
    assert told("None is unacknowledged.", fact, seen)[0]
    assert told("Nothing is left, 0 unacknowledged on line 2.", fact, seen)[0]
    assert not told("41 unacknowledged alarms, and nothing to be done.", fact, seen)[0]


def test_the_number_of_a_thing_is_no_thousand() -> None:
    assert [n.value for n in find_numerals("line 1 274.5 kWh, lines 2 and 3 272.9 kWh")] == [1, 274.5, 2, 3, 272.9]
    assert [n.value for n in find_numerals("that makes 1 274.5 kWh")] == [1274.5]


def test_numerals_are_found_as_written() -> None:
    found = [
        (numeral.value, numeral.decimals) for numeral in find_numerals("1,200 of O-105, 85.30 % at 06:30, -2.5, L2")
    ]
    assert found == [(1200.0, 0), (85.3, 2), (-2.5, 1)]
    assert [numeral.value for numeral in find_numerals("twenty-five or a hundred")] == [25.0, 100.0]
    assert all(find_numerals(number_word(number))[0].value == number for number in range(101))
    assert (ordinal_word(2), ordinal_word(21), ordinal_word(112)) == ("second", "21st", "112th")

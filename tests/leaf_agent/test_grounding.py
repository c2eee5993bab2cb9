"""A value that nobody gave is missing; one that was given in any usual way is not."""

from __future__ import annotations

import pytest

from leaf_agent.blackboard import Blackboard, Exchange
from leaf_agent.config import LeafConfig
from leaf_agent.experts.executor import Executor
from leaf_agent.experts.grounding import numbers_in, ungrounded
from tools_api.catalog import specs

TOOLS = {spec.name: spec for spec in specs("production")}


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("line 2 to 75 parts", 75),
        ("line two to seventy five parts", 2),
        ("bring it to seventy-five", 75),
        ("one hundred and twenty valves", 120),
        ("two fifty brackets", 250),
        ("the second line", 2),
        ("1,200 flanges", 1200),
        ("1 200 flanges", 1200),
        ("above 7.1 mm/s", 7.1),
        ("order one zero four", 104),
        ("O-104", 104),
    ],
)
def test_numbers_are_found_however_they_are_said(said: str, number: float) -> None:
    assert number in numbers_in(said)


def test_an_invented_number_is_missing() -> None:
    given = {"line": 2, "speed_per_h": 300}
    assert ungrounded(TOOLS["set_line_speed"], given, ["Line 2, speed change, over."]) == ("speed_per_h",)
    assert ungrounded(TOOLS["set_line_speed"], given, ["Line 2, speed change.", "make it 300"]) == ()


def test_an_invented_id_is_missing_and_a_shown_one_is_not() -> None:
    given = {"order": "O-105"}
    assert ungrounded(TOOLS["cancel_order"], given, ["Cancel the late one."]) == ("order",)
    assert ungrounded(TOOLS["cancel_order"], given, ["Cancel the late one."], ["{'order': 'O-105'}"]) == ()


def test_words_that_stand_for_numbers_switch_the_check_off() -> None:
    given = {"product": "valve", "quantity": 12, "line": 1}
    assert ungrounded(TOOLS["create_order"], given, ["a dozen valves on line 1"]) == ()


def test_a_tools_words_do_not_switch_the_check_off() -> None:
    given = {"line": 2, "speed_per_h": 300}
    shown = ["{'shift': 'night', 'state': 'full', 'line': 2}"]
    assert ungrounded(TOOLS["set_line_speed"], given, ["Line 2, speed change."], shown) == ("speed_per_h",)


def test_an_optional_number_that_nobody_gave_is_left_out_but_for_the_one_of_an_hour() -> None:
    tool = TOOLS["get_kpi"]
    assert ungrounded(tool, {"line": 2, "hours": 9}, ["The figures of line 2."]) == ("hours",)
    assert ungrounded(tool, {"line": 2, "hours": 9}, ["The figures of line 2 over nine hours."]) == ()
    assert ungrounded(tool, {"line": 2, "hours": 1}, ["The figures of line 2 over the last hour."]) == ()


def test_words_booleans_and_waiting_times_are_not_checked() -> None:
    assert ungrounded(TOOLS["wait"], {"seconds": 300}, ["wait for line 2"]) == ()
    assert ungrounded(TOOLS["change_product"], {"line": 1, "product": "valve"}, ["line 1, other product"]) == ()
    assert ungrounded(TOOLS["set_batch_hold"], {"order": "O-104", "held": True}, ["hold O-104"]) == ()


@pytest.mark.parametrize("grounded", [True, False])
def test_the_executor_asks_for_an_invented_value_unless_told_to_trust(grounded: bool) -> None:
    board = Blackboard(requests=["Line 2, speed change, over."])
    executor = Executor(LeafConfig(grounded=grounded))
    arguments, missing = executor.read(TOOLS["set_line_speed"], '{"line": 2, "speed_per_h": 80}', board)
    assert missing == (("speed_per_h",) if grounded else ())
    assert arguments == ({"line": 2} if grounded else {"line": 2, "speed_per_h": 80})
    board.exchanges.append(Exchange("What speed?", "80 please"))
    assert executor.read(TOOLS["set_line_speed"], '{"line": 2, "speed_per_h": 80}', board)[1] == ()

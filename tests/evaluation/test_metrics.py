"""Tool, Execute and Inform on calls that one can count by hand."""

from __future__ import annotations

from evaluation.metrics import Score, score
from scenarios.goals import CheckResult
from tools_api.catalog import specs
from tools_api.messages import ToolCall

SPECS = {spec.name: spec for spec in specs("production")}


def call(tool: str, **arguments: object) -> ToolCall:
    return ToolCall.model_validate({"name": tool, "arguments": arguments})


def measured(required: list[ToolCall], made: list[ToolCall], checks: tuple[CheckResult, ...] = ()) -> Score:
    return score(required, made, checks, SPECS)


def test_the_same_calls_score_full() -> None:
    calls = [call("get_line_status", line=2), call("set_line_speed", line=2, speed_per_h=80)]
    assert measured(calls, calls) == Score(tool=1.0, tool_precision=1.0, execute=1.0, inform=None)


def test_a_wrong_argument_counts_in_execute_only() -> None:
    found = measured([call("set_line_speed", line=2, speed_per_h=80)], [call("set_line_speed", line=2, speed_per_h=60)])
    assert (found.tool, found.execute) == (1.0, 0.5)


def test_each_call_is_matched_once_and_to_its_best_partner() -> None:
    required = [call("get_kpi", line=1, hours=4), call("get_kpi", line=2, hours=4)]
    made = [call("get_kpi", line=2, hours=4), call("get_kpi", line=3, hours=4), call("list_orders")]
    found = measured(required, made)
    assert found.tool == 1.0
    assert found.execute == 3 / 4
    assert found.tool_precision == 2 / 3


def test_a_poll_counts_once_and_waits_do_not_count() -> None:
    poll = [call("get_line_status", line=1), call("wait", seconds=300)] * 3
    assert measured([call("get_line_status", line=1)], poll).tool_precision == 1.0


def test_defaults_left_out_equal_defaults_written_and_text_ignores_case() -> None:
    found = measured([call("get_kpi", line=1)], [call("get_kpi", line=1.0, hours=4.0)])
    assert found.execute == 1.0
    found = measured([call("get_recipe", product="bracket")], [call("get_recipe", product=" Bracket")])
    assert found.execute == 1.0


def test_nothing_done_has_no_arguments_to_judge() -> None:
    assert measured([call("get_kpi", line=1)], []) == Score(tool=0.0, tool_precision=None, execute=None, inform=None)
    assert measured([], []).tool is None


def test_an_unknown_tool_is_a_call_too() -> None:
    assert measured([call("get_kpi", line=1)], [call("get_kpis", line=1)]).tool_precision == 0.0


def test_inform_is_the_share_of_checks_on_what_was_told() -> None:
    kinds = (("reported", True), ("refused", False), ("state", False), ("compared", True))
    checks = tuple(CheckResult(kind=kind, passed=passed, reason="") for kind, passed in kinds)
    assert measured([], [], checks).inform == 2 / 3

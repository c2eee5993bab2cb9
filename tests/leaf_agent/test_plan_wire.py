"""The wire form is the same plan in fewer letters."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaf_agent.plan.language import PlanError, format_plan
from leaf_agent.plan.parser import parse_plan
from leaf_agent.plan.wire import format_wire, parse_wire
from scenarios.catalog import template, templates
from scenarios.script import compile_plan
from tools_api.catalog import SCENARIOS

FULL = """\
1 ** Tool (get_order) :: read order O-101 ** <<if state == queued, next; goto 3>>
2 ** Dialog :: tell that it waits ** <<END>>
3 ** Dialog (ask) :: ask for the line ** <<if the user named none, END; next>>
4 ** Tool (set_line_speed) :: set it to 80 ** <<if error(out_of_range), goto 5; if error, END; goto 5>>
5 ** Dialog :: tell the state ** <<next>>
6 ** Tool (get_kpi) :: read the KPI ** <<END>>"""
WIRE = """\
1 get_order: read order O-101 <<state == queued next; 3
2 say: tell that it waits
3 ask: ask for the line <<the user named none END
4 set_line_speed: set it to 80 <<error(out_of_range) 5; error END; 5
5 say: tell the state <<next
6 get_kpi: read the KPI <<END"""


def test_it_reads_as_the_page_says() -> None:
    assert format_wire(parse_plan(FULL)) == WIRE
    assert format_plan(parse_wire(WIRE)) == FULL


@given(st.text(max_size=80) | st.text(alphabet=" <>;:()" + string.ascii_letters + string.digits, max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_plan_or_a_plan_error(text: str) -> None:
    try:
        plan = parse_wire(text)
    except PlanError:
        return
    assert parse_wire(format_wire(plan)) == plan


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_reference_is_a_third_shorter(scenario: str) -> None:
    full = wire = 0
    for task in templates(scenario):
        if task.split == "train":
            plan = parse_plan(compile_plan(task.instance(0)))
            assert parse_wire(format_wire(plan)) == plan
            full += len(format_plan(plan))
            wire += len(format_wire(plan))
    assert wire < 0.75 * full


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("1 wait", "a colon and an instruction"),
        ("wait: a while", "a line is its number"),
        ("1 wait: a while <<next", "goes without saying"),
        ("1 say: so <<END", "goes without saying"),
        ("1 say: so <<error", "a jump is next"),
        ("1 say: so <<next; error 3; 4", "a jump is next|only the last clause"),
        ("1 wait: a while <<", "a jump is next"),
        ("", "at least one step"),
    ],
)
def test_what_it_refuses_says_where_and_why(line: str, rule: str) -> None:
    with pytest.raises(PlanError, match=rule) as caught:
        parse_wire(line)
    assert caught.value.line == 1


def test_a_tool_called_say_has_no_wire_form() -> None:
    plan = parse_plan("1 ** Tool (say) :: say it ** <<END>>")
    with pytest.raises(PlanError, match="rename the tool"):
        format_wire(plan)


def test_a_compiled_plan_keeps_its_branches() -> None:
    plan = parse_plan(compile_plan(template("production", "set_speed").instance(0)))
    assert "<<error 3" in format_wire(plan)

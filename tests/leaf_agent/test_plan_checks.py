"""A plan that passes the check can be walked to its end."""

from __future__ import annotations

import pytest

from leaf_agent.plan.checks import check_plan, plan_warnings, successors
from leaf_agent.plan.language import PlanError
from leaf_agent.plan.parser import parse_plan

TOOLS = ("get_line_status", "set_line_speed", "wait")


def check(*lines: str, strict: bool = False) -> None:
    check_plan(parse_plan("\n".join(lines)), TOOLS, strict=strict)


GOOD = (
    "1 ** Tool (get_line_status) :: read line 3 ** <<if state == running, goto 3; next>>",
    "2 ** Tool (wait) :: wait five minutes ** <<if s1.state == down, goto 4; goto 1>>",
    "3 ** Dialog :: say that it runs ** <<END>>",
    "4 ** Dialog :: say that it is down ** <<END>>",
)


def test_a_poll_passes_strictly() -> None:
    check(*GOOD, strict=True)
    assert plan_warnings(parse_plan("\n".join(GOOD))) == ()


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (("2 ** Dialog :: a ** <<END>>",), 1, "numbered 1, 2, 3"),
        (("1 ** Dialog :: a ** <<next>>", "1 ** Dialog :: a ** <<END>>"), 2, "write 2"),
        (("1 ** Dialog :: a ** <<goto 3>>", "2 ** Dialog :: a ** <<END>>"), 1, "there is no step 3"),
        (("1 ** Dialog :: a ** <<if error, goto 1; END>>",), 1, "does not go to itself"),
        (("1 ** Tool (get_line_state) :: a ** <<END>>",), 1, "did you mean 'get_line_status'"),
        (("1 ** Tool (xyzzy) :: a ** <<END>>",), 1, "there are get_line_status, set_line_speed, wait"),
        (("1 ** Dialog :: a ** <<next>>", "2 ** Dialog :: b ** <<goto 1>>"), 1, "no way leads from step 1 to END"),
        (("1 ** Dialog :: a ** <<if s4.wip > 2, END; END>>",), 1, "step 4 does not exist"),
        (("1 ** Dialog :: a ** <<if s1.wip > 2, END; END>>",), 1, "step 1 calls no tool"),
        (tuple(f"{n} ** Dialog :: a ** <<next>>" for n in range(1, 22)), None, "at most 20 steps"),
    ],
)
def test_what_cannot_be_walked_is_refused(lines: tuple[str, ...], line: int | None, message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        check(*lines)
    assert caught.value.line == line


def test_a_trap_behind_a_branch_is_found() -> None:
    with pytest.raises(PlanError, match="no way leads from step 2"):
        check(
            "1 ** Tool (wait) :: a ** <<if error, goto 2; END>>",
            "2 ** Tool (wait) :: a ** <<goto 3>>",
            "3 ** Tool (wait) :: a ** <<goto 2>>",
        )


def test_a_trap_that_nothing_reaches_is_only_a_warning() -> None:
    lines = (
        "1 ** Dialog :: a ** <<END>>",
        "2 ** Dialog :: a ** <<goto 3>>",
        "3 ** Dialog :: a ** <<goto 2>>",
    )
    check(*lines)
    with pytest.raises(PlanError, match="no step leads to step 2"):
        check(*lines, strict=True)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("1 ** Dialog :: a ** <<next>>",), "no step after 1"),
        (("1 ** Tool (wait) :: a ** <<END>>",), "telling the user"),
        (("1 ** Dialog (ask) :: a ** <<END>>",), "telling the user"),
        (("1 ** Dialog :: a ** <<END>>", "2 ** Dialog :: a ** <<END>>"), "no step leads to step 2"),
    ],
)
def test_warnings_are_errors_when_strict_only(lines: tuple[str, ...], message: str) -> None:
    check(*lines)
    with pytest.raises(PlanError, match=message):
        check(*lines, strict=True)


def test_without_names_any_tool_will_do() -> None:
    check_plan(parse_plan("1 ** Tool (xyzzy) :: a ** <<END>>"))


def test_successors_follow_the_clauses() -> None:
    plan = parse_plan("\n".join(GOOD))
    assert [successors(plan, step) for step in plan.steps] == [(3, 2), (4, 1), (None,), (None,)]

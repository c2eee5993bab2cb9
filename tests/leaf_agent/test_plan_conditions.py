"""What code can judge it judges, and what it cannot know is not so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaf_agent.plan.conditions import Outcome, evaluate, judge
from leaf_agent.plan.language import OPERATORS, Comparison
from leaf_agent.plan.parser import parse_condition

LAST = Outcome(
    3,
    "get_line_status",
    ok=True,
    data={
        "wip": 12,
        "speed_per_h": 80.0,
        "state": "Running",
        "held": True,
        "late": "no",
        "level": "7.5",
        "active_order": "O-101",
        "nothing": None,
        "buffers": [{"level": 3}],
        "broken": float("nan"),
    },
)
EARLIER = {1: Outcome(1, "get_order", ok=True, data={"state": "queued"}), 3: LAST}
FAILED = Outcome(2, "start_line", ok=False, code="interlock")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("wip > 11", True),
        ("wip > 12", False),
        ("wip == 12.0", True),
        ("speed_per_h <= 80", True),
        ("level >= 7.5", True),
        ("state == running", True),
        ("state != RUNNING", False),
        ("active_order == o-101", True),
        ("held == yes", True),
        ("held == false", False),
        ("held != false", True),
        ("late == false", True),
        ("late == yes", False),
        ("nothing == none", True),
        ("s1.state == queued", True),
        ("s3.wip == 12", True),
        ("error", False),
        ("the line looks slow", None),
    ],
)
def test_judged_by_code(text: str, holds: bool | None) -> None:
    assert evaluate(parse_condition(text), LAST, EARLIER) is holds


@pytest.mark.parametrize(
    "text",
    [
        "colour == red",
        "colour != red",
        "s2.state == down",
        "s2.state != down",
        "state > high",
        "buffers == 3",
        "buffers != 3",
        "broken != 3",
        "broken > 1",
        "wip > many",
    ],
)
def test_the_unknown_is_not_so_and_is_recorded(text: str) -> None:
    judgement = judge(parse_condition(text), LAST, EARLIER)
    assert judgement.holds is False
    assert judgement.unknown
    assert judgement.why


@pytest.mark.parametrize(
    ("text", "holds"), [("error", True), ("error(interlock)", True), ("error(timeout)", False), ("wip > 1", False)]
)
def test_after_a_failure(text: str, holds: bool) -> None:
    assert evaluate(parse_condition(text), FAILED, {2: FAILED}) is holds


@pytest.mark.parametrize("text", ["error", "error(timeout)", "wip > 1", "s2.wip > 1"])
def test_before_any_tool_nothing_holds(text: str) -> None:
    assert evaluate(parse_condition(text), None, {}) is False


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | inner
)


@given(JSON, st.sampled_from(OPERATORS), st.integers(-9, 9) | st.sampled_from(["yes", "running", "none"]))
def test_nothing_in_an_output_can_raise(found: object, operator: str, value: int | str) -> None:
    outcome = Outcome(1, "get_order", ok=True, data={"x": found})
    assert evaluate(Comparison("x", operator, value), outcome, {}) in (True, False)  # type: ignore[arg-type]


@given(st.floats(-1e6, 1e6), st.integers(-1_000_000, 1_000_000))
def test_opposite_operators_give_opposite_answers(found: float, value: int) -> None:
    outcome = Outcome(1, "get_order", ok=True, data={"x": found})
    for one, other in (("==", "!="), ("<", ">="), (">", "<=")):
        first = evaluate(Comparison("x", one, value), outcome, {})  # type: ignore[arg-type]
        second = evaluate(Comparison("x", other, value), outcome, {})  # type: ignore[arg-type]
        assert first is not second

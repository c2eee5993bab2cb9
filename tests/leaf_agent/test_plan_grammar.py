"""The grammar accepts what good plans are made of, and whatever it accepts parses."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaf_agent.plan.checks import check_plan
from leaf_agent.plan.grammar import plan_ebnf, plan_pattern, wire_ebnf, wire_pattern
from leaf_agent.plan.language import (
    OPERATORS,
    Clause,
    Comparison,
    Condition,
    ErrorCondition,
    FreeText,
    Jump,
    Plan,
    PlanError,
    PlanStep,
    format_plan,
)
from leaf_agent.plan.parser import parse_plan
from leaf_agent.plan.wire import format_wire, parse_wire
from tools_api.errors import CODES

TOOLS = ("get_line_status", "set_line_speed", "get_line", "wait")
PLANS = [plan_pattern(TOOLS, steps) for steps in range(1, 21)]
WIRES = [wire_pattern(TOOLS, steps) for steps in range(1, 21)]

PRINTABLE = "".join(set(string.printable) - set(string.whitespace) - set("*<>"))
WORDS = st.lists(st.text(PRINTABLE, min_size=1, max_size=7), min_size=1, max_size=12).map(" ".join)
PLAIN = st.lists(st.text(string.ascii_letters + "%'-", min_size=1, max_size=6), min_size=1, max_size=8).map(" ".join)
VALUES = (
    st.integers(-999_999, 999_999)
    | st.decimals(-500, 500, places=2).map(float).filter(lambda value: "e" not in repr(value))
    | st.sampled_from(["running", "O-101", "yes", "A-1"])
)


def accepts(patterns: list[re.Pattern[str]], text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in patterns)


def fault(plan: Plan) -> str:
    try:
        check_plan(plan, TOOLS)
    except PlanError as error:
        return error.rule
    return ""


@st.composite
def grammatical(draw: st.DrawFn) -> Plan:
    """A plan of the grammar's words: 1 to 20 steps, jumps to others of them, no `next` in the last, which ends."""
    count = draw(st.integers(1, 20))
    comparisons = st.builds(
        Comparison,
        st.sampled_from(["state", "vibration_mm_s"]),
        st.sampled_from(OPERATORS),
        VALUES,
        st.none() | st.integers(1, count),
    )
    errors = st.builds(ErrorCondition, st.none() | st.sampled_from(CODES))
    conditions: st.SearchStrategy[Condition] = (
        errors | comparisons | PLAIN.filter(lambda text: text != "error").map(FreeText)
    )
    steps = []
    for number in range(1, count + 1):
        targets = [Jump("end"), *(Jump("goto", other) for other in range(1, count + 1) if other != number)]
        jumps = st.sampled_from([*targets, Jump("next")] if number < count else targets)
        last = draw(jumps) if number < count else Jump("end")
        guarded = draw(st.lists(st.builds(Clause, conditions, jumps), max_size=2))
        kind = draw(st.sampled_from(["tool", "tell", "ask"]))
        tool = draw(st.sampled_from(TOOLS)) if kind == "tool" else None
        steps.append(PlanStep(number, kind, tool, draw(WORDS), (*guarded, Clause(None, last))))
    return Plan(tuple(steps))


@given(grammatical())
@settings(max_examples=100, deadline=None)
def test_every_plan_of_its_vocabulary_is_accepted(plan: Plan) -> None:
    assert accepts(PLANS, format_plan(plan))


@given(grammatical())
@settings(max_examples=100, deadline=None)
def test_every_plan_of_its_vocabulary_is_accepted_in_the_wire_form(plan: Plan) -> None:
    assert accepts(WIRES, format_wire(plan))


@given(st.sampled_from([*PLANS[:4], *WIRES[:4]]).flatmap(lambda pattern: st.from_regex(pattern, fullmatch=True)))
@settings(max_examples=300, deadline=None)
def test_whatever_it_accepts_is_a_plan_of_real_tools_whose_jumps_exist(text: str) -> None:
    plan = parse_plan(text) if text.startswith("1 **") else parse_wire(text)
    # a grammar knows no graph: these two are the only faults that it lets through
    assert re.search("^$|^no way leads|calls no tool$", fault(plan))
    assert all(clause.jump.kind != "next" for clause in plan.steps[-1].clauses)


GOOD = "1 ** Tool (wait) :: wait ** <<if error(timeout), goto 2; next>>\n2 ** Dialog :: say so ** <<END>>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wait)", "wait_long)"),
        ("1 **", "2 **"),
        ("2 **", "3 **"),
        ("END", "next"),
        (":: wait", ":: "),
        (":: wait", ":: a "),
        (":: wait", ":: " + "a" * 121),
        (":: wait", ":: a < b"),
        ("error(timeout)", "error(tired)"),
        ("goto 2", "goto 3"),
        ("goto 2", "goto 1"),
        ("<<END", "<<goto 1"),
        ("if error(timeout)", "if s3.state == up"),
        ("; next", "; if a, END; if b, END; next"),
        ("if error(timeout)", "if " + "a" * 61),
        ("if error(timeout)", "if error 12.1000123456"),
        ("END>>", "END>>\n"),
    ],
)
def test_what_it_refuses(old: str, new: str) -> None:
    assert accepts(PLANS, GOOD)
    assert not accepts(PLANS, GOOD.replace(old, new, 1))


WIRE_GOOD = "1 wait: wait a while <<error(timeout) 2\n2 say: say so"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wait:", "wait_long:"),
        ("1 wait", "2 wait"),
        ("\n2 ", "\n3 "),
        ("say so", "say so <<next"),
        ("say so", "say so <<"),
        (": wait", ": a << b"),
        (": wait", ": " + "a" * 121),
        ("error(timeout)", "error(tired)"),
        ("<<error(timeout) 2", "<<error(timeout) 3"),
        ("<<error(timeout) 2", "<<error(timeout) 1"),
        ("<<error(timeout) 2", "<<s3.state == up 2"),
        ("say so", "say so <<error next"),
        ("say so", "say so <<1"),
        ("<<error(timeout) 2", "<<a 2; b END; c 2; END"),
        ("say so", "say so\n"),
    ],
)
def test_what_the_wire_form_refuses(old: str, new: str) -> None:
    assert accepts(WIRES, WIRE_GOOD)
    assert not accepts(WIRES, WIRE_GOOD.replace(old, new, 1))


@pytest.mark.parametrize("text", [plan_ebnf(TOOLS), wire_ebnf(TOOLS)], ids=["plan", "wire"])
def test_the_grammar_names_every_rule_it_uses_and_bounds_every_repetition(text: str) -> None:
    names = [line.split(" ::= ")[0] for line in text.splitlines()]
    assert names[0] == "root"
    assert len(set(names)) == len(names)
    bare = re.sub(r'"(\\.|[^"\\])*"|\[(\\.|[^\]\\])*\]', " ", text.replace(" ::= ", " "))
    assert set(re.findall(r"[a-z]\w*", bare)) <= set(names)
    assert not re.search(r"[*+]", bare)
    assert "plan20 ::=" in text
    assert "plan21" not in text


@pytest.mark.parametrize("written", [plan_ebnf, wire_ebnf])
def test_the_grammar_is_small(written: Callable[[tuple[str, ...]], str]) -> None:
    assert len(written(tuple(f"some_longer_tool_name_{n}" for n in range(21)))) < 80_000


def test_nothing_to_plan_with_is_refused() -> None:
    with pytest.raises(ValueError, match="no tool names"):
        plan_ebnf(())
    with pytest.raises(ValueError, match=r"21 steps is not within 1\.\.20"):
        plan_ebnf(TOOLS, max_steps=21)

"""Every plan that can be built can be written and read back; what cannot be written cannot be built."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaf_agent.plan.language import (
    END,
    NEXT,
    OPERATORS,
    Clause,
    Comparison,
    ErrorCondition,
    FreeText,
    Jump,
    Plan,
    PlanError,
    PlanStep,
    format_plan,
)
from leaf_agent.plan.parser import parse_condition, parse_plan
from leaf_agent.plan.wire import format_wire, parse_wire

PAPER = """\
1 ** Tool (get_line_status) :: read the status of line 3 ** <<next>>
2 ** Tool (set_line_speed) :: set line 3 to 80 parts per hour ** <<if error, goto 4; next>>
3 ** Dialog :: confirm the new speed ** <<END>>
4 ** Dialog :: explain why the speed was not changed ** <<END>>"""


def buildable(kind: type, *fields: object) -> bool:
    try:
        kind(*fields)
    except PlanError:
        return False
    return True


NUMBERS = st.integers(1, 999_999)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,30}", fullmatch=True)
# hostile text on purpose: marks of the language, every unicode, and words that look like conditions
PHRASES = st.one_of(
    st.text(min_size=1, max_size=40),
    st.text(alphabet="ab*<>;,:. ()=", min_size=1, max_size=20),
    st.lists(st.sampled_from(["if", "error", "next", "goto 4", "END", "a, b", "::", "* *", "s2.a"]), min_size=1).map(
        " ".join
    ),
)
JUMPS = st.one_of(st.just(Jump("next")), st.just(Jump("end")), NUMBERS.map(lambda number: Jump("goto", number)))
VALUES = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 1000, places=2).map(float),
    st.from_regex(r"[A-Za-z][A-Za-z0-9_.:-]{0,20}", fullmatch=True),
)
CONDITIONS = st.one_of(
    st.builds(ErrorCondition, st.none() | NAMES),
    st.tuples(NAMES, st.sampled_from(OPERATORS), VALUES, st.none() | NUMBERS)
    .filter(lambda fields: buildable(Comparison, *fields))
    .map(lambda fields: Comparison(*fields)),
    PHRASES.filter(lambda text: buildable(FreeText, text)).map(FreeText),
)
CLAUSES = st.tuples(
    st.lists(st.builds(Clause, CONDITIONS, JUMPS), max_size=3), st.builds(Clause, st.none(), JUMPS)
).map(lambda parts: (*parts[0], parts[1]))


@st.composite
def steps(draw: st.DrawFn) -> PlanStep:
    kind = draw(st.sampled_from(["tool", "tell", "ask"]))
    tool = draw(NAMES) if kind == "tool" else None
    number, clauses = draw(NUMBERS), draw(CLAUSES)
    instruction = draw(PHRASES.filter(lambda text: buildable(PlanStep, 1, "tell", None, text, (END,))))
    return PlanStep(number, kind, tool, instruction, clauses)


@given(st.lists(steps(), min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_parse_undoes_format(drawn: list[PlanStep]) -> None:
    plan = Plan(tuple(drawn))
    text = format_plan(plan)
    assert parse_plan(text) == plan
    assert parse_plan("\n\n" + "\n".join(f"  \t{line} \r" for line in text.split("\n")) + "\n \n") == plan


@given(st.lists(steps().filter(lambda step: step.tool not in ("say", "ask")), min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_the_wire_form_loses_nothing(drawn: list[PlanStep]) -> None:
    plan = Plan(tuple(drawn))
    assert parse_wire(format_wire(plan)) == plan


@given(st.text(max_size=80) | st.text(alphabet=" *<>;,:()" + string.ascii_letters + string.digits, max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_plan_or_a_plan_error(text: str) -> None:
    try:
        plan = parse_plan(text)
    except PlanError:
        return
    assert parse_plan(format_plan(plan)) == plan


@given(st.integers(0, len(PAPER) - 1), st.characters())
@settings(max_examples=300, deadline=None)
def test_a_damaged_plan_is_refused_with_its_line_or_reads_back(place: int, letter: str) -> None:
    text = PAPER[:place] + letter + PAPER[place + 1 :]
    fault = None
    try:
        plan = parse_plan(text)
    except PlanError as error:
        fault = error
    if fault is None:
        assert parse_plan(format_plan(plan)) == plan
    else:
        assert fault.line in range(1, text.count("\n") + 2)
        assert fault.rule
        assert fault.remedy


def test_the_example_of_the_language() -> None:
    plan = parse_plan(PAPER)
    assert format_plan(plan) == PAPER
    assert [step.kind for step in plan.steps] == ["tool", "tool", "tell", "tell"]
    assert plan.steps[1].clauses == (Clause(ErrorCondition(), Jump("goto", 4)), NEXT)
    assert plan.step(4) is plan.steps[3]
    assert plan.step(0) is None
    assert plan.step(5) is None


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("error", ErrorCondition()),
        ("error(out_of_range)", ErrorCondition("out_of_range")),
        ("vibration_mm_s > 7.1", Comparison("vibration_mm_s", ">", 7.1)),
        ("s2.status == fault", Comparison("status", "==", "fault", 2)),
        ("wip >= -3", Comparison("wip", ">=", -3)),
        ("active_order != O-101", Comparison("active_order", "!=", "O-101")),
        ("the user agrees, and the line is free", FreeText("the user agrees, and the line is free")),
    ],
)
def test_conditions(text: str, condition: object) -> None:
    assert parse_condition(text) == condition
    assert str(condition) == text


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("set the speed", "starts with its number"),
        ("01 ** Dialog :: a ** <<END>>", "starts with its number"),
        ("1 ** Tool :: a ** <<END>>", "after the number"),
        ("1 ** Tool (a b) :: a ** <<END>>", "after the number"),
        ("1 ** Dialog (tell) :: a ** <<END>>", "after the number"),
        ("1 ** Dialog :: a", "ends with"),
        ("1 ** Dialog :: a ** <<END>> thanks", "ends with"),
        ("1 ** Dialog ::  ** <<END>>", "an instruction"),
        ("1 ** Dialog :: a ** b ** <<END>>", "divides a step"),
        ("1 ** Dialog :: a\tb ** <<END>>", "printable"),
        ("1 ** Dialog :: a ** <<>>", "a jump is"),
        ("1 ** Dialog :: a ** <<end>>", "a jump is"),
        ("1 ** Dialog :: a ** <<goto 0>>", "a jump is"),
        ("1 ** Dialog :: a ** <<goto x>>", "a jump is"),
        ("1 ** Dialog :: a ** <<if error goto 4; END>>", "comma"),
        ("1 ** Dialog :: a ** <<if error, goto 4>>", "last clause has no condition"),
        ("1 ** Dialog :: a ** <<next; END>>", "only the last clause"),
        ("1 ** Dialog :: a ** <<if status==fault, next; END>>", "has no '='"),
        ("1 ** Dialog :: a ** <<if error(two words), next; END>>", "not free text"),
        ("1 ** Dialog :: a ** <<if wip > 007, next; END>>", "has no '>'"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, rule: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan("1 ** Dialog :: fine ** <<next>>\n" + line)
    assert caught.value.line == 2
    assert rule in caught.value.rule
    assert "line 2" in str(caught.value)


def test_no_step_at_all_is_no_plan() -> None:
    with pytest.raises(PlanError, match="at least one step"):
        parse_plan(" \n ")
    with pytest.raises(PlanError, match="at least one step"):
        Plan(())


@pytest.mark.parametrize("text", ["", " a", "a ", "a\nb", "a ** b", "a**", "<<", "a >> b", "a\u2028b", "a\x00"])
def test_instructions_that_could_not_be_read_back_are_refused(text: str) -> None:
    with pytest.raises(PlanError):
        PlanStep(1, "tell", None, text, (END,))


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), 1e15, 10**20, 1e-7, "two words", "7a", "", "-"])
def test_values_that_could_not_be_read_back_are_refused(value: object) -> None:
    with pytest.raises(PlanError):
        Comparison("wip", "==", value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Jump, ("goto",)),
        (Jump, ("next", 3)),
        (Jump, ("goto", 0)),
        (Jump, ("back",)),
        (ErrorCondition, ("no code",)),
        (Comparison, ("a b", "==", 1)),
        (Comparison, ("a", "=", 1)),
        (Comparison, ("a", "==", 1, 0)),
        (FreeText, ("error",)),
        (FreeText, ("error(x)",)),
        (FreeText, ("a; b",)),
        (PlanStep, (0, "tell", None, "a", (END,))),
        (PlanStep, (1, "say", None, "a", (END,))),
        (PlanStep, (1, "tool", None, "a", (END,))),
        (PlanStep, (1, "ask", "get_order", "a", (END,))),
        (PlanStep, (1, "tool", "get order", "a", (END,))),
        (PlanStep, (1, "tell", None, "a", ())),
        (PlanStep, (1, "tell", None, "a", (Clause(ErrorCondition(), Jump("end")),))),
        (PlanStep, (1, "tell", None, "a", (NEXT, END))),
    ],
)
def test_constructors_refuse_what_has_no_text(kind: type, fields: tuple[object, ...]) -> None:
    assert not buildable(kind, *fields)

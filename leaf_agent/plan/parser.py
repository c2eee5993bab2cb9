"""Reading a plan from its text. Strict: what is not written as `format_plan` writes it is no plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from leaf_agent.plan.language import (
    Clause,
    Comparison,
    Condition,
    ErrorCondition,
    FreeText,
    Jump,
    Operator,
    Plan,
    PlanError,
    PlanStep,
    StepKind,
)

_STEP: Final = re.compile(
    r"(?P<number>[1-9][0-9]{0,5}) \*\* "
    r"(?:Tool \((?P<tool>[A-Za-z_][A-Za-z0-9_]*)\)|Dialog(?P<ask> \(ask\))?) :: "
    r"(?P<instruction>.+?) \*\* <<(?P<control>.*)>>"
)
_COMPARISON: Final = re.compile(
    r"(?:s(?P<step>[1-9][0-9]{0,5})\.)?(?P<field>[A-Za-z_][A-Za-z0-9_]*) "
    r"(?P<operator>==|!=|<=|>=|<|>) "
    r"(?:(?P<number>-?(?:0|[1-9][0-9]{0,15})(?P<fraction>\.[0-9]{1,20})?)|(?P<word>[A-Za-z][A-Za-z0-9_.:-]*))"
)
_ERROR: Final = re.compile(r"error(?:\((?P<code>[A-Za-z_][A-Za-z0-9_]*)\))?")
_GOTO: Final = re.compile(r"goto (?P<target>[1-9][0-9]{0,5})")
_EXAMPLE: Final = "write: 1 ** Tool (name) :: instruction ** <<next>>"


def parse_plan(text: str) -> Plan:
    """Read a plan, one step a line; spaces round a line and empty lines do not count.

    Raises `PlanError` with the line, what is wrong there, the rule and the remedy. The numbering, the jumps' targets
    and the tools' names are not looked at: that is for `checks.check_plan`.
    """
    return parse_lines(text, parse_step, _EXAMPLE)


def parse_lines(text: str, parse: Callable[[str], PlanStep], example: str) -> Plan:
    """Read a plan whose lines `parse` reads. Raises `PlanError` with the line; `example` is the remedy for no line."""
    steps = []
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped:
            continue
        try:
            steps.append(parse(stripped))
        except PlanError as error:
            raise PlanError(number, error.text, error.rule, error.remedy) from None
    if not steps:
        raise PlanError(1, text.strip(), "a plan has at least one step", example)
    return Plan(tuple(steps))


def parse_step(line: str) -> PlanStep:
    """Read one line, without spaces round it. Raises `PlanError`."""
    match = _STEP.fullmatch(line)
    if match is None:
        raise PlanError(None, line, _broken_rule(line), _EXAMPLE)
    kind: StepKind = "tool" if match["tool"] else "ask" if match["ask"] else "tell"
    clauses = parse_control(match["control"])
    return PlanStep(int(match["number"]), kind, match["tool"], match["instruction"], clauses)


def parse_control(text: str) -> tuple[Clause, ...]:
    """Read what stands between << and >>. Raises `PlanError`."""
    return tuple(_parse_clause(clause) for clause in text.split("; "))


def parse_jump(text: str) -> Jump:
    """Read `next`, `goto 4` or `END`. Raises `PlanError`."""
    if text == "next":
        return Jump("next")
    if text == "END":
        return Jump("end")
    match = _GOTO.fullmatch(text)
    if match is None:
        raise PlanError(None, text, "a jump is next, goto and a step's number, or END", "write next, goto 4 or END")
    return Jump("goto", int(match["target"]))


def parse_condition(text: str) -> Condition:
    """Read what stands between `if` and the jump. Raises `PlanError`."""
    match = _ERROR.fullmatch(text)
    if match is not None:
        return ErrorCondition(match["code"])
    match = _COMPARISON.fullmatch(text)
    if match is None:
        return FreeText(text)
    operator: Operator = match["operator"]  # type: ignore[assignment]  # the pattern takes no other
    value: int | float | str
    if match["number"] is None:
        value = match["word"]
    else:
        value = float(match["number"]) if match["fraction"] else int(match["number"])
    return Comparison(match["field"], operator, value, int(match["step"]) if match["step"] else None)


def _parse_clause(text: str) -> Clause:
    if not text.startswith("if "):
        return Clause(None, parse_jump(text))
    # A jump has no comma, so the last one ends the condition, whatever free text says before it.
    condition, comma, jump = text[3:].rpartition(", ")
    if not comma:
        raise PlanError(None, text, "a condition is followed by a comma and a jump", "write: if error, goto 4")
    return Clause(parse_condition(condition), parse_jump(jump))


def _broken_rule(line: str) -> str:
    """Say which part of a line that is no step is the first wrong one."""
    if not re.match(r"[1-9][0-9]* \*\* ", line):
        return "a step starts with its number and ' ** '"
    if not re.match(r"[1-9][0-9]{0,5} \*\* (Tool \([A-Za-z_][A-Za-z0-9_]*\)|Dialog( \(ask\))?) :: ", line):
        return "after the number comes 'Tool (name) :: ', 'Dialog :: ' or 'Dialog (ask) :: '"
    if not re.search(r" \*\* <<.*>>$", line):
        return "a step ends with ' ** <<where to go on>>'"
    return "a step has an instruction between ' :: ' and ' ** '"

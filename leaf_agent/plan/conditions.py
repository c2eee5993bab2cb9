"""Judging a condition of a plan by code, on what the tools answered."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from leaf_agent.plan.language import Comparison, Condition, ErrorCondition, FreeText, Operator

_COMPARE: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
_STEP_FIELD: Final = re.compile(r"s(?P<step>[1-9][0-9]?)\.(?P<field>[A-Za-z_]\w*)")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool step led to: the tool's answer, as the engine keeps it."""

    step: int
    tool: str
    ok: bool
    code: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a condition holds; None when only a model can say. `why` is for the record.

    `unknown` marks a comparison that is false for want of a value: a plan that relies on it is in error.
    """

    holds: bool | None
    why: str
    unknown: bool = False


def evaluate(condition: Condition, last: Outcome | None, by_step: Mapping[int, Outcome]) -> bool | None:
    """Whether `condition` holds; None when a model has to say. See `judge`."""
    return judge(condition, last, by_step).holds


def judge(condition: Condition, last: Outcome | None, by_step: Mapping[int, Outcome]) -> Judgement:
    """Judge `condition` on the `last` tool outcome and the latest outcome of each step.

    What cannot be known is not so: a field that the output lacks, a step that has not run, or two values without an
    order make a comparison false whatever its operator, and `why` says it. Two numbers compare as numbers, truth
    words (true, yes, false, no) as truth values, anything else as text without regard to case, by == and != only.
    Never raises.
    """
    match condition:
        case FreeText(text):
            return Judgement(None, f"only a model can judge {text!r}")
        case ErrorCondition(code):
            return _judge_error(code, last)
        case Comparison():
            return _judge_comparison(condition, last, by_step)


def _judge_error(code: str | None, last: Outcome | None) -> Judgement:
    if last is None:
        return Judgement(False, "no tool has been called")
    if last.ok:
        return Judgement(False, f"{last.tool} succeeded")
    return Judgement(code is None or code == last.code, f"{last.tool} failed with {last.code}")


def _judge_comparison(condition: Comparison, last: Outcome | None, by_step: Mapping[int, Outcome]) -> Judgement:
    outcome = last if condition.step is None else by_step.get(condition.step)
    if outcome is None:
        where = "no tool has been called" if condition.step is None else f"step {condition.step} has not run"
        return Judgement(False, where, unknown=True)
    if condition.field not in outcome.data:
        return Judgement(False, f"unknown field {condition.field!r} in the output of {outcome.tool}", unknown=True)
    found = outcome.data[condition.field]
    wanted = _wanted(condition.value, by_step)
    holds = _compare(found, condition.operator, wanted)
    if holds is None:
        return Judgement(False, f"{condition.field} = {found!r} has no order with {wanted!r}", unknown=True)
    return Judgement(holds, f"{condition.field} = {found!r}")


def _wanted(value: int | float | str, by_step: Mapping[int, Outcome]) -> Any:
    """Resolve `s1.oee_pct` on the right-hand side to that step's field, where there is one; else the word itself."""
    named = _STEP_FIELD.fullmatch(value) if isinstance(value, str) else None
    outcome = by_step.get(int(named["step"])) if named else None
    return outcome.data.get(named["field"], value) if named and outcome else value


def _compare(found: object, operator: Operator, wanted: object) -> bool | None:
    """None when the two cannot be compared."""
    if isinstance(found, list | tuple | set | Mapping):
        return None
    left, right = _number(found), _number(wanted)
    if left is not None and right is not None:
        return None if math.isnan(left) else _COMPARE[operator](left, right)
    if operator not in ("==", "!="):
        return None
    left_truth, right_truth = _truth(found), _truth(wanted)
    if left_truth is not None and right_truth is not None:
        return _COMPARE[operator](left_truth, right_truth)
    return _COMPARE[operator](str(found).strip().casefold(), str(wanted).casefold())


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    return None


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return _TRUTH.get(str(value).strip().casefold())

"""The plan language: what one line of a plan says, and how it is written (LEAF §3.2, formalised).

    Step := No " ** " ("Tool (" name ")" | "Dialog" | "Dialog (ask)") " :: " instruction " ** <<" Ctrl ">>"
    Ctrl := ("if " Cond ", " Jump "; ")* Jump
    Jump := "next" | "goto " No | "END"
    Cond := "error" | "error(" code ")" | ["s" No "."] field " " operator " " value | free text

Every constructor refuses what could not be written and read back, so `parse_plan(format_plan(plan)) == plan`
holds for every plan that exists.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

JumpKind = Literal["next", "goto", "end"]
StepKind = Literal["tool", "tell", "ask"]
Operator = Literal["==", "!=", "<=", ">=", "<", ">"]

OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
MAX_STEPS: Final = 20

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*")
_LARGEST: Final = 1e15  # beyond it a float is written with an exponent, which the language does not have
_LAST_NUMBER: Final = 999_999  # six digits are read; what a plan may use is MAX_STEPS


class PlanError(ValueError):
    """A text or a value that is no plan.

    `line` is the line of the text, from 1 (None: not read from a text); `text` is what offends; `rule` says what
    holds instead and `remedy` what to write.
    """

    def __init__(self, line: int | None, text: str, rule: str, remedy: str) -> None:
        self.line = line
        self.text = text
        self.rule = rule
        self.remedy = remedy
        where = "" if line is None else f"line {line}: "
        shown = text if len(text) <= 120 else text[:117] + "..."
        super().__init__(f"{where}{shown!r}: {rule}; {remedy}")


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to go on: the next step, step `target`, or the end of the plan."""

    kind: JumpKind
    target: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(JumpKind):
            raise PlanError(None, str(self.kind), "a jump is next, goto or end", "use Jump('next')")
        if (self.kind == "goto") != (self.target is not None):
            raise PlanError(None, f"{self.kind} {self.target}", "goto alone has a target", "use Jump('goto', 4)")
        if self.target is not None and not 1 <= self.target <= _LAST_NUMBER:
            raise PlanError(None, str(self.target), "steps are counted from 1", "name an existing step")

    def __str__(self) -> str:
        if self.kind == "goto":
            return f"goto {self.target}"
        return "END" if self.kind == "end" else "next"


@dataclass(frozen=True, slots=True)
class ErrorCondition:
    """The last tool call failed; with a `code`, failed with just this code."""

    code: str | None = None

    def __post_init__(self) -> None:
        if self.code is not None:
            _require_name(self.code, "an error code", "error(out_of_range)")

    def __str__(self) -> str:
        return "error" if self.code is None else f"error({self.code})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field of the last tool output, or of step `step`'s, against a number or a bare word."""

    field: str
    operator: Operator
    value: int | float | str
    step: int | None = None

    def __post_init__(self) -> None:
        _require_name(self.field, "a field", "status == fault")
        if self.operator not in OPERATORS:
            raise PlanError(None, str(self.operator), f"an operator is one of {' '.join(OPERATORS)}", "use ==")
        if self.step is not None and not 1 <= self.step <= _LAST_NUMBER:
            raise PlanError(None, f"s{self.step}", "steps are counted from 1", "name an earlier tool step")
        if isinstance(self.value, str):
            if not _WORD.fullmatch(self.value):
                rule = "a value is a number or one word that starts with a letter"
                raise PlanError(None, self.value, rule, "write 7.1 or running or O-101")
            return
        number = float(self.value)
        if isinstance(self.value, bool) or not math.isfinite(number) or abs(number) >= _LARGEST:
            raise PlanError(None, str(self.value), "a number is finite and below 1e15", "write true or false as words")
        if "e" in repr(self.value):
            raise PlanError(None, repr(self.value), "a number is written without exponent", "write 0 or 0.001")

    def __str__(self) -> str:
        prefix = "" if self.step is None else f"s{self.step}."
        return f"{prefix}{self.field} {self.operator} {self.value}"


@dataclass(frozen=True, slots=True)
class FreeText:
    """A condition that only a model can judge, from the last outcome."""

    text: str

    def __post_init__(self) -> None:
        _require_phrase(self.text, "a condition")
        for mark in (";", "<", ">", "="):
            if mark in self.text:
                rule = f"a condition in free text has no {mark!r}"
                raise PlanError(None, self.text, rule, "write a comparison as 'field operator value', or use words")
        if self.text == "error" or self.text.startswith("error("):
            raise PlanError(None, self.text, "'error' is not free text", "write error or error(out_of_range)")

    def __str__(self) -> str:
        return self.text


Condition = ErrorCondition | Comparison | FreeText


@dataclass(frozen=True, slots=True)
class Clause:
    """`jump`, if `condition` holds; without a condition, always."""

    condition: Condition | None
    jump: Jump

    def __str__(self) -> str:
        return str(self.jump) if self.condition is None else f"if {self.condition}, {self.jump}"


NEXT: Final = Clause(None, Jump("next"))
END: Final = Clause(None, Jump("end"))


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One line of a plan: call a tool, tell the user something, or ask and wait for the reply.

    `clauses` are tried in order; only the last one, and it always, is unconditional.
    """

    number: int
    kind: StepKind
    tool: str | None
    instruction: str
    clauses: tuple[Clause, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.number <= _LAST_NUMBER:
            raise PlanError(None, str(self.number), "steps are counted from 1", "number the first step 1")
        if self.kind not in get_args(StepKind):
            raise PlanError(None, str(self.kind), "a step is a tool, tell or ask step", "use 'tool', 'tell' or 'ask'")
        if (self.kind == "tool") != (self.tool is not None):
            rule = "a tool step has a tool, a dialog step none"
            raise PlanError(None, f"{self.kind} {self.tool}", rule, "write Tool (name), Dialog or Dialog (ask)")
        if self.tool is not None:
            _require_name(self.tool, "a tool's name", "Tool (get_line_status)")
        _require_phrase(self.instruction, "an instruction")
        if not self.clauses:
            raise PlanError(None, self.instruction, "a step says where to go on", "end the line with <<next>>")
        if self.clauses[-1].condition is not None:
            rule = "the last clause has no condition"
            raise PlanError(None, str(self.clauses[-1]), rule, "end the clauses with next, goto or END")
        for clause in self.clauses[:-1]:
            if clause.condition is None:
                rule = "only the last clause has no condition"
                raise PlanError(None, str(clause), rule, "drop the clauses after it")

    def __str__(self) -> str:
        head = {"tool": f"Tool ({self.tool})", "tell": "Dialog", "ask": "Dialog (ask)"}[self.kind]
        return f"{self.number} ** {head} :: {self.instruction} ** <<{self.control}>>"

    @property
    def control(self) -> str:
        """The control statement, as it stands between << and >>."""
        return "; ".join(str(clause) for clause in self.clauses)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan: at least one step. Whether it can be walked is for `checks.check_plan` to say."""

    steps: tuple[PlanStep, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise PlanError(None, "", "a plan has at least one step", "write one line per step")

    def __len__(self) -> int:
        return len(self.steps)

    def step(self, number: int) -> PlanStep | None:
        """Return the step in place `number`, from 1; None when there is none."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None


def format_plan(plan: Plan) -> str:
    """Write the plan as text, one step a line, without a line break at the end."""
    return "\n".join(str(step) for step in plan.steps)


def _require_name(text: str, what: str, example: str) -> None:
    if not _NAME.fullmatch(text):
        raise PlanError(None, text, f"{what} is letters, digits and _, not starting with a digit", f"write {example}")


def _require_phrase(text: str, what: str) -> None:
    if not text or text != text.strip() or not text.isprintable():
        rule = f"{what} is printable text on one line, without spaces around it"
        raise PlanError(None, text, rule, "say in a few words what to do")
    for mark in ("**", "<<", ">>"):
        if mark in text:
            raise PlanError(None, text, f"{what} has no {mark!r}, which divides a step", "leave it out")

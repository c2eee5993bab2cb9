"""The wire form of a plan: the same plan in fewer tokens, for a model to write. It converts without loss.

    Line := No " " (name | "say" | "ask") ": " instruction [" <<" Ctrl]
    Ctrl := (Cond " " Jump "; ")* Jump | Cond " " Jump ("; " Cond " " Jump)*
    Jump := "next" | No | "END"

    1 set_line_speed: set line 3 to 80 parts per hour <<error 3
    2 say: confirm the new speed
    3 say: explain why the speed was not changed

What is left out at the end of a line is what nearly every line of its kind says: a tool or a question goes on with
the next step, and after the user was told the plan ends.
"""

from __future__ import annotations

import re
from typing import Final

from leaf_agent.plan.language import END, NEXT, Clause, Jump, Plan, PlanError, PlanStep, StepKind
from leaf_agent.plan.parser import parse_condition, parse_jump, parse_lines

SAY: Final = "say"
ASK: Final = "ask"

_LINE: Final = re.compile(r"(?P<number>[1-9][0-9]{0,5}) (?P<head>[A-Za-z_][A-Za-z0-9_]*): (?P<rest>.+)")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_EXAMPLE: Final = "write: 1 name: instruction <<error 3"


def format_wire(plan: Plan) -> str:
    """Write the plan in its wire form, one step a line. Raises `PlanError` for a tool that is called say or ask."""
    return "\n".join(_line(step) for step in plan.steps)


def parse_wire(text: str) -> Plan:
    """Read a plan from its wire form; spaces round a line and empty lines do not count. Raises `PlanError`."""
    return parse_lines(text, _step, _EXAMPLE)


def _line(step: PlanStep) -> str:
    if step.tool in (SAY, ASK):
        raise PlanError(None, str(step.tool), f"in the wire form {step.tool!r} is a dialog step", "rename the tool")
    head = {"tool": step.tool, "tell": SAY, "ask": ASK}[step.kind]
    clauses = [f"{clause.condition} {_jump(clause.jump)}" for clause in step.clauses[:-1]]
    if step.clauses[-1] != _default(step.kind):
        clauses.append(_jump(step.clauses[-1].jump))
    control = f" <<{'; '.join(clauses)}" if clauses else ""
    return f"{step.number} {head}: {step.instruction}{control}"


def _step(line: str) -> PlanStep:
    match = _LINE.fullmatch(line)
    if match is None:
        raise PlanError(None, line, "a line is its number, a tool, say or ask, a colon and an instruction", _EXAMPLE)
    head = match["head"]
    kind: StepKind = "tell" if head == SAY else "ask" if head == ASK else "tool"
    instruction, mark, control = match["rest"].partition(" <<")
    clauses = [_clause(part) for part in control.split("; ")] if mark else []
    if not clauses or clauses[-1].condition is not None:
        clauses.append(_default(kind))
    elif clauses[-1] == _default(kind):
        raise PlanError(None, line, f"{clauses[-1]} goes without saying there", "leave it out")
    return PlanStep(int(match["number"]), kind, head if kind == "tool" else None, instruction, tuple(clauses))


def _clause(text: str) -> Clause:
    condition, space, jump = text.rpartition(" ")
    target = parse_jump(f"goto {jump}" if _NUMBER.fullmatch(jump) else jump)
    return Clause(parse_condition(condition) if space else None, target)


def _jump(jump: Jump) -> str:
    return str(jump.target) if jump.kind == "goto" else str(jump)


def _default(kind: StepKind) -> Clause:
    return END if kind == "tell" else NEXT

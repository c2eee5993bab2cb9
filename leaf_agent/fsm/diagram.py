"""The decision engine drawn: its table, any run of it, and the page about it, written from the table.

`python -m leaf_agent.fsm.diagram > docs/engine.md` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import Final

from leaf_agent.fsm.budget import Limits
from leaf_agent.fsm.machine import ENGINE, VERDICTS, Machine, Row, Signal, State, Transition

_STOPS: Final = frozenset({Signal.CANCELLED, Signal.BUDGET_SPENT})

_DETAIL: Final = 60
"""Longest words beside a line of the picture."""

_MEANING: Final = {
    "plan_steps": "steps of a plan",
    "transitions": "changes of state, those to the end included",
    "model_calls": "texts asked of a model, the last message included",
    "tool_calls": "tool calls, refused ones included",
    "replies": "replies of the user, silence and changes of mind included",
    "replans": "new plans after an unusable plan or an unforeseen error",
    "asks": "asks for one parameter, for one question of the plan, and for a yes to one call",
}


def mermaid(machine: Machine = ENGINE) -> str:
    """Draw a machine as a Mermaid state diagram. What any state takes (cancelled, budget spent) is left out."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.first}"]
    lines += [f"    {row.source} --> {row.target}: {_label(row)}" for row in machine.rows if row.signal not in _STOPS]
    return "\n".join([*lines, f"    {machine.last} --> [*]"])


def run_mermaid(trace: Sequence[Transition]) -> str:
    """Draw a run as a Mermaid state diagram: each transition that was walked, with its places in the run."""
    walked: dict[tuple[State, State, str], list[int]] = {}
    for place, step in enumerate(trace, start=1):
        walked.setdefault((step.source, step.target, str(step.signal)), []).append(place)
    lines = ["stateDiagram-v2"]
    if trace:
        lines.append(f"    [*] --> {trace[0].source}")
    for (source, target, signal), places in walked.items():
        lines.append(f"    {source} --> {target}: {', '.join(map(str, places))} {signal}")
    if trace and trace[-1].target is State.END:
        lines.append(f"    {State.END} --> [*]")
    return "\n".join(lines)


def run_picture(trace: Sequence[Transition]) -> str:
    """Draw a run for the terminal: a column for each state that it came to, a line for each transition, top to bottom.

    `o` is where a line begins, `>` or `<` where it leads to, `@` what stays in its state; the words say why.
    """
    states = [state for state in State if any(state in (step.source, step.target) for step in trace)]
    if not states:
        return ""
    width = max(len(state) for state in states) + 2
    lines = ["".join(f"{state:^{width}}" for state in states).rstrip()]
    for step in trace:
        here, there = states.index(step.source), states.index(step.target)
        row = [_cell("|", " ", " ", width)] * len(states)
        if here == there:
            row[here] = _cell("@", " ", " ", width)
        else:
            left, right = sorted((here, there))
            row[left + 1 : right] = [_cell("-", "-", "-", width)] * (right - left - 1)
            ahead = here < there
            row[left] = _cell("o" if ahead else "<", " ", "-", width)
            row[right] = _cell(">" if ahead else "o", "-", " ", width)
        detail = step.detail if len(step.detail) <= _DETAIL else step.detail[: _DETAIL - 3] + "..."
        why = f"{step.signal}: {detail}" if detail else str(step.signal)
        lines.append(f"{''.join(row)}  {why}")
    return "\n".join(lines)


def page() -> str:
    """Write the whole page: the diagram, the table and the bounds."""
    rows = "\n".join(
        f"| {row.source} | {row.signal} | {row.guard} | {row.target} |"
        for row in ENGINE.rows
        if row.signal not in _STOPS
    )
    bounds = "\n".join(f"| {field.name} | {field.default} | {_MEANING[field.name]} |" for field in fields(Limits))
    verdicts = ", ".join(f"*{signal}*" for signal in Signal if signal in VERDICTS)
    return f"""# The decision engine

This page is generated: `python -m leaf_agent.fsm.diagram > docs/engine.md`.

The engine is a table-driven finite-state machine. It calls no model and writes no text: it says what it needs next, and
its driver reports what came of it. In {State.DECIDING} it moves by its own verdicts:
{verdicts}.
Every other signal is an event from outside.

```mermaid
{mermaid()}
```

Who is asked for what, and when: a parameter that is missing, a question of the plan, a yes to a grave call each go
{State.INTERACTING}, {State.AWAITING_INPUT} and back. What the user says in the middle of the work, or instead of an
answer, leads to a new plan that sees the calls so far (*{Signal.USER_CHANGED_MIND}*), or to the end
(*{Signal.CANCELLED}*). A reading that has grown old is taken again before it is told (*{Signal.READINGS_STALE}*).

Any state but {State.END} also takes *{Signal.CANCELLED}*, which leads to {State.END} at once, and
*{Signal.BUDGET_SPENT}*, which leads to {State.INTERACTING} for one honest message, and from there to {State.END}.

| from | signal | when | to |
|---|---|---|---|
{rows}

## Bounds

Every run ends: each bound leads to one honest message to the user, then to {State.END}.

| bound | limit | of |
|---|---|---|
{bounds}
"""


def _cell(mark: str, left: str, right: str, width: int) -> str:
    half = (width - 1) // 2
    return left * half + mark + right * (width - 1 - half)


def _label(row: Row) -> str:
    return f"{row.signal} ({row.guard})" if row.guard else str(row.signal)


if __name__ == "__main__":
    sys.stdout.write(page())

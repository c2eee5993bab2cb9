"""The page about the decision engine, written from its own table.

`python -m leaf_agent.fsm.diagram > docs/engine.md` writes it anew.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import Final

from leaf_agent.fsm.budget import Limits
from leaf_agent.fsm.machine import ENGINE, VERDICTS, Machine, Row, Signal, State

_STOPS: Final = frozenset({Signal.CANCELLED, Signal.BUDGET_SPENT})

_MEANING: Final = {
    "plan_steps": "steps of a plan",
    "transitions": "changes of state, those to the end included",
    "model_calls": "texts asked of a model, the last message included",
    "tool_calls": "tool calls, refused ones included",
    "replies": "replies of the user, silence included",
    "replans": "new plans after an unusable plan or an unforeseen error",
    "asks": "asks for one parameter, and for one question of the plan",
}


def mermaid(machine: Machine = ENGINE) -> str:
    """Draw a machine as a Mermaid state diagram. What any state takes (cancelled, budget spent) is left out."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.first}"]
    lines += [f"    {row.source} --> {row.target}: {_label(row)}" for row in machine.rows if row.signal not in _STOPS]
    return "\n".join([*lines, f"    {machine.last} --> [*]"])


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


def _label(row: Row) -> str:
    return f"{row.signal} ({row.guard})" if row.guard else str(row.signal)


if __name__ == "__main__":
    sys.stdout.write(page())

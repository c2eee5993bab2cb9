"""What is said by code and never by a model: the honest end, the farewell, the question before a grave call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leaf_agent.blackboard import Output
from leaf_agent.fsm.history import call_text


def could_not(reason: str, done: Sequence[Output]) -> str:
    """Say that the request was not fulfilled, why, and what was done before."""
    return f"I could not do this: {reason.rstrip('.')}.{_before(done)}"


def farewell(done: Sequence[Output]) -> str:
    """Say that work stopped as the user wished, and what was done before."""
    return f"All right, I stopped here.{_before(done) or ' Nothing was changed.'}"


def consent_question(tool: str, arguments: Mapping[str, Any]) -> str:
    """Ask for a yes to one call."""
    given = ", ".join(f"{name} {value}" for name, value in arguments.items() if value is not None)
    return f"Please confirm: shall I do {tool}{f' with {given}' if given else ''}, yes or no?"


def _before(done: Sequence[Output]) -> str:
    if not done:
        return ""
    calls = dict.fromkeys(call_text(output.result.name, output.arguments) for output in done)
    return f" Done before that, and not undone: {', '.join(calls)}."

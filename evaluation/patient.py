"""An agent that calls again what was lost, round one that would give up: what can be had under stress."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.aftermath import NOT_ANSWERED
from scenarios.rollout import Agent
from tools_api.messages import Action, Event, Observation, ToolCall, ToolResult
from tools_api.spec import ToolSpec

TRIES = 4
"""Times that it calls the same thing before the agent within is told that it was lost."""


class PatientAgent:
    """Hides lost calls from the agent within: what did not reach the plant, and looks, it calls again.

    An act whose answer timed out it takes for done, since doing it twice would be worse: the agent within is told so,
    with `unknown` for what the answer would have told.
    """

    def __init__(self, inner: Agent, specs: Mapping[str, ToolSpec]) -> None:
        self._inner = inner
        self._specs = specs
        self._last: ToolCall | None = None
        self._tries = 0
        self._kept: list[Event] = []

    def act(self, observation: Observation) -> Action:
        """Call again, or let the agent within go on."""
        result = next((event for event in observation.events if isinstance(event, ToolResult)), None)
        if self._last is not None and result is not None:
            spec = self._specs.get(self._last.name)
            done_perhaps = result.code == "timeout" and spec is not None and spec.mutates
            if result.code in NOT_ANSWERED and not done_perhaps and self._tries < TRIES:
                self._tries += 1
                self._kept += [event for event in observation.events if event is not result]
                return self._last
            if done_perhaps and spec is not None:
                told = {**dict.fromkeys(spec.returns, "unknown"), **self._last.arguments}
                done = ToolResult(name=result.name, ok=True, message=result.message, data=told)
                events = tuple(done if event is result else event for event in observation.events)
                observation = observation.model_copy(update={"events": events})
        if self._kept:
            observation = observation.model_copy(update={"events": (*self._kept, *observation.events)})
        action = self._inner.act(observation)
        self._last = action if isinstance(action, ToolCall) else None
        self._tries, self._kept = 1, []
        return action

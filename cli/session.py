"""A plant, an agent and a person at the terminal: requests that no task knows, so that nobody judges them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from evaluation.agents import AgentKind, Seat
from evaluation.episode import Watcher
from leaf_agent.backends.base import Backend
from leaf_agent.story import StoryEvent, Usage
from scenarios.rollout import Agent
from tools_api.catalog import specs, toolbox
from tools_api.messages import AgentMessage, Event, Notification, Observation, ToolCall, UserMessage
from twin.clock import iso_time
from twin.core import Twin

WARMUP_S = 14400.0
"""Plant seconds that a plant without a task has run: half a shift, so that there is something to see."""

MOST_ACTIONS = 60
"""Actions on one request, after which it is broken off: LEAF ends by itself long before, another agent may not."""

_ANNOUNCED = ("alarm_raised", "alert")


class Session:
    """One plant that goes on from request to request."""

    def __init__(
        self,
        twin: Twin,
        kind: AgentKind,
        backend: Backend | None,
        watcher: Watcher,
        listener: Callable[[StoryEvent], None],
        answer: Callable[[], str],
        confirm: frozenset[str] = frozenset(),
    ) -> None:
        """Take the plant, the agent's kind, who hears the story, and where the person's answers come from.

        `confirm` names the tools and devices whose acts wait for a yes.
        """
        self._twin = twin
        self._door = toolbox(twin.scenario, twin)
        self._kind = kind
        self._seat = Seat(specs(twin.scenario), None, backend, twin.seed, listener, confirm)
        self._watcher = watcher
        self._answer = answer
        self._seen = len(twin.journal)

    def ask(self, request: str) -> tuple[AgentMessage | None, Usage | None]:
        """Let a fresh agent serve a request; return its last words (None: broken off) and what it used."""
        agent: Agent = self._kind.make(self._seat)
        observation = self._observe(UserMessage(text=request))
        self._watcher.opened(observation)
        closing = None
        for _ in range(MOST_ACTIONS):
            action = agent.act(observation)
            self._watcher.acted(action)
            if isinstance(action, ToolCall):
                observation = self._observe(self._door.call(action))
            elif action.final:
                closing = action
                break
            elif action.expects_reply:
                observation = self._observe(UserMessage(text=self._answer()))
            else:
                observation = self._observe()
            self._watcher.observed(observation)
        usage = getattr(agent, "usage", None)
        return closing, usage if isinstance(usage, Usage) else None

    def _observe(self, *events: Event) -> Observation:
        fresh = self._twin.journal[self._seen :]
        self._seen = len(self._twin.journal)
        notices = [
            Notification(
                subject=entry.subject, text=f"{entry.kind.replace('_', ' ')}: {entry.subject}, {_told(entry.data)}"
            )
            for entry in fresh
            if entry.kind in _ANNOUNCED
        ]
        return Observation(time=iso_time(self._twin.now), events=(*events, *notices))


def _told(fields: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in dict(fields).items()) if isinstance(fields, dict) else ""


def answer_at_terminal() -> str:
    """Ask the person at the terminal; silence where there is none."""
    # input() would write its prompt to stdout, which carries results only.
    print(f"{'you':<9}", end="", file=sys.stderr, flush=True)
    try:
        return input().strip()
    except EOFError:
        return ""

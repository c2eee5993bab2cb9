"""One person's conversation: a plant of its own, and an agent that serves one request after another on it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from evaluation.agents import AgentKind, Seat
from evaluation.episode import thinking
from leaf_agent.backends.base import Backend, Completion, Request
from leaf_agent.story import StoryEvent, Usage
from scenarios.episode import MESSAGE_S, REPLY_S
from scenarios.rollout import Agent
from tools_api.catalog import specs, toolbox
from tools_api.door import Door
from tools_api.messages import Event, Observation, ToolCall, ToolResult, UserMessage
from tools_api.servers.shared_plant import ANNOUNCED, notice
from twin.catalog import warmed_up
from twin.clock import iso_time

MOST_ACTIONS = 60
"""Actions on one message, after which it is broken off: LEAF ends by itself long before, another agent may not."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one message: what the agent said, and how it got there.

    `calls` are the tool calls with their answers; `plan` is the last plan as text; `plant_time` is ISO 8601.
    """

    said: tuple[str, ...]
    expects_reply: bool
    plant_time: str
    calls: tuple[dict[str, Any], ...] = ()
    plan: str | None = None
    prompt_tokens: int = 0
    output_tokens: int = 0

    @property
    def text(self) -> str:
        """All that was said as one text."""
        return "\n".join(self.said)


@dataclass(frozen=True, slots=True)
class Host:
    """What all conversations of a server have in common. `confirm`: whose acts wait for the user's yes."""

    scenario: str
    kind: AgentKind
    backend: Backend | None
    warmup_s: float
    confirm: frozenset[str] = frozenset()


@dataclass(slots=True)
class Conversation:
    """A plant and an agent; the plant is made when the first message is taken up.

    Plant time passes as in an episode: by calls, by replies to a question and by what the agent says on its way.
    """

    host: Host
    seed: int
    _door: Door | None = None
    _agent: Agent | None = None
    _seen: int = 0
    _plan: str | None = None
    _calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """Whether a message was taken up."""
        return self._door is not None

    def turn(self, text: str) -> Generator[list[Request], list[Completion], Turn]:
        """Take a message: yield the agent's requests, be sent completions, return what came of it.

        A message after the agent's last word is a new request to a fresh agent. A turn that is closed or fails leaves
        the plant as it is then and forgets the agent, so that the next message is a new request.
        """
        door = self._open()
        self._calls = []
        agent, self._agent = self._agent, None
        if agent is None:
            self._plan = None
            seat = Seat(
                specs=specs(self.host.scenario),
                backend=self.host.backend,
                seed=self.seed,
                listener=self._hear,
                confirm=self.host.confirm,
            )
            agent = self.host.kind.make(seat)
        else:
            door.twin.advance(REPLY_S)
        spent = _spent(agent)
        said: list[str] = []
        expects_reply = False
        observation = self._observe(door, UserMessage(text=text))
        for _ in range(MOST_ACTIONS):
            action = yield from thinking(agent, observation)
            if isinstance(action, ToolCall):
                result = door.call(action)
                self._calls.append(_told(action, result))
                observation = self._observe(door, result)
                continue
            said.append(action.text)
            expects_reply = action.expects_reply and not action.final
            if action.final or expects_reply:
                break
            door.twin.advance(MESSAGE_S)
            observation = self._observe(door)
        else:
            said.append(f"I broke this off: {MOST_ACTIONS} actions brought it to no end.")
        if expects_reply:
            self._agent = agent
        used = [after - before for after, before in zip(_spent(agent), spent, strict=True)]
        return Turn(
            said=tuple(said),
            expects_reply=expects_reply,
            plant_time=iso_time(door.twin.now),
            calls=tuple(self._calls),
            plan=self._plan,
            prompt_tokens=used[0],
            output_tokens=used[1],
        )

    def _open(self) -> Door:
        if self._door is None:
            twin = warmed_up(self.host.scenario, seed=self.seed, warmup_s=self.host.warmup_s)
            self._door = toolbox(self.host.scenario, twin)
            self._seen = len(twin.journal)
        return self._door

    def _observe(self, door: Door, *events: Event) -> Observation:
        fresh = door.twin.journal[self._seen :]
        self._seen = len(door.twin.journal)
        notices = [notice(entry) for entry in fresh if entry.kind in ANNOUNCED]
        return Observation(time=iso_time(door.twin.now), events=(*events, *notices))

    def _hear(self, event: StoryEvent) -> None:
        if event.kind == "plan":
            self._plan = event.text


def _told(call: ToolCall, result: ToolResult) -> dict[str, Any]:
    told: dict[str, Any] = {"name": call.name, "arguments": call.arguments, "ok": result.ok}
    if result.ok:
        told["data"] = result.data
    else:
        told |= {"code": result.code, "message": result.message}
    return told


def _spent(agent: Agent) -> tuple[int, int]:
    """Say how many tokens an agent has read and written so far; zeros when it keeps no account."""
    usage = getattr(agent, "usage", None)
    if not isinstance(usage, Usage):
        return 0, 0
    return sum(spent.prompt_tokens for spent in usage.experts.values()), usage.output_tokens

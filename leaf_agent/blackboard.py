"""What one episode has said and seen so far: the context H of the paper's eq. (1), kept as facts, not as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools_api.messages import ToolResult

_OUTPUTS_SHOWN = 3
_LONGEST_TEXT = 200

USER = "user"
PLANT = "plant"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing learned: when (plant time, ISO 8601), from whom (the user, the plant or a tool), and what."""

    time: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """What a tool step brought back, with the plant time (ISO 8601) at which it was learned, and what it was given."""

    step: int
    time: str
    result: ToolResult
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """Return the output as one line of text: the tool, then its scalar fields or its error."""
        if not self.result.ok:
            return f"{self.result.name} failed: {self.result.code} {_one_line(self.result.message)}"
        return f"{self.result.name}: {scalars(self.result.data)}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of the agent and the user's reply."""

    question: str
    reply: str


def scalars(data: Mapping[str, Any]) -> str:
    """Return the scalar fields of a tool's data as `name=value` pairs; lists are left to code, not to a small model."""
    return " ".join(f"{name}={_plain(value)}" for name, value in data.items() if not isinstance(value, list | dict))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _one_line(str(value))


def _one_line(text: str) -> str:
    # What a tool says stands in a line of a prompt; it must not look like the next one.
    return " ".join(text.split())[:_LONGEST_TEXT]


@dataclass(slots=True)
class Blackboard:
    """The facts of one episode, each with its source and time.

    `outputs` are those of the plan at hand, by step; `calls` are all of the episode in their order.
    """

    facts: list[Fact] = field(default_factory=list)
    calls: list[Output] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    outputs: dict[int, Output] = field(default_factory=dict)
    question: str | None = None
    notifications: list[str] = field(default_factory=list)

    @property
    def request(self) -> str:
        """The user's request, with what was added to it later."""
        return "\n".join(self.requests)

    def note_request(self, time: str, text: str) -> None:
        """Keep the request, or what changes it or is added to it."""
        self.requests.append(text)
        self.question = None
        self.facts.append(Fact(time, USER, text))

    def note_output(self, step: int, time: str, result: ToolResult, arguments: Mapping[str, Any]) -> None:
        """Keep the newest output of a step: a poll's older readings are stale."""
        self.outputs.pop(step, None)
        self.outputs[step] = output = Output(step, time, result, arguments)
        self.calls.append(output)
        self.facts.append(Fact(time, result.name, output.line()))

    def refresh_output(self, step: int, time: str, result: ToolResult, arguments: Mapping[str, Any]) -> None:
        """Put a reading in the place of the older one of its step; one that failed changes nothing."""
        fresh = Output(step, time, result, arguments)
        if result.ok:
            self.outputs[step] = fresh  # keeps its place among the others, which the plan gave it
        self.calls.append(fresh)
        self.facts.append(Fact(time, result.name, fresh.line()))

    def note_reply(self, time: str, reply: str) -> None:
        """Join the user's reply to the question that was open."""
        self.exchanges.append(Exchange(self.question or "", reply))
        self.question = None
        self.facts.append(Fact(time, USER, reply))

    def note_notice(self, time: str, text: str) -> None:
        """Keep what the plant said by itself."""
        self.notifications.append(text)
        self.facts.append(Fact(time, PLANT, text))

    def begin_plan(self) -> None:
        """Count steps anew; what an earlier plan brought stays in `calls`."""
        self.outputs.clear()

    def last_output(self) -> Output | None:
        """Return the newest output that says something; a wait does not."""
        return next(reversed(self._telling()), None)

    def recent_outputs(self) -> list[Output]:
        """Return the outputs worth telling about, oldest first: the plan's own, or where it has none, the earlier."""
        return (self._telling() or [output for output in self.calls if output.result.name != "wait"])[-_OUTPUTS_SHOWN:]

    def said(self) -> Iterator[str]:
        """Go through all that the user said."""
        yield self.request
        yield from (exchange.reply for exchange in self.exchanges)

    def shown(self) -> Iterator[str]:
        """Go through all that the tools brought, refusals included."""
        for output in self.calls:
            yield f"{output.result.message} {output.result.data}"

    def _telling(self) -> list[Output]:
        return [output for output in self.outputs.values() if output.result.name != "wait"]

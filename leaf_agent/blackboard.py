"""What one episode has said and seen so far: the context H of the paper's eq. (1), kept as facts, not as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools_api.messages import ToolResult

_OUTPUTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Output:
    """What a tool step brought back, with the plant time (ISO 8601) at which it was learned."""

    step: int
    time: str
    result: ToolResult

    def line(self) -> str:
        """Return the output as one line of text: the tool, then its scalar fields or its error."""
        if not self.result.ok:
            return f"{self.result.name} failed: {self.result.code} {self.result.message}"
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
    return str(value)


@dataclass(slots=True)
class Blackboard:
    """The facts of one episode, each with its source and time."""

    requests: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    outputs: dict[int, Output] = field(default_factory=dict)
    question: str | None = None
    notifications: list[str] = field(default_factory=list)

    @property
    def request(self) -> str:
        """The user's request, with what was added to it later."""
        return "\n".join(self.requests)

    def note_output(self, step: int, time: str, result: ToolResult) -> None:
        """Keep the newest output of a step: a poll's older readings are stale."""
        self.outputs.pop(step, None)
        self.outputs[step] = Output(step, time, result)

    def note_reply(self, reply: str) -> None:
        """Join the user's reply to the question that was open."""
        self.exchanges.append(Exchange(self.question or "", reply))
        self.question = None

    def last_output(self) -> Output | None:
        """Return the newest output that says something; a wait does not."""
        return next(reversed(self._telling()), None)

    def recent_outputs(self) -> list[Output]:
        """Return the outputs worth telling about, oldest first."""
        return self._telling()[-_OUTPUTS_SHOWN:]

    def texts(self) -> Iterator[str]:
        """Go through all that the user said and the tools brought, refusals included."""
        yield self.request
        yield from (exchange.reply for exchange in self.exchanges)
        for output in self.outputs.values():
            yield f"{output.result.message} {output.result.data}"

    def data_by_step(self) -> dict[int, dict[str, Any]]:
        """Return each step's data, for conditions that name a step."""
        return {step: dict(output.result.data) for step, output in self.outputs.items()}

    def _telling(self) -> list[Output]:
        return [output for output in self.outputs.values() if output.result.name != "wait"]

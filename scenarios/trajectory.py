"""The record of an episode: what the agent did, what came back, when, and what became of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from scenarios.document import Document
from scenarios.goals import Verdict
from scenarios.seeds import Split
from scenarios.stress import StressProfile
from tools_api.messages import AgentMessage, Notification, ToolCall, ToolResult, UserMessage


class Malformed(Document):
    """Something that an agent gave for an action and that is none: its text, and the rule that it broke."""

    kind: Literal["malformed"] = "malformed"
    text: str
    rule: str


Item = Annotated[
    ToolCall | AgentMessage | Malformed | ToolResult | UserMessage | Notification, Field(discriminator="kind")
]


class Entry(Document):
    """One action or event and the plant time, in seconds since the epoch, at which it was done or came.

    `tokens` of thought were charged to the plant's time before an action, where the stress profile says so.
    """

    time_s: float
    item: Item
    tokens: int | None = None


class Trajectory(Document):
    """An episode: the task's instance by its name and seed, the request as made, all actions and events, the verdict.

    Task, seed, request, stress and the actions among the entries fix everything else; `scenarios.rollout.replay`
    proves it. `stress` is None where nothing stressed the episode.
    """

    format: Literal[1] = 1
    scenario: str
    task: str
    split: Split
    seed: int
    request: str
    stress: StressProfile | None = None
    entries: tuple[Entry, ...] = ()
    truncated: bool = False
    verdict: Verdict | None = None

    def actions(self) -> Iterator[ToolCall | AgentMessage | Malformed]:
        """Give what the agent did, in order."""
        for entry in self.entries:
            if isinstance(entry.item, ToolCall | AgentMessage | Malformed):
                yield entry.item


def calls(entries: Iterable[Entry]) -> list[tuple[ToolCall, ToolResult]]:
    """Give every tool call with its result; a call without one is left out."""
    pairs: list[tuple[ToolCall, ToolResult]] = []
    pending: ToolCall | None = None
    for entry in entries:
        if isinstance(entry.item, ToolCall | Malformed):
            pending = entry.item if isinstance(entry.item, ToolCall) else None
        elif isinstance(entry.item, ToolResult) and pending is not None:
            pairs.append((pending, entry.item))
            pending = None
    return pairs


def last_words(entries: Iterable[Entry]) -> str:
    """Give what the agent told the user since the user last spoke, one message a line."""
    words: list[str] = []
    for entry in entries:
        if isinstance(entry.item, UserMessage):
            words.clear()
        elif isinstance(entry.item, AgentMessage):
            words.append(entry.item.text)
    return "\n".join(words)


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> int:
    """Write one JSON line per trajectory and return how many; the file appears whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    count = 0
    try:
        with beside.open("w", encoding="utf-8") as file:
            for trajectory in trajectories:
                file.write(trajectory.model_dump_json() + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count


def read_trajectories(path: Path) -> Iterator[Trajectory]:
    """Read a file of trajectories line by line. Raises `pydantic.ValidationError` for a line that is none."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield Trajectory.model_validate_json(line)

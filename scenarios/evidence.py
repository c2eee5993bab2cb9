"""All that a verdict rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from scenarios.aftermath import Aftermath
from scenarios.questions import Question
from scenarios.readings import Reading, readings_of
from scenarios.reporting import Report
from scenarios.task import TaskInstance
from scenarios.trajectory import Entry, calls, last_words
from tools_api.door import Door
from tools_api.messages import ToolCall, ToolResult, UserMessage
from twin.core import Twin
from twin.journal import JournalEntry


class Evidence:
    """All that a verdict rests on, gathered while the episode ran.

    `box` is the plant at the end, without anything between; `origin` the plant as it was at the request, a fork that
    nobody has acted on; `journal` what happened since; `questions` what the user was asked, as the user understood it;
    `stress` what stress did to the episode.
    """

    def __init__(
        self,
        instance: TaskInstance,
        entries: Sequence[Entry],
        box: Door,
        origin: Twin,
        journal: Sequence[JournalEntry],
        questions: Sequence[tuple[str, Question]],
        stress: Aftermath | None = None,
    ) -> None:
        self.instance = instance
        self.entries = entries
        self.box = box
        self.origin = origin
        self.journal = journal
        self.questions = questions
        self.stress = stress

    @cached_property
    def calls(self) -> list[tuple[ToolCall, ToolResult]]:
        """Every tool call with its result; an act's is the plant's own, though stress may have lost it."""
        return calls(self.entries) if self.stress is None else self.stress.calls

    @cached_property
    def readings(self) -> list[Reading]:
        """Everything that the agent read."""
        return readings_of(self.calls, self.box.specs)

    @cached_property
    def changed_s(self) -> float:
        """When the user changed their mind, in seconds since the epoch; infinite if never."""
        change = self.instance.change
        said = (
            e.time_s for e in self.entries if isinstance(e.item, UserMessage) and change and e.item.text == change.text
        )
        return next(said, math.inf)

    @cached_property
    def report(self) -> Report:
        """What the agent told the user in the end."""
        heard = [entry.item.text for entry in self.entries if isinstance(entry.item, UserMessage)]
        return Report(last_words(self.entries), heard, self.readings, self.box.specs, self.look)

    @cached_property
    def idle(self) -> Door:
        """The plant of the same seed and time to which nobody did anything."""
        twin = self.origin.fork()
        twin.advance(max(0.0, self.box.twin.now - twin.now))
        return self.box.onto(twin)

    @cached_property
    def sound(self) -> Evidence | None:
        """The same with the sensors mended that stress had struck, if it had."""
        stress = self.stress
        if stress is None or not stress.lies(self.origin):
            return None
        box = self.box.onto(stress.mended(self.box.twin))
        other = Evidence(self.instance, self.entries, box, self.origin, self.journal, self.questions, stress)
        other.__dict__["idle"] = self.box.onto(stress.mended(self.idle.twin))
        return other

    def excused(self, entry: JournalEntry) -> bool:
        """Whether stress alone brought an event about."""
        return self.stress is not None and self.stress.caused(entry, self.origin)

    def look(self, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Read the plant as it is; None when the tool says no."""
        return peek(self.box, tool, arguments)


def peek(box: Door, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Read through a door without cost; None when the tool says no."""
    result = box.peek(ToolCall(name=tool, arguments=dict(arguments)))
    return result.data if result.ok else None

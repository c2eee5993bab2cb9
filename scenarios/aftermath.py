"""What stress left behind in an episode that a verdict must look past: lost answers, wrong replies, hidden faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools_api.messages import ToolCall, ToolResult
from twin.core import Twin
from twin.faults import FaultPlan
from twin.journal import JournalEntry

NOT_ANSWERED = ("unavailable", "timeout")
"""Codes of a call whose answer did not come."""

SENSOR_FAULTS = ("sensor_drift", "sensor_stuck")
SAMPLE_S = 60.0
"""After so long every sensor of every plant has been sampled anew."""


@dataclass(slots=True)
class Aftermath:
    """An episode under stress, as it was meant.

    `calls` are the calls that came through, with their answers as read: neither those that never reached the plant nor
    looks whose answer was lost, but also acts whose answer was lost, with the plant's own answer. `made` are all calls
    as the agent saw them; `stressed` the places among these whose answer was not the plant's or did not come, `lost`
    of the latter. `misled` holds the wrong values that the user told, by slot. `calm` is the plant at the request
    without the stress's faults; `own_faults` are how many the task itself has.
    """

    calm: Twin
    own_faults: int = 0
    calls: list[tuple[ToolCall, ToolResult]] = field(default_factory=list)
    made: list[tuple[ToolCall, ToolResult]] = field(default_factory=list)
    stressed: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    misled: Mapping[str, list[Any]] = field(default_factory=dict)

    def note(self, call: ToolCall, seen: ToolResult, true: ToolResult | None, *, acts: bool) -> None:
        """Note a call: what the agent saw of it, and what the plant answered, None if the call did not reach it."""
        missing = seen.code in NOT_ANSWERED
        if missing:
            self.lost.append(len(self.made))
        if missing or true != seen:
            self.stressed.append(len(self.made))
        self.made.append((call, seen))
        if not missing:
            self.calls.append((call, seen))
        elif acts and true is not None:
            self.calls.append((call, true))

    def caused(self, entry: JournalEntry, origin: Twin) -> bool:
        """Whether stress alone brings an event about: it comes when nobody acts, and does not in the calm plant.

        `origin` is the plant at the request, stressed.
        """
        stressed, calm = (signs(idled(plant, entry.time_s)) for plant in (origin, self.calm))
        return sign(entry) in stressed - calm

    def lies(self, twin: Twin) -> bool:
        """Whether stress struck sensors of a plant."""
        return any(fault.kind in SENSOR_FAULTS for fault in twin.faults.faults[self.own_faults :])

    def mended(self, twin: Twin) -> Twin:
        """Fork a plant, mend the sensors that stress struck, and let all sensors be sampled once."""
        faults = list(twin.faults.faults)
        for place, fault in enumerate(faults):
            if place >= self.own_faults and fault.kind in SENSOR_FAULTS:
                # A fault that ends a moment from now was no other until now; one to come will not have been.
                duration_s = max(0.0, twin.now - fault.start_s) + 0.001
                faults[place] = fault.model_copy(update={"duration_s": duration_s})
        other = twin.fork_with(FaultPlan(faults=tuple(faults)))
        other.advance(SAMPLE_S)
        return other


def sign(entry: JournalEntry) -> tuple[str, str]:
    """Say what an entry is about, so that the same event in two runs is the same: ids of alarms differ between them."""
    if entry.kind.startswith("alarm") and "place" in entry.data:
        return entry.kind, f"{entry.data['place']}/{entry.data.get('cause')}"
    return entry.kind, entry.subject


def signs(entries: Iterable[JournalEntry]) -> frozenset[tuple[str, str]]:
    """Give the signs of all entries."""
    return frozenset(sign(entry) for entry in entries)


def idled(origin: Twin, until_s: float) -> list[JournalEntry]:
    """Give what happens in a plant until a time when nobody does anything."""
    twin = origin.fork()
    begun = len(twin.journal)
    twin.advance(max(0.0, until_s - twin.now))
    return twin.journal[begun:]

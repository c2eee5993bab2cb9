"""One plant that many clients share: what they want is done one after another, and no one waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from tools_api.arguments import clip
from tools_api.door import Door
from tools_api.messages import Notification, ToolCall, ToolResult
from tools_api.toolbox import one_line
from twin.clock import iso_time
from twin.core import Twin
from twin.journal import JournalEntry
from twin.variables import Variable

CALL_LIMIT_S = 10.0
"""Wall seconds that a client waits for its turn and its answer together. An hour of plant time takes far less."""

MOST_WAITING = 64
"""Calls that may wait for their turn; the next one is told so at once."""

ANNOUNCED = ("alarm_raised", "alert")
"""Kinds of journal entries that a plant tells by itself."""

T = TypeVar("T")


class PlantBusy(Exception):  # noqa: N818 - a state of the plant, not an error of the program
    """It was not done, or its answer comes too late: `begun` tells the two apart."""

    def __init__(self, message: str, *, begun: bool) -> None:
        super().__init__(message)
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Answer:
    """A tool's result, the plant time (ISO 8601) after it, and what the plant announced while it ran."""

    time: str
    result: ToolResult
    events: tuple[Notification, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All measured values by variable name at one moment, in plant seconds."""

    now: float
    values: dict[str, float]


class SharedPlant:
    """A door that coroutines may use at the same time.

    A twin is not thread-safe. All that touches it runs on one worker thread in the order in which it was asked for,
    so the event loop stays free to answer others. Nothing else may use the twin meanwhile.
    """

    def __init__(self, door: Door, *, call_limit_s: float = CALL_LIMIT_S, most_waiting: int = MOST_WAITING) -> None:
        self._door = door
        self._limit_s = call_limit_s
        self._most_waiting = most_waiting
        self._waiting = 0
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plant")
        self.scenario = door.twin.scenario
        self.seed = door.twin.seed
        self.specs = door.specs
        self.variables: dict[str, Variable] = dict(door.twin.variables)

    async def call(self, name: str, arguments: dict[str, object]) -> Answer:
        """Use a tool. Whatever is wrong is a result with a code, also that the plant was too busy."""
        try:
            call = ToolCall.model_validate({"name": name, "arguments": arguments})
        except (ValidationError, RecursionError):
            message = "the arguments are no plain JSON object; give the tool's arguments by name"
            result = ToolResult(name=clip(name), ok=False, code="bad_arguments", message=message)
            return Answer(await self.time(), result)
        try:
            return await self._in_turn(lambda twin: _call(self._door, twin, call), call.name)
        except PlantBusy as busy:
            code = "timeout" if busy.begun else "unavailable"
            return Answer("", ToolResult(name=clip(call.name), ok=False, code=code, message=str(busy)))

    async def time(self) -> str:
        """Give the plant time, ISO 8601; empty while the plant is too busy to tell."""
        try:
            return await self._in_turn(lambda twin: iso_time(twin.now), "a look at the clock")
        except PlantBusy:
            return ""

    async def read(self) -> Reading:
        """Read all variables. Raises `PlantBusy`."""
        return await self._in_turn(_read, "a reading")

    async def step(self, seconds: float) -> Reading:
        """Let plant time pass, then read all variables. Raises `PlantBusy`."""

        def work(twin: Twin) -> Reading:
            twin.advance(seconds)
            return _read(twin)

        return await self._in_turn(work, f"a step of {seconds:g} s")

    async def write(self, name: str, value: float) -> None:
        """Set a variable. Raises `TwinError` as the twin does, and `PlantBusy`."""
        await self._in_turn(lambda twin: twin.write(name, value), f"a write to {name}")

    def close(self) -> None:
        """Take no more calls; one under way ends by itself."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _in_turn(self, work: Callable[[Twin], T], what: str) -> T:
        if self._waiting >= self._most_waiting:
            raise PlantBusy(
                f"{clip(what)} was not done: {self._waiting} calls wait already; try again later", begun=False
            )
        self._waiting += 1
        done = self._worker.submit(work, self._door.twin)
        try:
            # Not wait_for: before Python 3.12 it forgets a cancellation that comes together with the answer.
            async with asyncio.timeout(self._limit_s):
                return await asyncio.wrap_future(done)
        except TimeoutError:
            # Who wins the race is decided here: work that can still be cancelled has not touched the plant.
            if done.cancel():
                raise PlantBusy(
                    f"{clip(what)} was not done within {self._limit_s:g} s: others were first; try again", begun=False
                ) from None
            raise PlantBusy(
                f"{clip(what)} took longer than {self._limit_s:g} s; it goes on, so look before you do it again",
                begun=True,
            ) from None
        finally:
            self._waiting -= 1


def _call(door: Door, twin: Twin, call: ToolCall) -> Answer:
    position = len(twin.journal)
    result = door.call(call)
    fresh = twin.journal[position:]
    events = tuple(notice(entry) for entry in fresh if entry.kind in ANNOUNCED)
    return Answer(iso_time(twin.now), result, events)


def _read(twin: Twin) -> Reading:
    return Reading(twin.now, twin.read_all())


def notice(entry: JournalEntry) -> Notification:
    """Put an alarm or a fired alert rule into words."""
    if entry.kind == "alert":
        text = f"alert {entry.subject}: {one_line(entry.data)}"
    else:
        told = entry.data.get("text") or one_line(entry.data)
        text = f"{entry.data.get('severity', 'an')} alarm {entry.subject}: {told}"
    return Notification(subject=entry.subject, text=text)

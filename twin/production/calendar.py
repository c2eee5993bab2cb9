"""When people work: the open hours of a week, and how plant time runs through them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from twin.clock import EPOCH

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
EPOCH_MS = EPOCH.weekday() * DAY_MS + (EPOCH.hour * 60 + EPOCH.minute) * 60_000
"""How far into its week second 0 of a plant lies."""


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)


def _told_as_text(value: object) -> object:
    # YAML reads a bare 14:00 as the number 840, which would pass for 840 seconds after midnight.
    if isinstance(value, (int, float)):
        raise ValueError(f"{value} is no time of day; write it in quotes, such as '14:00'")
    return value


TimeOfDay = Annotated[time, BeforeValidator(_told_as_text)]
"""Local time of the plant, to the minute."""


class BreakConfig(BaseModel):
    """A pause of a shift, told by the time of day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: TimeOfDay
    minutes: Annotated[float, Field(gt=0)]


class ShiftConfig(BaseModel):
    """People at work from `start` to `end` on some days; an end that is not after the start is on the next day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    start: TimeOfDay
    end: TimeOfDay
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    breaks: tuple[BreakConfig, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working hours of every week, as spans from one edge to the next, from Monday midnight in ms.

    `worked_ms[i]` is the working time of a week before `starts[i]`. `shifts` holds (start, end, name) of each shift,
    breaks included.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    worked_ms: tuple[int, ...]
    week_ms: int
    shifts: tuple[tuple[int, int, str], ...]

    @property
    def always(self) -> bool:
        """Whether work never stops."""
        return self.week_ms == WEEK_MS

    def is_open(self, now_ms: int) -> bool:
        """Whether people work now."""
        at = (now_ms + EPOCH_MS) % WEEK_MS
        span = bisect_right(self.starts, at) - 1
        return span >= 0 and at < self.ends[span]

    def shift(self, now_ms: int) -> str:
        """Name the shift of now, or "none"; the first of those that overlap."""
        at = (now_ms + EPOCH_MS) % WEEK_MS
        for start, end, name in self.shifts:
            if start <= at < end or start <= at + WEEK_MS < end:
                return name
        return "none"

    def next_change_ms(self, now_ms: int) -> int | None:
        """Return when work next stops or begins after now; None when it never does."""
        if self.always:
            return None
        at = (now_ms + EPOCH_MS) % WEEK_MS
        edges = sorted({*self.starts, *self.ends})
        # A span may reach over the end of the week: midnight between Sunday and Monday is then no change.
        if self.starts[0] == 0 and self.ends[-1] == WEEK_MS:
            edges = edges[1:-1]
        return now_ms + min((edge - at - 1) % WEEK_MS + 1 for edge in edges)

    def worked_until(self, now_ms: int) -> int:
        """Return the working time from Monday midnight before second 0 until now."""
        if self.always:
            return now_ms + EPOCH_MS
        weeks, at = divmod(now_ms + EPOCH_MS, WEEK_MS)
        span = bisect_right(self.starts, at) - 1
        inside = self.worked_ms[span] + min(at, self.ends[span]) - self.starts[span] if span >= 0 else 0
        return weeks * self.week_ms + inside

    def after(self, now_ms: int, work_ms: int) -> int:
        """Return when `work_ms` of working time from now will have passed; 0 is now."""
        if self.always or work_ms <= 0:
            return now_ms + work_ms
        weeks, inside = divmod(self.worked_until(now_ms) + work_ms, self.week_ms)
        if inside == 0:
            weeks, inside = weeks - 1, self.week_ms
        span = next(i for i in range(len(self.starts) - 1, -1, -1) if self.worked_ms[i] < inside)
        return weeks * WEEK_MS + self.starts[span] + inside - self.worked_ms[span] - EPOCH_MS


def draw_up(shifts: tuple[ShiftConfig, ...]) -> Calendar:
    """Work out the calendar of some shifts. Raises `ValueError` for a break outside its shift, or if nobody works."""
    named: list[tuple[int, int, str]] = []
    spans: list[tuple[int, int]] = []
    for shift in shifts:
        for day in shift.days:
            begin = start = DAYS.index(day) * DAY_MS + _of_day(shift.start)
            end = begin + _until(shift.start, shift.end)
            named.append((begin, end, shift.name))
            for pause in sorted(shift.breaks, key=lambda each: _since(shift, each)):
                stop = begin + _since(shift, pause)
                again = stop + round(pause.minutes * 60_000)
                if again > end:
                    raise ValueError(f"break at {pause.start:%H:%M} is outside shift {shift.name!r}; move it inside")
                spans.append((start, stop))
                start = max(start, again)
            spans.append((start, end))
    starts, ends = _united(spans)
    if not starts:
        raise ValueError("no shift leaves time to work; lengthen one or shorten its breaks")
    worked = [0]
    for start, end in zip(starts, ends, strict=True):
        worked.append(worked[-1] + end - start)
    return Calendar(tuple(starts), tuple(ends), tuple(worked[:-1]), worked[-1], tuple(sorted(named)))


def _of_day(at: time) -> int:
    return (at.hour * 60 + at.minute) * 60_000


def _until(start: time, end: time) -> int:
    return (_of_day(end) - _of_day(start) - 1) % DAY_MS + 1


def _since(shift: ShiftConfig, pause: BreakConfig) -> int:
    return (_of_day(pause.start) - _of_day(shift.start)) % DAY_MS


def _united(spans: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Unite spans within one week; what reaches over its end goes on at its beginning."""
    week = [(start, min(end, WEEK_MS)) for start, end in spans] + [(0, end - WEEK_MS) for _, end in spans]
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(span for span in week if span[0] < span[1]):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends

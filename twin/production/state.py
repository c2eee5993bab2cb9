"""Everything that changes in a production plant. Plain values only: a copy of this is a copy of the plant.

Times are plant milliseconds. A station or line that can be running, waiting or failed says so here, so that its
process can be entered anew from these fields alone.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from twin.production.totals import Totals

LINE_STATES = ("running", "down", "setup", "stopped")
NEVER_MS = 10**15
"""Operating time that no station reaches."""


class Part(NamedTuple):
    """A part on the line. `order` is the order's number, 0 for stock; `defect` is empty while it is good."""

    order: int
    product: str
    entered_ms: int
    defect: str = ""
    reworked: bool = False


@dataclass(slots=True)
class StationState:
    """One station. It is running while `run_ms` (when the run began) is set; a part with `left_ms` 0 waits to leave.

    `due_ms` ends the run (the part is finished, or operating time until failure is used up) or the repair.
    `cycles` and `failures` count draws. `wear_pct` and `temperature_c` are hidden truth.
    """

    name: str
    due_ms: int | None = None
    part: Part | None = None
    left_ms: int = 0
    run_ms: int | None = None
    run_kw: float = 0.0
    failed: bool = False
    failed_ms: int = 0
    to_failure_ms: int = NEVER_MS
    cycles: int = 0
    failures: int = 0
    busy_ms: int = 0
    repair_ms: int = 0
    energy_kw_ms: float = 0.0
    parts_done: int = 0
    wear_pct: float = 0.0
    temperature_c: float = 22.0
    sampled_busy_ms: int = 0
    ran_ms: int = -1
    alarms: dict[str, int] = field(default_factory=dict)

    def copy(self) -> StationState:
        """Return an independent copy."""
        other = copy(self)
        other.alarms = dict(self.alarms)
        return other


@dataclass(slots=True)
class Setup:
    """A line's changeover: `due_ms` while it goes on, `left_ms` while it is interrupted by a stop."""

    due_ms: int | None = None
    left_ms: int = 0


@dataclass(slots=True)
class Arrivals:
    """Orders from outside: when the next may come, and how many draws were made."""

    due_ms: int | None = None
    count: int = 0


@dataclass(slots=True)
class LineState:
    """One line. `on` is what was ordered (run or stand); `state` is what the line does, kept up to date.

    `active` is the number of the order being made, 0 for none. `buffers[i]` lies behind station i. `rack` holds
    unfinished parts that a changeover took off the line: they go in again before new material.
    """

    number: int
    speed_per_h: float
    product: str
    stations: list[StationState]
    buffers: list[deque[Part]]
    on: bool = True
    state: str = "running"
    since_ms: int = 0
    active: int = 0
    stock_left: int = 0
    setup: Setup = field(default_factory=Setup)
    arrivals: Arrivals = field(default_factory=Arrivals)
    rack: dict[str, int] = field(default_factory=dict)
    time_ms: dict[str, int] = field(default_factory=dict)
    defects: dict[str, int] = field(default_factory=dict)
    parts_in: int = 0
    good: int = 0
    scrap: int = 0
    rework: int = 0
    inspected: int = 0
    first_pass: int = 0
    planned_ms: int = 0
    flow_ms: int = 0
    good_ms: deque[int] = field(default_factory=deque)
    marks: deque[Totals] = field(default_factory=deque)

    def copy(self) -> LineState:
        """Return an independent copy."""
        other = copy(self)
        other.stations = [station.copy() for station in self.stations]
        other.buffers = [buffer.copy() for buffer in self.buffers]
        other.setup = copy(self.setup)
        other.arrivals = copy(self.arrivals)
        other.rack = dict(self.rack)
        other.time_ms = dict(self.time_ms)
        other.defects = dict(self.defects)
        other.good_ms = self.good_ms.copy()
        other.marks = self.marks.copy()
        return other

    @property
    def moving(self) -> bool:
        """Whether parts may be worked on and move."""
        return self.on and self.setup.due_ms is None

    @property
    def wip(self) -> int:
        """Parts on the line, in stations and buffers."""
        return sum(station.part is not None for station in self.stations) + sum(map(len, self.buffers))


@dataclass(slots=True)
class Order:
    """An order. `state` is queued, active, done or cancelled; `held` covers it. `in_process` parts are on the line."""

    number: int
    line: int
    product: str
    quantity: int
    priority: str
    due_ms: int
    created_ms: int
    state: str = "queued"
    held: bool = False
    done: int = 0
    in_process: int = 0
    done_ms: int | None = None
    alarm: int = 0

    @property
    def name(self) -> str:
        """Its id, such as O-101."""
        return f"O-{self.number}"

    @property
    def shown_state(self) -> str:
        """Its state as people see it."""
        return "held" if self.held else self.state


@dataclass(slots=True)
class Alarm:
    """An alarm. `station` is "none" for one of the whole line. It is listed while active or unacknowledged."""

    number: int
    line: int
    station: str
    severity: str
    cause: str
    text: str
    raised_ms: int
    active: bool = True
    acknowledged: bool = False

    @property
    def name(self) -> str:
        """Its id, such as A-3."""
        return f"A-{self.number}"


@dataclass(slots=True)
class AlertRule:
    """Tell when `quantity` of a line rises above `above`; `firing` while it is above."""

    number: int
    line: int
    quantity: str
    above: float
    firing: bool = False


@dataclass(slots=True)
class Sampler:
    """The minute tick. `samples` holds what all sensors said, minute by minute, oldest first."""

    due_ms: int | None = 0
    samples: deque[tuple[float, ...]] = field(default_factory=deque)


@dataclass(slots=True)
class FaultClock:
    """When the next planned fault begins."""

    due_ms: int | None = None


@dataclass(slots=True)
class PlantState:
    """The whole plant."""

    lines: list[LineState]
    now_ms: int = 0
    orders: dict[int, Order] = field(default_factory=dict)
    next_order: int = 101
    alarms: dict[int, Alarm] = field(default_factory=dict)
    next_alarm: int = 1
    rules: list[AlertRule] = field(default_factory=list)
    sampler: Sampler = field(default_factory=Sampler)
    faults: FaultClock = field(default_factory=FaultClock)

    def copy(self) -> PlantState:
        """Return an independent copy; what never changes (parts, samples, totals) is shared."""
        return PlantState(
            lines=[line.copy() for line in self.lines],
            now_ms=self.now_ms,
            orders={number: copy(order) for number, order in self.orders.items()},
            next_order=self.next_order,
            alarms={number: copy(alarm) for number, alarm in self.alarms.items()},
            next_alarm=self.next_alarm,
            rules=[copy(rule) for rule in self.rules],
            sampler=Sampler(self.sampler.due_ms, self.sampler.samples.copy()),
            faults=copy(self.faults),
        )

"""Everything that changes in a production plant. Plain values only: a copy of this is a copy of the plant.

Times are plant milliseconds. A station or line that can be running, waiting or failed says so here, so that its
process can be entered anew from these fields alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from twin.alarm_book import AlarmBook
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
    `available` is said from outside. While it is `out` (failed or not available) it neither works nor takes nor gives;
    `out_ms` sums that time up to `out_since_ms`, or up to now while it is not out. `cycles` and `failures` count
    draws. `wear_pct` and `temperature_c` are hidden truth; `standing` lists the causes of its active alarms.
    """

    name: str
    due_ms: int | None = None
    part: Part | None = None
    left_ms: int = 0
    run_ms: int | None = None
    run_kw: float = 0.0
    failed: bool = False
    failed_ms: int = 0
    available: bool = True
    out: bool = False
    out_since_ms: int = 0
    out_ms: int = 0
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
    standing: list[str] = field(default_factory=list)

    def busy_until(self, now_ms: int) -> int:
        """Return how long it has worked, the present run included."""
        return self.busy_ms if self.run_ms is None else self.busy_ms + now_ms - self.run_ms

    def out_until(self, now_ms: int) -> int:
        """Return how long it has been out, the present time included."""
        return self.out_ms + now_ms - self.out_since_ms if self.out else self.out_ms

    def copy(self) -> StationState:
        """Return an independent copy."""
        other = copy(self)
        other.standing = self.standing.copy()
        return other


@dataclass(slots=True)
class Setup:
    """A line's changeover: `due_ms` while it goes on, `left_ms` while it stands; after a stop it waits for a start."""

    due_ms: int | None = None
    left_ms: int = 0
    waits_for_start: bool = False


@dataclass(slots=True)
class Arrivals:
    """Orders from outside: when the next may come, and how many draws were made."""

    due_ms: int | None = None
    count: int = 0


@dataclass(slots=True)
class LineState:
    """One line. `due_ms` is when something next happens on it, the nearest of all its times.

    `on` is what was ordered (run or stand); `state` is what the line does, kept up to date. `active` is the number of
    the order being made, 0 for none. `buffers[i]` lies behind station i. `rack` holds unfinished parts that a
    changeover took off the line: they go in again before new material. `powered` is said from outside, `manned` by the
    calendar; `dark_ms` sums the time without power up to `dark_since_ms`, or up to now while there is power. `flow_ms`
    sums the stay of the parts that left the line, `racked_ms` of those put on the rack.
    """

    number: int
    speed_per_h: float
    product: str
    stations: list[StationState]
    buffers: list[deque[Part]]
    due_ms: int | None = 0
    on: bool = True
    powered: bool = True
    manned: bool = True
    dark_since_ms: int = 0
    dark_ms: int = 0
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
    racked_ms: int = 0
    orders_done: int = 0
    orders_on_time: int = 0
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
    def served(self) -> bool:
        """Whether it has all that it needs: power and people."""
        return self.powered and self.manned

    @property
    def enabled(self) -> bool:
        """Whether it is on and has all that it needs."""
        return self.on and self.powered and self.manned

    @property
    def moving(self) -> bool:
        """Whether parts may be worked on and move."""
        return self.on and self.powered and self.manned and self.setup.due_ms is None

    def parts(self) -> Iterator[Part]:
        """Go through the parts on the line, in stations and buffers."""
        for station in self.stations:
            if station.part is not None:
                yield station.part
        for buffer in self.buffers:
            yield from buffer

    @property
    def wip(self) -> int:
        """Parts on the line, in stations and buffers."""
        return sum(station.part is not None for station in self.stations) + sum(map(len, self.buffers))


@dataclass(slots=True)
class Order:
    """An order. `state` is queued, active, done or cancelled; `held` covers it. `in_process` parts are on the line.

    `name` is its id, such as O-101: kept, because lists of orders ask for it most.
    """

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
    told_late: bool = False
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"O-{self.number}"

    @property
    def shown_state(self) -> str:
        """Its state as people see it."""
        return "held" if self.held else self.state


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
class ShiftClock:
    """When people next come or go."""

    due_ms: int | None = None


@dataclass(slots=True)
class PlantState:
    """The whole plant."""

    lines: list[LineState]
    now_ms: int = 0
    orders: dict[int, Order] = field(default_factory=dict)
    next_order: int = 101
    alarms: AlarmBook = field(default_factory=AlarmBook)
    sampler: Sampler = field(default_factory=Sampler)
    faults: FaultClock = field(default_factory=FaultClock)
    shifts: ShiftClock = field(default_factory=ShiftClock)

    def copy(self) -> PlantState:
        """Return an independent copy; what never changes (parts, samples, totals) is shared."""
        return PlantState(
            lines=[line.copy() for line in self.lines],
            now_ms=self.now_ms,
            orders={number: copy(order) for number, order in self.orders.items()},
            next_order=self.next_order,
            alarms=self.alarms.copy(),
            sampler=Sampler(self.sampler.due_ms, self.sampler.samples.copy()),
            faults=copy(self.faults),
            shifts=copy(self.shifts),
        )

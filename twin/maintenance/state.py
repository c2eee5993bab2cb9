"""Everything that changes in a maintenance plant. Plain values only: a copy of this is a copy of the plant.

Times are plant milliseconds. Whatever has a next time says so in `due_ms`, so that its process can be entered anew
from these fields alone.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from twin.alarm_book import AlarmBook

ASSET_STATES = ("running", "standby", "stopped", "isolated", "failed")
OPEN_STATES = ("draft", "approved", "scheduled", "in_progress", "completed")
ORDER_STATES = (*OPEN_STATES, "closed", "cancelled")


class Past(NamedTuple):
    """A line of an asset's failure history: when it was closed, what was found, what was done."""

    time_ms: int
    cause: str
    task: str
    downtime_ms: int


@dataclass(slots=True)
class AssetState:
    """One machine. `wear` and `damage` go by failure mode and are hidden truth; `said` is what its sensors say.

    `damage` is the greater of natural `wear` and what planned faults do; a fault that began before the last repair of
    its mode (`repaired_ms`) does nothing any more. `on` tells which of two partners is to run. `due_ms` is a sudden
    failure. `wear_ms` is operating time, weighted by duty, not yet turned into wear. `duty_pct` is set from outside,
    -1 lets the asset's own profile hold.
    """

    name: str
    wear: list[float]
    damage: list[float]
    repaired_ms: list[int]
    due_ms: int | None = None
    state: str = "stopped"
    since_ms: int = 0
    booked_ms: int = 0
    on: bool = True
    isolated: bool = False
    failed: bool = False
    down_ms: int | None = None
    duty_pct: float = -1.0
    temperature_c: float = 22.0
    wear_ms: float = 0.0
    run_ms: int = 0
    lost_ms: int = 0
    failures: int = 0
    policy: str = "run_to_failure"
    interval_h: float = 0.0
    service_ms: int = 0
    steps: int = 0
    shocks: int = 0
    works: int = 0
    tests: dict[str, int] = field(default_factory=dict)
    said: tuple[float, ...] = ()
    standing: list[str] = field(default_factory=list)
    history: list[Past] = field(default_factory=list)

    def copy(self) -> AssetState:
        """Return an independent copy."""
        other = copy(self)
        other.wear = self.wear.copy()
        other.damage = self.damage.copy()
        other.repaired_ms = self.repaired_ms.copy()
        other.tests = self.tests.copy()
        other.standing = self.standing.copy()
        other.history = self.history.copy()
        return other


@dataclass(slots=True)
class WorkOrder:
    """A work order. `due_ms` ends the work while it goes on, `left_ms` is what is left while it is interrupted.

    `found` is the failure mode that the work came upon: hidden until the order is closed. `before` is what the sensors
    said when the order was written.
    """

    number: int
    asset: str
    task: str
    priority: str
    created_ms: int
    state: str = "draft"
    technician: str = ""
    reserved: int = 0
    due_ms: int | None = None
    left_ms: int = 0
    started_ms: int | None = None
    done_ms: int | None = None
    downtime_ms: int = 0
    found: str = ""
    before: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """Its id, such as WO-1001."""
        return f"WO-{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether something is left to do for it."""
        return self.state in OPEN_STATES


@dataclass(slots=True)
class Workshop:
    """All work orders by number. `due_ms` is the end of the work that ends first."""

    orders: dict[int, WorkOrder] = field(default_factory=dict)
    next_number: int = 1001
    due_ms: int | None = None

    def look_ahead(self) -> None:
        """Find out when the next work ends."""
        times = [order.due_ms for order in self.orders.values() if order.due_ms is not None]
        self.due_ms = min(times, default=None)

    def copy(self) -> Workshop:
        """Return an independent copy."""
        orders = {number: copy(order) for number, order in self.orders.items()}
        return Workshop(orders, self.next_number, self.due_ms)


class Purchase(NamedTuple):
    """Parts under way."""

    number: int
    part: str
    quantity: int
    arrives_ms: int


@dataclass(slots=True)
class Store:
    """Spare parts. `stock` and `reserved` go by part; `bought`, `used` and `spent_eur` are sums since second 0."""

    stock: dict[str, int]
    reserved: dict[str, int]
    purchases: list[Purchase] = field(default_factory=list)
    next_number: int = 1
    bought: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    spent_eur: float = 0.0
    due_ms: int | None = None

    def look_ahead(self) -> None:
        """Find out when the next delivery comes."""
        self.due_ms = min((purchase.arrives_ms for purchase in self.purchases), default=None)

    def copy(self) -> Store:
        """Return an independent copy."""
        other = copy(self)
        other.stock = self.stock.copy()
        other.reserved = self.reserved.copy()
        other.purchases = self.purchases.copy()
        other.bought = self.bought.copy()
        other.used = self.used.copy()
        return other


@dataclass(slots=True)
class Calendar:
    """The next change of shifts, which is also when the planner and the crew make their rounds."""

    due_ms: int | None = 0


@dataclass(slots=True)
class Sampler:
    """The tick. `rows` holds what all sensors said at every fifth tick, oldest first."""

    due_ms: int | None = 0
    rows: deque[tuple[tuple[float, ...], ...]] = field(default_factory=deque)


@dataclass(slots=True)
class PlantState:
    """The whole plant. `assets` go by name, in the order of the config."""

    assets: dict[str, AssetState]
    store: Store
    now_ms: int = 0
    workshop: Workshop = field(default_factory=Workshop)
    alarms: AlarmBook = field(default_factory=AlarmBook)
    calendar: Calendar = field(default_factory=Calendar)
    sampler: Sampler = field(default_factory=Sampler)

    def copy(self) -> PlantState:
        """Return an independent copy; what never changes (samples, purchases, history) is shared."""
        return PlantState(
            assets={name: asset.copy() for name, asset in self.assets.items()},
            store=self.store.copy(),
            now_ms=self.now_ms,
            workshop=self.workshop.copy(),
            alarms=self.alarms.copy(),
            calendar=copy(self.calendar),
            sampler=Sampler(self.sampler.due_ms, self.sampler.rows.copy()),
        )

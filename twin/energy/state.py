"""Everything that changes in a microgrid. Plain values only: a copy of this is a copy of the plant.

Times are plant milliseconds, powers kW, energies kWh. Between two events all powers stay as they are, so energies are
sums of power times time.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from twin.alarm_book import AlarmBook
from twin.energy.network import Flow

NO_FLOW = Flow((), (), (), 0.0, 0.0)
OWN_PROFILE = -1.0
"""Outside demand that stands for the load's own profile."""


@dataclass(slots=True)
class LoadState:
    """One load. `demand_kw` is what it would take, `power_kw` what it takes.

    `shed` was ordered, `dropped` is the plant's own doing when an island cannot carry the load. `batch_ms` is when the
    present or next batch begins (0 without batches), `delay_ms` by how much that was shifted.
    """

    name: str
    demand_kw: float = 0.0
    power_kw: float = 0.0
    shed: bool = False
    dropped: bool = False
    input_kw: float = OWN_PROFILE
    batch_ms: int = 0
    delay_ms: int = 0
    in_batch: bool = False


@dataclass(slots=True)
class ChargerState:
    """One charging point. `due_ms` is when the next car comes, or the car that is there leaves."""

    name: str
    limit_kw: float
    due_ms: int | None = None
    sessions: int = 0
    connected: bool = False
    needed_kwh: float = 0.0
    power_kw: float = 0.0
    dropped: bool = False


@dataclass(slots=True)
class BatteryState:
    """The battery. `request_kw` is what was dispatched, `power_kw` what it does; positive discharges."""

    energy_kwh: float
    request_kw: float = 0.0
    power_kw: float = 0.0


@dataclass(slots=True)
class GeneratorState:
    """The generator: stopped, starting, running, stopping or tripped. `since_ms`: when it last started or stopped.

    `target_kw` was ordered; `aim_kw` is where it goes, which in an island is what the island needs.
    """

    state: str = "stopped"
    target_kw: float = 0.0
    aim_kw: float = 0.0
    power_kw: float = 0.0
    since_ms: int = -24 * 3_600_000


@dataclass(slots=True)
class Supply:
    """Where the power comes from. `mode` is grid, island or blackout."""

    limit_kw: float
    mode: str = "grid"
    pv_kw: float = 0.0
    pv_available_kw: float = 0.0
    import_kw: float = 0.0
    price_ct: float = 0.0
    carbon_g: float = 0.0
    asked_kw: float | None = None
    flow: Flow = NO_FLOW
    loadings_pct: tuple[float, ...] = ()


class Mark(NamedTuple):
    """Running sums at a quarter of an hour, and the greatest quarter-hour mean import of the month so far."""

    time_ms: int
    sums: tuple[float, ...]
    peak_kw: float


@dataclass(slots=True)
class Ledger:
    """Running sums since second 0 and how fast they grow per hour; see `accounting` for their order."""

    sums: list[float]
    rates: list[float]
    booked_ms: int = 0
    month: int = 1
    billed_kw: float = 0.0
    peak_kw: float = 0.0
    marks: deque[Mark] = field(default_factory=deque)

    def copy(self) -> Ledger:
        """Return an independent copy; marks never change and are shared."""
        other = copy(self)
        other.sums = self.sums.copy()
        other.rates = self.rates.copy()
        other.marks = self.marks.copy()
        return other


@dataclass(slots=True)
class Clock:
    """When something happens next."""

    due_ms: int | None = 0


@dataclass(slots=True)
class PlantState:
    """The whole plant. `held` is what stuck or lost sensors keep saying, by `place.quantity`."""

    loads: list[LoadState]
    chargers: list[ChargerState]
    battery: BatteryState
    generator: GeneratorState
    supply: Supply
    ledger: Ledger
    now_ms: int = 0
    alarms: AlarmBook = field(default_factory=AlarmBook)
    held: dict[str, float] = field(default_factory=dict)
    tick: Clock = field(default_factory=Clock)
    faults: Clock = field(default_factory=Clock)

    def copy(self) -> PlantState:
        """Return an independent copy; what never changes (flows, marks) is shared."""
        return PlantState(
            loads=[copy(load) for load in self.loads],
            chargers=[copy(charger) for charger in self.chargers],
            battery=copy(self.battery),
            generator=copy(self.generator),
            supply=copy(self.supply),
            ledger=self.ledger.copy(),
            now_ms=self.now_ms,
            alarms=self.alarms.copy(),
            held=dict(self.held),
            tick=copy(self.tick),
            faults=copy(self.faults),
        )

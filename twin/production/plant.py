"""The production plant as a twin runs it: processes, settling, commands and looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_jsonable_python
from simpy import Environment

from twin.errors import no_such
from twin.faults import FaultPlan
from twin.journal import Journal
from twin.production import disturbances, line, measured, sensors, stations
from twin.production.commands import COMMANDS
from twin.production.config import ProductionConfig
from twin.production.coupling import declare_inputs
from twin.production.floor import Floor, lay_out
from twin.production.orders import open_books, queue
from twin.production.state import LineState, PlantState, StationState
from twin.production.views import VIEWS
from twin.randomness import stream, uniform
from twin.sleeper import Sleeper
from twin.variables import Variable


class ProductionPlant:
    """A plant of parallel lines. In a tie faults come first, then shifts, lines, stations, the minute tick."""

    __slots__ = ("_floor", "_lines", "_others", "_variables")

    def __init__(self, floor: Floor, variables: Mapping[str, Variable]) -> None:
        self._floor = floor
        self._variables = variables
        # What runs: rebuilt from the state by `start`, never copied.
        self._lines: list[Sleeper] = []
        self._others: list[Sleeper] = []

    @classmethod
    def build(cls, seed: int, config: ProductionConfig, faults: FaultPlan) -> ProductionPlant:
        """Build a plant at second 0. Raises `NotFound` for a fault that names nothing in it."""
        places = disturbances.place_faults(faults, config)
        state = PlantState(lines=[_new_line(number, seed, config) for number in range(1, config.lines + 1)])
        floor = Floor(lay_out(config, seed), state, Journal(), places)
        for each in state.lines:
            open_books(floor, each)
            waiting = queue(floor, each)
            if waiting:
                each.product = waiting[0].product
            each.speed_per_h = min(each.speed_per_h, floor.top_speed(each))
            for place, station in zip(floor.places(each), each.stations, strict=True):
                station.to_failure_ms = stations.draw_to_failure(place, station)
        state.faults.due_ms = disturbances.next_jam_ms(places, -1)
        calendar = floor.layout.calendar
        state.shifts.due_ms = calendar.next_change_ms(0)
        for each in state.lines:
            each.manned = calendar.is_open(0)
        plant = cls(floor, measured.declare(config))
        # Second 0 is settled in an environment that nobody runs; the twin starts the plant in its own.
        plant.start(Environment())
        plant.settle(0)
        return plant

    @property
    def journal(self) -> Journal:
        """What happened so far."""
        return self._floor.journal

    @property
    def variables(self) -> Mapping[str, Variable]:
        """All variables by name."""
        return self._variables

    @property
    def inputs(self) -> Mapping[str, Variable]:
        """What the command `set_input` sets, by name."""
        return declare_inputs(self._floor.layout.config)

    def start(self, env: Environment) -> None:
        """Start one process for each line and each clock of the plant."""
        state = self._floor.state
        self._lines = [Sleeper(env, each, self.settle) for each in state.lines]
        clocks = (state.faults, state.shifts, state.sampler)
        self._others = [Sleeper(env, clock, self.settle) for clock in clocks]

    def settle(self, now_ms: int, /) -> None:
        """Handle all that is due now."""
        floor = self._floor
        state = floor.state
        state.now_ms = now_ms
        if state.faults.due_ms is not None and state.faults.due_ms <= now_ms:
            self._begin_jams(now_ms)
        if state.shifts.due_ms is not None and state.shifts.due_ms <= now_ms:
            self._change_manning(now_ms)
        for index, each in enumerate(state.lines):
            if each.due_ms is not None and each.due_ms <= now_ms:
                self._settle_line(index)
        due_tick = state.sampler.due_ms
        if due_tick is not None and due_tick <= now_ms:
            sensors.tick(floor)

    def _settle_line(self, index: int) -> None:
        line.settle(self._floor, self._floor.state.lines[index])
        self._lines[index].notice()

    def _begin_jams(self, now_ms: int) -> None:
        floor = self._floor
        for number, index, fault in disturbances.jams_at(floor.faults, now_ms):
            each = floor.state.lines[number - 1]
            stations.fail(floor, each, floor.places(each)[index], disturbances.jam_ms(fault), "jam")
            each.due_ms = now_ms
        floor.state.faults.due_ms = disturbances.next_jam_ms(floor.faults, now_ms)

    def _change_manning(self, now_ms: int) -> None:
        floor = self._floor
        calendar = floor.layout.calendar
        manned = calendar.is_open(now_ms)
        floor.record("manning_changed", "plant", shift=calendar.shift(now_ms), manned="yes" if manned else "no")
        for each in floor.state.lines:
            line.set_manned(floor, each, manned)
            each.due_ms = now_ms
        floor.state.shifts.due_ms = calendar.next_change_ms(now_ms)

    def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do it and let all lines settle. Raises a `TwinError`, or `ValueError` for a command that is none."""
        if name not in COMMANDS:
            raise ValueError(no_such("command", name, COMMANDS))
        answer = COMMANDS[name](self._floor, **arguments)
        for index in range(len(self._lines)):
            self._settle_line(index)
        return answer

    def view(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Look. Raises a `TwinError`, or `ValueError` for a view that is none."""
        if name not in VIEWS:
            raise ValueError(no_such("view", name, VIEWS))
        return VIEWS[name](self._floor, **arguments)

    def read(self, name: str) -> float:
        """Measured value of a known variable."""
        return measured.read(self._floor, name)

    def read_all(self) -> dict[str, float]:
        """Measured values of all variables."""
        return measured.read_all(self._floor)

    def writing(self, name: str, value: float) -> tuple[str, dict[str, Any]]:
        """Name the command that writes a variable."""
        return measured.writing(name, value)

    def copy(self, faults: FaultPlan, /) -> ProductionPlant:
        """Return a plant with its own state and journal, under these faults, not started."""
        floor = self._floor
        places = disturbances.place_faults(faults, floor.layout.config)
        state = floor.state.copy()
        state.faults.due_ms = disturbances.next_jam_ms(places, state.now_ms)
        return ProductionPlant(Floor(floor.layout, state, floor.journal.copy(), places), self._variables)

    def state_values(self) -> dict[str, Any]:
        """Return the whole state as plain JSON values."""
        values: dict[str, Any] = to_jsonable_python(self._floor.state)
        return values

    def __getstate__(self) -> tuple[Floor, Mapping[str, Variable]]:
        return self._floor, self._variables

    def __setstate__(self, state: tuple[Floor, Mapping[str, Variable]]) -> None:
        self.__init__(*state)  # type: ignore[misc]  # only the floor travels; `start` makes the rest


def _new_line(number: int, seed: int, config: ProductionConfig) -> LineState:
    """Make a line as it stands at second 0: a speed and tool wear of its own, empty."""
    start = stream(seed, "line", number, "start")
    speeds = config.initial_speed_high - config.initial_speed_low + 1
    return LineState(
        number=number,
        speed_per_h=float(config.initial_speed_low + int(uniform(start, 0) * speeds)),
        product=config.recipes[int(uniform(start, 1) * len(config.recipes))].product,
        stations=[
            StationState(name=station.name, wear_pct=60 * uniform(start, 2 + index), temperature_c=config.ambient_c)
            for index, station in enumerate(config.stations)
        ],
        buffers=[deque() for _ in config.stations],
    )

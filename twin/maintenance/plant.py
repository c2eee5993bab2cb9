"""The maintenance plant as a twin runs it: processes, settling, commands and looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_jsonable_python
from simpy import Environment

from twin.errors import no_such
from twin.faults import FaultPlan
from twin.journal import Journal
from twin.maintenance import crew, disturbances, measured, sensors, service, store, work
from twin.maintenance.commands import COMMANDS
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.floor import Floor, lay_out
from twin.maintenance.opening import open_shop
from twin.maintenance.views import VIEWS
from twin.sleeper import Due, Sleeper
from twin.variables import Variable

NEVER = 1 << 62


def _is_due(what: Due, now_ms: int) -> bool:
    due = what.due_ms
    return due is not None and due <= now_ms


class MaintenancePlant:
    """A shop and its machines.

    Ties in time are settled in this order: deliveries, work that ends, the change of shifts, sudden failures by
    machine, the tick; last comes the crew of a shop that runs by itself.
    """

    __slots__ = ("_floor", "_next_ms", "_sleepers", "_variables")

    def __init__(self, floor: Floor, variables: Mapping[str, Variable]) -> None:
        self._floor = floor
        self._variables = variables
        # What runs: rebuilt from the state by `start`, never copied.
        self._sleepers: list[Sleeper] = []
        self._next_ms = 0

    @classmethod
    def build(cls, seed: int, config: MaintenanceConfig, faults: FaultPlan) -> MaintenancePlant:
        """Build a plant at second 0. Raises `NotFound` for a fault that names nothing in it."""
        places = disturbances.place_faults(faults, config)
        layout = lay_out(config, seed)
        floor = Floor(layout, open_shop(layout, seed), Journal(), places)
        plant = cls(floor, measured.declare(config))
        for part in config.parts:
            store.replenish(floor, part)
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

    def start(self, env: Environment) -> None:
        """Start one process for each thing that has a next time."""
        state = self._floor.state
        due: list[Due] = [state.store, state.workshop, state.calendar, *state.assets.values(), state.sampler]
        self._sleepers = [Sleeper(env, each, self.settle) for each in due]
        self._look_ahead()

    def settle(self, now_ms: int, /) -> None:
        """Handle all that is due now."""
        floor = self._floor
        state = floor.state
        state.now_ms = now_ms
        if now_ms < self._next_ms:
            return
        if _is_due(state.store, now_ms):
            store.deliver(floor)
        if _is_due(state.workshop, now_ms):
            work.finish_due(floor)
        if _is_due(state.calendar, now_ms):
            crew.change_of_shifts(floor)
        service.shocks(floor)
        if _is_due(state.sampler, now_ms):
            sensors.tick(floor)
        if floor.layout.config.self_running:
            crew.run_shop(floor)
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Find out when something happens next, and wake the processes that would oversleep."""
        nearest = NEVER
        for sleeper in self._sleepers:
            due = sleeper.state.due_ms
            if due is not None:
                nearest = min(nearest, due)
                sleeper.notice()
        self._next_ms = nearest

    def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do it. Raises a `TwinError`, or `ValueError` for a command that is none."""
        if name not in COMMANDS:
            raise ValueError(no_such("command", name, COMMANDS))
        answer = COMMANDS[name](self._floor, **arguments)
        self._look_ahead()
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
        return {name: measured.read(self._floor, name) for name in self._variables}

    def writing(self, name: str, value: float) -> tuple[str, dict[str, Any]]:
        """Name the command that writes a variable."""
        return measured.writing(name, value)

    def copy(self, faults: FaultPlan, /) -> MaintenancePlant:
        """Return a plant with its own state and journal, under these faults, not started."""
        floor = self._floor
        places = disturbances.place_faults(faults, floor.layout.config)
        return MaintenancePlant(Floor(floor.layout, floor.state.copy(), floor.journal.copy(), places), self._variables)

    def state_values(self) -> dict[str, Any]:
        """Return the whole state as plain JSON values."""
        values: dict[str, Any] = to_jsonable_python(self._floor.state)
        return values

    def __getstate__(self) -> tuple[Floor, Mapping[str, Variable]]:
        return self._floor, self._variables

    def __setstate__(self, state: tuple[Floor, Mapping[str, Variable]]) -> None:
        self.__init__(*state)  # type: ignore[misc]  # only the floor travels; `start` makes the rest

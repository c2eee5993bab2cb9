"""The microgrid as a twin runs it: processes, settling, commands and looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_jsonable_python
from simpy import Environment

from twin.energy import accounting, alarms, chargers, disturbances, measured, sensors, units
from twin.energy import market_views as market
from twin.energy import views as net
from twin.energy.commands import COMMANDS
from twin.energy.config import EnergyConfig
from twin.energy.control import resolve
from twin.energy.floor import Floor, lay_out
from twin.energy.nature import HOUR_MS, MINUTE_MS, next_batch
from twin.energy.state import (
    BatteryState,
    ChargerState,
    GeneratorState,
    Ledger,
    LoadState,
    PlantState,
    Supply,
)
from twin.errors import no_such
from twin.faults import FaultPlan
from twin.journal import Journal
from twin.randomness import stream, uniform
from twin.sleeper import Due, Sleeper
from twin.variables import Variable

VIEWS: Mapping[str, Callable[..., dict[str, Any]]] = {
    view.__name__: view
    for view in (
        net.get_grid_status,
        net.get_bus_voltage,
        net.get_line_loading,
        net.get_load_profile,
        market.get_tariff,
        market.get_forecast,
        net.get_battery,
        net.get_ev_chargers,
        market.get_costs,
        market.run_power_flow,
    )
}
_START_SOC = (45.0, 65.0)


class EnergyPlant:
    """A microgrid. Ties in time are settled faults first, then charging points in order, then the minute tick."""

    __slots__ = ("_floor", "_sleepers", "_variables")

    def __init__(self, floor: Floor, variables: Mapping[str, Variable]) -> None:
        self._floor = floor
        self._variables = variables
        # What runs: rebuilt from the state by `start`, never copied.
        self._sleepers: list[Sleeper] = []

    @classmethod
    def build(cls, seed: int, config: EnergyConfig, faults: FaultPlan) -> EnergyPlant:
        """Build a microgrid at second 0. Raises `NotFound` for a fault that names nothing in it."""
        places = disturbances.place_faults(faults, config)
        floor = Floor(lay_out(config, seed), _new_state(seed, config), Journal(), places)
        state = floor.state
        state.faults.due_ms = 0 if places else None
        for index, charger in enumerate(state.chargers):
            chargers.schedule(floor, index, charger)
        plant = cls(floor, measured.declare(config))
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
        timed: list[Due] = [state.faults, *state.chargers, state.tick]
        self._sleepers = [Sleeper(env, each, self.settle) for each in timed]

    def settle(self, now_ms: int, /) -> None:
        """Handle all that is due now."""
        floor = self._floor
        state = floor.state
        state.now_ms = now_ms
        turning = state.faults.due_ms is not None and state.faults.due_ms <= now_ms
        moving = any(charger.due_ms is not None and charger.due_ms <= now_ms for charger in state.chargers)
        ticking = state.tick.due_ms is not None and state.tick.due_ms <= now_ms
        if not (turning or moving or ticking):
            return
        units.catch_up(floor)
        if turning:
            self._turn_faults()
        if moving:
            for index, charger in enumerate(state.chargers):
                if charger.due_ms is not None and charger.due_ms <= now_ms:
                    chargers.turn(floor, index, charger)
        if ticking:
            self._tick()
        resolve(floor)
        if turning:
            sensors.hold(floor)
        alarms.watch(floor)

    def _turn_faults(self) -> None:
        """Begin and end what strikes at an instant; the rest is asked for by severity."""
        floor = self._floor
        generator = floor.layout.config.generator.name
        if floor.severity(generator, "generator_trip"):
            units.trip_generator(floor)
        elif floor.state.generator.state == "tripped":
            units.turn_generator(floor, "stopped")
        floor.state.faults.due_ms = disturbances.next_turn_ms(floor.faults, floor.state.now_ms)

    def _tick(self) -> None:
        floor = self._floor
        state = floor.state
        now = state.now_ms
        state.tick.due_ms = now + MINUTE_MS
        if now % accounting.QUARTER_MS == 0:
            accounting.close_quarter(floor)
        if now % HOUR_MS == 0:
            state.alarms.forget(now)
        for load, demand in zip(state.loads, floor.layout.demands, strict=True):
            if not load.batch_ms:
                continue
            if load.in_batch and now >= load.batch_ms + demand.config.batch_h * HOUR_MS:
                load.in_batch, load.delay_ms = False, 0
                load.batch_ms = next_batch(demand.config, now // MINUTE_MS) * MINUTE_MS
                floor.record("batch_done", load.name, next_ms=load.batch_ms)
            elif not load.in_batch and now >= load.batch_ms:
                load.in_batch = True
                floor.record("batch_started", load.name, delay_h=round(load.delay_ms / HOUR_MS, 1))

    def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do it and solve the net anew. Raises a `TwinError`, or `ValueError` for a command that is none."""
        if name not in COMMANDS:
            raise ValueError(no_such("command", name, COMMANDS))
        answer = COMMANDS[name](self._floor, **arguments)
        resolve(self._floor)
        alarms.watch(self._floor)
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
        found = measured.read_many(self._floor)
        return {name: found[name] if name in found else measured.read(self._floor, name) for name in self._variables}

    def writing(self, name: str, value: float) -> tuple[str, dict[str, Any]]:
        """Name the command that writes a variable."""
        return measured.writing(self._floor.layout.config, name, value)

    def copy(self, faults: FaultPlan, /) -> EnergyPlant:
        """Return a plant with its own state and journal, under these faults, not started."""
        floor = self._floor
        places = disturbances.place_faults(faults, floor.layout.config)
        state = floor.state.copy()
        state.faults.due_ms = disturbances.next_turn_ms(places, state.now_ms)
        return EnergyPlant(Floor(floor.layout, state, floor.journal.copy(), places), self._variables)

    def state_values(self) -> dict[str, Any]:
        """Return the whole state as plain JSON values."""
        values: dict[str, Any] = to_jsonable_python(self._floor.state)
        return values

    def __getstate__(self) -> tuple[Floor, Mapping[str, Variable]]:
        return self._floor, self._variables

    def __setstate__(self, state: tuple[Floor, Mapping[str, Variable]]) -> None:
        self.__init__(*state)  # type: ignore[misc]  # only the floor travels; `start` makes the rest


def _new_state(seed: int, config: EnergyConfig) -> PlantState:
    """Make the state of second 0: a charge of its own, nothing running."""
    low, high = _START_SOC
    soc = low + (high - low) * uniform(stream(seed, config.battery.name, "start"), 0)
    sums = [0.0] * (accounting.CONSUMERS + len(config.loads) + len(config.chargers))
    return PlantState(
        loads=[
            LoadState(load.name, batch_ms=next_batch(load, 0) * MINUTE_MS if load.kind == "shiftable" else 0)
            for load in config.loads
        ],
        chargers=[ChargerState(charger.name, charger.initial_power_kw) for charger in config.chargers],
        battery=BatteryState(config.battery.capacity_kwh * soc / 100),
        generator=GeneratorState(),
        supply=Supply(limit_kw=config.tariff.contracted_kw),
        ledger=Ledger(sums=sums, rates=list(sums), billed_kw=config.tariff.billed_demand_kw),
    )

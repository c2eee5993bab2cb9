"""A twin: one plant, its clock and its journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

from simpy import Environment

from twin.clock import milliseconds
from twin.errors import NotPermitted, TwinError, UnknownVariable, no_such
from twin.faults import FaultPlan
from twin.journal import Journal, JournalEntry
from twin.snapshot import Snapshot
from twin.variables import Variable


class Plant(Protocol):
    """What a scenario supplies. All that changes is in its state; processes are started from it and hold nothing.

    Times are plant milliseconds. `settle(now)` handles what is due up to now, in a fixed order; after it nothing due
    at `now` is left.
    """

    @property
    def journal(self) -> Journal:
        """What happened so far."""

    @property
    def variables(self) -> Mapping[str, Variable]:
        """All variables by name."""

    def start(self, env: Environment) -> None:
        """Start the processes from the state as it is."""

    def settle(self, now_ms: int, /) -> None:
        """Handle what is due."""

    def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do it and settle, or raise a `TwinError` and have changed nothing."""

    def view(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Look; a pure function of the state."""

    def read(self, name: str) -> float:
        """Measured value of a known variable."""

    def read_all(self) -> dict[str, float]:
        """Measured values of all variables, in any order."""

    def writing(self, name: str, value: float) -> tuple[str, dict[str, Any]]:
        """Name the command, with its arguments, that writes a writable variable."""

    def copy(self, faults: FaultPlan, /) -> Self:
        """Return a plant with its own state and journal, under these faults, not started."""

    def state_values(self) -> dict[str, Any]:
        """Return the whole state as plain JSON values."""


class Twin:
    """A plant that runs in its own time.

    Everything about a run is fixed by scenario, seed, config, faults and commands. Whole milliseconds are the
    smallest time: other times are rounded to them, and advancing in parts equals advancing at once. A twin pickles.
    """

    __slots__ = ("_env", "_plant", "config", "faults", "scenario", "seed")

    def __init__(self, scenario: str, seed: int, config: Any, faults: FaultPlan, plant: Plant, now_ms: int = 0) -> None:
        self.scenario = scenario
        self.seed = seed
        self.config = config
        self.faults = faults
        self._plant = plant
        self._start(now_ms)

    def _start(self, now_ms: int) -> None:
        self._env = Environment(initial_time=now_ms)
        self._plant.start(self._env)

    @property
    def _now_ms(self) -> int:
        return int(self._env.now)

    @property
    def now(self) -> float:
        """Plant time in seconds since the epoch."""
        return self._now_ms / 1000

    @property
    def journal(self) -> Journal:
        """What happened so far; it grows as the twin runs."""
        return self._plant.journal

    @property
    def variables(self) -> Mapping[str, Variable]:
        """The variables that `read` and `write` know, by name."""
        return self._plant.variables

    def advance(self, seconds: float, /) -> None:
        """Let plant time pass. Raises `ValueError` unless `seconds` is finite and at least 0."""
        until = self._now_ms + milliseconds(seconds)
        if until > self._now_ms:
            self._env.run(until=until)
            self._plant.settle(until)

    def view(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Look: a flat answer. Changes nothing, draws nothing, is not journalled. Raises `TwinError`."""
        return self._plant.view(name, arguments)

    def command(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Act: a flat answer. Raises a `TwinError` when refused; then only the journal has changed."""
        journal = self._plant.journal
        position = len(journal)
        try:
            answer = self._plant.command(name, arguments)
        except TwinError as error:
            refusal = {"arguments": arguments, "code": error.code, "message": error.message}
            journal.record(self._now_ms, "refused", name, refusal)
            raise
        journal.record_at(position, JournalEntry(self.now, "command", name, {"arguments": arguments}))
        return answer

    def read(self, name: str, /) -> float:
        """Return the measured value of a variable. Raises `UnknownVariable`."""
        self._variable(name)
        return self._plant.read(name)

    def read_all(self) -> dict[str, float]:
        """Return the measured values of all variables, in their order."""
        found = self._plant.read_all()
        return {name: found[name] for name in self._plant.variables}

    def write(self, name: str, value: float, /) -> None:
        """Set a variable by the command that does so, with the same checks. Raises `TwinError`."""
        variable = self._variable(name)
        if not variable.writable:
            raise NotPermitted(
                f"variable {name!r} is measured only and cannot be written; see `writable` of the variables"
            )
        command, arguments = self._plant.writing(name, value)
        self.command(command, **arguments)

    def _variable(self, name: str) -> Variable:
        variable = self._plant.variables.get(name)
        if variable is None:
            raise UnknownVariable(no_such("variable", name, self._plant.variables))
        return variable

    def snapshot(self) -> Snapshot:
        """Return the whole state as frozen plain values, with a hash."""
        return Snapshot(scenario=self.scenario, seed=self.seed, time_s=self.now, state=self._plant.state_values())

    def fork(self) -> Twin:
        """Return a twin in the same state, with the same journal, that goes its own way. Costs O(state)."""
        return self.fork_with(self.faults)

    def fork_with(self, faults: FaultPlan) -> Twin:
        """Fork under another fault plan; a caller must see to it that both plans agree on the past."""
        return Twin(self.scenario, self.seed, self.config, faults, self._plant.copy(faults), self._now_ms)

    def __getstate__(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "config": self.config,
            "faults": self.faults,
            "_plant": self._plant,
            "now_ms": self._now_ms,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        now_ms = state.pop("now_ms")
        for name, value in state.items():
            setattr(self, name, value)
        self._start(now_ms)

    def __repr__(self) -> str:
        return f"Twin({self.scenario!r}, seed={self.seed}, now={self.now:g} s)"

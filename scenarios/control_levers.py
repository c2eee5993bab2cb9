"""What a numeric agent can move: each lever turns numbers of an action into writes and commands of the plant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from twin.core import Twin
from twin.errors import TwinError

SAME = 0.05
"""A setting this near to the wanted one is left alone, so that an action of rest gives no command at all."""


@dataclass(slots=True)
class Desk:
    """Where levers stand: it passes orders on to the plant and counts those that the plant refuses, by code."""

    twin: Twin
    refused: Counter[str] = field(default_factory=Counter)
    spent_eur: float = 0.0

    def write(self, name: str, value: float) -> bool:
        """Write a variable; whether the plant did it."""
        try:
            self.twin.write(name, value)
        except TwinError as error:
            self.refused[error.code] += 1
            return False
        return True

    def command(self, name: str, /, **arguments: Any) -> Mapping[str, Any] | None:
        """Use an acting tool's command; its answer, or None when the plant refuses."""
        try:
            return self.twin.command(name, **arguments)
        except TwinError as error:
            self.refused[error.code] += 1
            return None


class Lever(Protocol):
    """One thing to move. `sizes` is None for a number from -1 to 1, else how many choices each of its entries has."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its entries in an action."""

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """Choices of each entry; None for one number."""

    def apply(self, desk: Desk, values: Sequence[float]) -> None:
        """Do what the entries say. What the plant refuses is counted by the desk and changes nothing."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A setting of one or several writable variables: -1 is `low`, 0 is `rest`, 1 is `high`, straight between."""

    name: str
    variables: tuple[str, ...]
    low: float
    rest: float
    high: float

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name."""
        return (self.name,)

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """One number."""
        return None

    def setting(self, value: float) -> float:
        """Return the setting, in the variable's unit, for a number from -1 to 1."""
        reach = self.high - self.rest if value >= 0 else self.rest - self.low
        return round(self.rest + reach * value, 2)

    def apply(self, desk: Desk, values: Sequence[float]) -> None:
        """Write the setting wherever it differs from the present one."""
        wanted = self.setting(float(values[0]))
        for variable in self.variables:
            if abs(desk.twin.read(variable) - wanted) > SAME:
                desk.write(variable, wanted)


@dataclass(frozen=True, slots=True)
class Engine:
    """A generator: 0 and below is off; above 0 it runs, at `low` kW and up to `high` kW at 1."""

    name: str
    low: float
    high: float

    @property
    def names(self) -> tuple[str, ...]:
        """The name of its set-point."""
        return (f"{self.name}.setpoint_kw",)

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """One number."""
        return None

    def apply(self, desk: Desk, values: Sequence[float]) -> None:
        """Start, set or stop it; its least times of running and resting are interlocks of the plant."""
        value = float(values[0])
        running = desk.twin.read(f"{self.name}.running") > 0
        if value <= 0:
            if running:
                desk.command("stop_generator")
            return
        wanted = round(self.low + (self.high - self.low) * value, 2)
        if not running:
            desk.command("start_generator", power_kw=wanted)
        elif abs(desk.twin.read(f"{self.name}.setpoint_kw") - wanted) > SAME:
            desk.write(f"{self.name}.setpoint_kw", wanted)


@dataclass(frozen=True, slots=True)
class Pace:
    """A production line: keep, `step` slower, `step` faster, stop, start."""

    line: str
    step: float

    @property
    def names(self) -> tuple[str, ...]:
        """The name of its speed."""
        return (f"{self.line}.speed_per_h",)

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """Five choices; the first changes nothing."""
        return (5,)

    def apply(self, desk: Desk, values: Sequence[float]) -> None:
        """Do the choice; a speed beyond the product's or the line's limit is refused by the plant."""
        choice = int(values[0])
        speed = f"{self.line}.speed_per_h"
        if choice in (1, 2):
            desk.write(speed, desk.twin.read(speed) + (self.step if choice == 2 else -self.step))
        elif choice in (3, 4):
            wanted = float(choice == 4)
            if desk.twin.read(f"{self.line}.running") != wanted:
                desk.write(f"{self.line}.running", wanted)

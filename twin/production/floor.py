"""The shop floor: state, config and journal together, as the laws of the plant see them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from twin.faults import Fault
from twin.journal import Journal
from twin.production.calendar import Calendar, draw_up
from twin.production.config import SENSORS, ProductionConfig, Recipe, StationConfig
from twin.production.durations import spread_of
from twin.production.state import LineState, PlantState
from twin.randomness import stream


@dataclass(frozen=True, slots=True)
class Streams:
    """Keys of the random streams of one station, by purpose."""

    process: int
    to_failure: int
    repair: int
    defect: int
    rework: int
    sensors: int


@dataclass(frozen=True, slots=True)
class Place:
    """What never changes at one station of one line: its config, its streams, and rates worked out from the config.

    `spot` is (line number, index), by which faults are sorted. The `last` station inspects.
    """

    line: int
    index: int
    last: bool
    spot: tuple[int, int]
    config: StationConfig
    streams: Streams
    spread: float
    repair_spread: float
    wear_pct_per_ms: float


@dataclass(frozen=True, slots=True)
class Layout:
    """What never changes in a plant of this config and seed; forks share it. `places` go by line, then station.

    `columns` gives the place of a sensor, named as its variable is, in a row of samples.
    """

    config: ProductionConfig
    stations: tuple[StationConfig, ...]
    recipes: dict[str, Recipe]
    changeover_min: dict[tuple[str, str], float]
    places: tuple[tuple[Place, ...], ...]
    columns: dict[str, int]
    order_streams: tuple[int, ...]
    calendar: Calendar


def lay_out(config: ProductionConfig, seed: int) -> Layout:
    """Work out the tables and streams of a plant."""
    numbers = range(1, config.lines + 1)
    sensors = [
        f"line{line}.{station.name}.{sensor}" for line in numbers for station in config.stations for sensor in SENSORS
    ]
    return Layout(
        config=config,
        stations=config.stations,
        recipes={recipe.product: recipe for recipe in config.recipes},
        changeover_min={(change.before, change.after): change.minutes for change in config.changeovers},
        places=tuple(
            tuple(
                _place(seed, line, index, station, last=index == len(config.stations) - 1)
                for index, station in enumerate(config.stations)
            )
            for line in numbers
        ),
        columns={name: column for column, name in enumerate(sensors)},
        order_streams=tuple(stream(seed, "line", line, "orders") for line in numbers),
        calendar=draw_up(config.shifts),
    )


def _place(seed: int, line: int, index: int, config: StationConfig, *, last: bool) -> Place:
    keys = (stream(seed, "line", line, config.name, purpose.name) for purpose in fields(Streams))
    return Place(
        line=line,
        index=index,
        last=last,
        spot=(line, index),
        config=config,
        streams=Streams(*keys),
        spread=spread_of(config.distribution, config.variation),
        repair_spread=spread_of(config.repair_distribution, config.repair_variation),
        wear_pct_per_ms=100 / (config.tool_life_h * 3_600_000),
    )


@dataclass(slots=True)
class Floor:
    """What the laws of the plant work on. `faults` maps (line number, station index) to the faults planned there."""

    layout: Layout
    state: PlantState
    journal: Journal
    faults: dict[tuple[int, int], tuple[Fault, ...]]

    def record(self, kind: str, subject: str, **details: Any) -> None:
        """Journal an event of now."""
        self.journal.record(self.state.now_ms, kind, subject, details)

    def places(self, line: LineState) -> tuple[Place, ...]:
        """Return what never changes at the stations of a line."""
        return self.layout.places[line.number - 1]

    def recipe(self, line: LineState) -> Recipe:
        """Return the recipe of the product that a line makes."""
        return self.layout.recipes[line.product]

    def top_speed(self, line: LineState) -> float:
        """Return the greatest speed that the line's product allows, in parts per hour."""
        return min(self.layout.config.speed_high, self.recipe(line).max_speed_per_h)

"""The shop floor: state, config and journal together, as the laws of the plant see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twin.faults import Fault
from twin.journal import Journal
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.nameplates import (
    AssetConfig,
    ClassConfig,
    PartConfig,
    SensorConfig,
    TaskConfig,
    TechnicianConfig,
    TestConfig,
)
from twin.maintenance.state import AssetState, PlantState
from twin.randomness import stream, uniform

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
DAY_H = 24.0
OPENING_H = 6.0
"""Hour of the day at second 0."""
SHIFTS = {"early": (6.0, 14.0), "late": (14.0, 22.0), "always": (0.0, 24.0)}


@dataclass(frozen=True, slots=True)
class Place:
    """What never changes at one machine: its config, its streams, and tables worked out from the config.

    `gains` holds, for each failure mode, (index of sensor, what full damage adds); `usual`, for each sensor, what it
    says without load and what full load adds, no two machines alike; `hot` is the index of the temperature.
    """

    index: int
    config: AssetConfig
    kind: ClassConfig
    sensors: tuple[tuple[str, SensorConfig], ...]
    gains: tuple[tuple[tuple[int, float], ...], ...]
    mode_streams: tuple[int, ...]
    sensor_streams: tuple[int, int]
    load_stream: int
    shock_stream: int
    work_stream: int
    repair_stream: int
    test_streams: dict[str, int]
    usual: tuple[tuple[float, float], ...]
    hot: int

    @property
    def name(self) -> str:
        """Name of the machine."""
        return self.config.name

    def sensor(self, name: str) -> int:
        """Index of a fitted sensor, or -1."""
        return next((index for index, (each, _) in enumerate(self.sensors) if each == name), -1)


@dataclass(frozen=True, slots=True)
class Layout:
    """What never changes in a plant of this config and seed; forks share it."""

    config: MaintenanceConfig
    places: dict[str, Place]
    tasks: dict[str, TaskConfig]
    tests: dict[str, TestConfig]
    parts: dict[str, PartConfig]
    technicians: dict[str, TechnicianConfig]
    weather_stream: int


def lay_out(config: MaintenanceConfig, seed: int) -> Layout:
    """Work out the tables and streams of a plant."""
    kinds = {kind.name: kind for kind in config.classes}
    return Layout(
        config=config,
        places={
            asset.name: _place(seed, index, asset, kinds[asset.asset_class])
            for index, asset in enumerate(config.assets)
        },
        tasks={task.name: task for task in config.tasks},
        tests={test.name: test for test in config.tests},
        parts={part.name: part for part in config.parts},
        technicians={technician.name: technician for technician in config.technicians},
        weather_stream=stream(seed, "weather"),
    )


def _place(seed: int, index: int, config: AssetConfig, kind: ClassConfig) -> Place:
    def key(*purpose: str | int) -> int:
        return stream(seed, "asset", config.name, *purpose)

    names = list(kind.sensors)
    return Place(
        index=index,
        config=config,
        kind=kind,
        sensors=tuple(kind.sensors.items()),
        gains=tuple(
            tuple((names.index(sensor), gain) for sensor, gain in mode.symptoms.items() if sensor in names)
            for mode in kind.modes
        ),
        mode_streams=tuple(key("mode", mode.name) for mode in kind.modes),
        sensor_streams=(key("sensors", 0), key("sensors", 1)),
        load_stream=key("load"),
        shock_stream=key("shock"),
        work_stream=key("work"),
        repair_stream=key("repair"),
        test_streams={test: key("test", test) for test in kind.tests},
        usual=tuple(
            (scale * sensor.base, scale * sensor.per_load)
            for sensor in kind.sensors.values()
            for scale in [1.0 if sensor.falls else 0.94 + 0.12 * uniform(key("start"), 0)]
        ),
        hot=names.index("temperature_c"),
    )


@dataclass(slots=True)
class Floor:
    """What the laws of the plant work on. `faults` are those planned at each machine."""

    layout: Layout
    state: PlantState
    journal: Journal
    faults: dict[str, tuple[Fault, ...]]

    def record(self, kind: str, subject: str, **details: Any) -> None:
        """Journal an event of now."""
        self.journal.record(self.state.now_ms, kind, subject, details)

    def place(self, asset: AssetState) -> Place:
        """Return what never changes at a machine."""
        return self.layout.places[asset.name]

    def on_shift(self, technician: str) -> bool:
        """Whether somebody is at work now."""
        begins, ends = SHIFTS[self.layout.technicians[technician].shift]
        return begins <= hour_of_day(self.state.now_ms) < ends

    def sound_alarm(self, place: str, severity: str, cause: str, text: str) -> None:
        """Raise an alarm, unless its cause stands already."""
        self.state.alarms.sound(self.journal, self.state.now_ms, place, severity, cause, text)

    def clear_alarm(self, place: str, cause: str) -> None:
        """Say that the cause of an alarm is gone."""
        self.state.alarms.clear(self.journal, self.state.now_ms, place, cause)


def hour_of_day(now_ms: int) -> float:
    """Return the hour of the plant's day, 0 to 24."""
    return (OPENING_H + now_ms / HOUR_MS) % DAY_H

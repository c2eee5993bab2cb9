"""Where stress strikes a plant: the faults of a profile for one instance, drawn from the instance's own seed.

All of them begin after the request was made or, a sensor's drift, while the plant settles before it: no warm-up is
ever touched, so that the user finds the plant that the task describes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from scenarios.stress import StressProfile
from scenarios.stressors import Sensors
from scenarios.task import TaskInstance
from scenarios.world import World, WorldFault
from twin.core import Twin
from twin.energy import disturbances as energy
from twin.production import disturbances as production
from twin.production.config import SENSORS
from twin.randomness import stream, uniform, whole

DRIFT_BEFORE_S = 1800.0
"""How long a drift has gone on when the request is made, if the plant settles for that long."""

_OWN_STRESSORS = ("sensor_drift", "sensor_stuck", "price_spike")
_WIDE = (energy.GRID, energy.TARIFF)
_UNITS = ("battery", "generator", "pv")
"""Units of a microgrid, of each of which there is one: tasks seldom call them by their own names."""


class Dice:
    """Draws of one episode for one purpose: each is a pure function of the instance, the purpose and its number."""

    def __init__(self, instance: TaskInstance, purpose: str) -> None:
        self._key = stream(instance.seed, "stress", instance.scenario, instance.task, purpose)
        self._drawn = 0

    def share(self) -> float:
        """Draw evenly from 0 to 1."""
        self._drawn += 1
        return uniform(self._key, self._drawn)

    def number(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, both included."""
        self._drawn += 1
        return whole(self._key, self._drawn, low, high)

    def shuffled(self, items: Iterable[Any]) -> list[Any]:
        """Put items into an order of chance."""
        left, drawn = list(items), []
        while left:
            drawn.append(left.pop(self.number(0, len(left) - 1)))
        return drawn


def struck(instance: TaskInstance, profile: StressProfile, plant: Twin) -> World:
    """Give the instance's world with the profile's faults in it; the same world when it has none.

    `plant` is any plant of the instance: its config says what there is to strike.
    """
    world = instance.world
    added: list[WorldFault] = []
    if profile.sensor_drift is not None:
        begin_s = max(0.0, world.settle_s - DRIFT_BEFORE_S)
        targets = [one for one in sensors(plant) if _drifts(plant, one)]
        added += _sensor_faults("sensor_drift", profile.sensor_drift, instance, targets, begin_s)
    if profile.sensor_stuck is not None:
        added += _sensor_faults("sensor_stuck", profile.sensor_stuck, instance, sensors(plant), world.settle_s)
    extra = profile.extra_faults
    if extra is not None:
        dice = Dice(instance, "extra_faults")
        places = faults_of(plant)
        if extra.where == "elsewhere":
            known = named(instance)
            places = [(kind, at) for kind, at in places if at not in _WIDE and not _concerns(kind, at, known)]
        by_kind: dict[str, list[str]] = {}
        for kind, at in places:
            by_kind.setdefault(kind, []).append(at)
        for kind in dice.shuffled(by_kind)[: extra.count]:
            at = by_kind[kind][dice.number(0, len(by_kind[kind]) - 1)]
            at_s = world.settle_s + extra.within_s * dice.share()
            added.append(WorldFault(kind=kind, target=at, at_s=round(at_s, 3), severity=extra.severity))
    shock = profile.tariff_shock
    if shock is not None and instance.scenario == "energy":
        at_s = world.settle_s + shock.within_s * Dice(instance, "tariff_shock").share()
        added.append(
            WorldFault(
                kind="price_spike",
                target=energy.TARIFF,
                at_s=round(at_s, 3),
                severity=shock.severity,
                duration_s=shock.duration_s,
            )
        )
    added = [fault for fault in added if fault.severity > 0]
    return world if not added else world.model_copy(update={"faults": (*world.faults, *added)})


def sensors(plant: Twin) -> list[str]:
    """List the sensors of a plant as faults name them, in its order."""
    config = plant.config
    if plant.scenario == "production":
        stations = [station.name for station in config.stations]
        return [f"{line}.{name}.{one}" for line in range(1, config.lines + 1) for name in stations for one in SENSORS]
    if plant.scenario == "maintenance":
        classes = {kind.name: kind for kind in config.classes}
        return [f"{asset.name}.{one}" for asset in config.assets for one in classes[asset.asset_class].sensors]
    return [f"{place}.{one}" for place, several in energy.quantities(config).items() for one in several]


def faults_of(plant: Twin) -> list[tuple[str, str]]:
    """List all (kind, target) that can break by plan, but for what sensors and the tariff do, in the plant's order."""
    config = plant.config
    if plant.scenario == "production":
        places = [f"{line}.{station.name}" for line in range(1, config.lines + 1) for station in config.stations]
        found = [(kind, place) for kind in production.RAMP_S for place in places]
    elif plant.scenario == "maintenance":
        modes = {kind.name: [mode.name for mode in kind.modes] for kind in config.classes}
        found = [(kind, one.name) for one in config.assets for kind in (*modes[one.asset_class], "communication_loss")]
    else:
        found = [(kind, place) for kind, places in energy.targets(config).items() for place in places]
    return [(kind, place) for kind, place in found if kind not in _OWN_STRESSORS]


def named(instance: TaskInstance) -> frozenset[str]:
    """Give the names of all things that an instance has to do with, wherever its document says them."""
    parts = (
        instance.parameters,
        instance.user.knows,
        [fault.target for fault in instance.world.faults],
        [command.arguments for command in instance.world.commands],
        [step.model_dump() for step in (*instance.reference, *instance.revised)],
        [check.model_dump() for check in instance.checks],
    )
    return frozenset(_words(parts))


def _words(part: Any) -> Iterable[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            # A line is a bare number: only where it is called a line does it name one.
            if isinstance(value, int) and not isinstance(value, bool):
                yield from (str(value),) if key in ("line", "other") else ()
            else:
                yield from _words(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _words(value)
    elif isinstance(part, str):
        yield part
        yield from re.findall(r"[\w-]+", part)
        yield from re.findall(r"[a-z]+", part)  # set_battery_power has to do with the battery


def _concerns(kind: str, target: str, known: frozenset[str]) -> bool:
    """Whether a fault strikes what the task names; in production, any place on such a line."""
    unit = kind.split("_")[0]
    return target in known or target.split(".")[0] in known or (unit in _UNITS and unit in known)


def _drifts(plant: Twin, sensor: str) -> bool:
    return plant.scenario != "energy" or sensor.partition(".")[2] in energy.DRIFT


def _sensor_faults(
    kind: str, wanted: Sensors, instance: TaskInstance, targets: Sequence[str], begin_s: float
) -> list[WorldFault]:
    """Strike sensors of places that the task names first, then any other."""
    dice = Dice(instance, kind)
    known = named(instance)
    order = sorted(dice.shuffled(targets), key=lambda one: -sum(part in known for part in one.split(".")))
    return [
        WorldFault(
            kind=kind,
            target=one,
            at_s=round(begin_s + wanted.within_s * dice.share(), 3),
            severity=wanted.severity,
        )
        for one in order[: wanted.count]
    ]

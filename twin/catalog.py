"""Which plants there are, and how to get one that has run for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from twin.clock import milliseconds
from twin.core import Plant, Twin
from twin.energy.config import EnergyConfig
from twin.energy.plant import EnergyPlant
from twin.errors import NotFound, no_such
from twin.faults import FaultPlan
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.plant import MaintenancePlant
from twin.production.config import ProductionConfig
from twin.production.plant import ProductionPlant

PLANTS: Mapping[str, tuple[type[BaseModel], Callable[..., Plant]]] = {
    "production": (ProductionConfig, ProductionPlant.build),
    "maintenance": (MaintenanceConfig, MaintenancePlant.build),
    "energy": (EnergyConfig, EnergyPlant.build),
}

CACHED_TWINS = 64
_warm: OrderedDict[tuple[str, int, int, str, str], Twin] = OrderedDict()


def build(scenario: str, *, seed: int, config: Any = None, faults: FaultPlan | None = None) -> Twin:
    """Build a plant at second 0.

    `config` is the scenario's own config model, a mapping of it, or None for the standard plant. Raises `NotFound` for
    an unknown scenario or a fault that names nothing in the plant, `pydantic.ValidationError` for a bad config.
    """
    settled = _settle(scenario, config)
    builder = PLANTS[scenario][1]
    plan = FaultPlan() if faults is None else faults
    return Twin(scenario, seed, settled, plan, builder(seed, settled, plan))


def warmed_up(
    scenario: str, *, seed: int, warmup_s: float, config: Any = None, faults: FaultPlan | None = None
) -> Twin:
    """Return a plant that has run for `warmup_s` seconds, forked from a pristine cached copy.

    Faults that start later do not touch the warm-up, so plants that differ in those alone share one cached copy.
    """
    plan = FaultPlan() if faults is None else faults
    early = plan.started_by(warmup_s)
    key = (
        scenario,
        seed,
        milliseconds(warmup_s),
        "" if config is None else _settle(scenario, config).model_dump_json(),
        early.model_dump_json() if early.faults else "",
    )
    pristine = _warm.get(key)
    if pristine is None:
        pristine = build(scenario, seed=seed, config=config, faults=early)
        pristine.advance(warmup_s)
        _warm[key] = pristine
        if len(_warm) > CACHED_TWINS:
            _warm.popitem(last=False)
    _warm.move_to_end(key)
    return pristine.fork() if early == plan else pristine.fork_with(plan)


def _settle(scenario: str, config: Any) -> BaseModel:
    if scenario not in PLANTS:
        raise NotFound(no_such("scenario", scenario, PLANTS))
    model = PLANTS[scenario][0]
    return model() if config is None else model.model_validate(config)

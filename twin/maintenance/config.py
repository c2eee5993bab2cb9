"""How a maintenance plant is built: assets, classes, crew, store. Frozen; the defaults are the standard shop."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from twin.maintenance.machines import ASSETS, CLASSES
from twin.maintenance.nameplates import (
    AssetConfig,
    ClassConfig,
    Frozen,
    NonNegative,
    PartConfig,
    Positive,
    Share,
    TaskConfig,
    TechnicianConfig,
    TestConfig,
)
from twin.maintenance.workshop import PARTS, TASKS, TECHNICIANS, TESTS


class MaintenanceConfig(Frozen):
    """A whole shop.

    `sample_min`: minutes between two samples of the sensors; `wear_min`: minutes between two steps of the damage.
    `routine_delay`: lead times of an ordinary order as a multiple of an urgent one's. `stock_variation`: whether the
    stock at second 0 differs from seed to seed. `test_error`: chance that a test misses or imagines something.
    `self_running`: the crew does all the work by itself, knowing every cause; for long runs without anybody.
    """

    assets: Annotated[tuple[AssetConfig, ...], Field(min_length=1)] = ASSETS
    classes: tuple[ClassConfig, ...] = CLASSES
    tests: tuple[TestConfig, ...] = TESTS
    tasks: tuple[TaskConfig, ...] = TASKS
    parts: tuple[PartConfig, ...] = PARTS
    technicians: tuple[TechnicianConfig, ...] = TECHNICIANS
    sample_min: Annotated[int, Field(ge=1, le=60)] = 1
    wear_min: Annotated[int, Field(ge=1)] = 10
    initial_damage: Share = 0.08
    potential_failure: Annotated[float, Field(ge=0, lt=1)] = 0.1
    residual_damage: Share = 0.04
    ambient_c: float = 22.0
    ambient_swing_c: NonNegative = 5.0
    load_swing_pct: NonNegative = 4.0
    work_time: Literal["lognormal", "exponential"] = "lognormal"
    work_variation: NonNegative = 0.15
    test_error: Share = 0.03
    routine_delay: Positive = 2.0
    stock_variation: bool = True
    crew_round_h: Positive | None = 4.0
    self_running: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        classes = {each.name for each in self.classes}
        names = {each.name for each in self.assets}
        tasks = {each.name for each in self.tasks}
        parts = {each.name for each in self.parts}
        wrong = [f"asset {a.name}: class {a.asset_class}" for a in self.assets if a.asset_class not in classes]
        wrong += [f"asset {a.name}: partner {a.partner}" for a in self.assets if a.partner and a.partner not in names]
        wrong += [f"class {c.name}: service task {c.service_task}" for c in self.classes if c.service_task not in tasks]
        wrong += [f"class {c.name}: no temperature_c" for c in self.classes if "temperature_c" not in c.sensors]
        wrong += [f"task {t.name}: part {p}" for t in self.tasks for p in t.parts.values() if p not in parts]
        wrong += [] if "inspect" in tasks else ["task inspect, which the planner orders"]
        if wrong:
            raise ValueError(f"these are not in the plant: {'; '.join(wrong)}")
        if len(names) < len(self.assets):
            raise ValueError("each asset must be named once")
        return self

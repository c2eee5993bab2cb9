"""The words in which a maintenance plant is described: asset, class, failure mode, test, task, part, technician."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Skill = Literal["mechanical", "electrical", "instrument"]
Policy = Literal["run_to_failure", "preventive", "condition_based"]


class Frozen(BaseModel):
    """Base of all descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SensorConfig(Frozen):
    """What a sensor of a sound running machine says: `base` + `per_load` x duty share (+ ambient for a temperature).

    `noise` is the standard deviation of a sample. An alarm stands beyond `warning` and `critical`, which lie below the
    usual values when the sensor `falls` with damage. `keeps`: it says the same while the machine stands.
    """

    base: float
    per_load: float = 0.0
    noise: NonNegative
    warning: float
    critical: float | None = None
    falls: bool = False
    keeps: bool = False


class ModeConfig(Frozen):
    """A failure mode. Damage goes from 0 to 1, functional failure, in `life_h` operating hours on average.

    `process`: gamma (wear; `spread` is the coefficient of variation of the damage at the end of the mean life), wiener
    (with drift; `spread` as before) or shock (none for an exponential time, then all at once). `symptoms` are what full
    damage adds to each sensor, `findings` what each test then finds.
    """

    name: str
    process: Literal["gamma", "wiener", "shock"]
    life_h: Positive
    spread: Positive = 0.2
    symptoms: Mapping[str, float]
    findings: Mapping[str, str]


class ClassConfig(Frozen):
    """A class of machine. `zones` are the boundaries A/B, B/C and C/D of its vibration, in mm/s RMS.

    Every class has a `temperature_c` among its sensors.
    """

    name: str
    sensors: Mapping[str, SensorConfig]
    zones: tuple[float, float, float] | None
    tests: tuple[str, ...]
    modes: Annotated[tuple[ModeConfig, ...], Field(min_length=1)]
    service_task: str


class AssetConfig(Frozen):
    """A machine. `partner` stands by for it, or it for its partner; of two partners the first named runs at first."""

    name: str
    asset_class: str
    area: str
    service: str
    criticality: Literal["A", "B", "C"]
    duty_pct: Annotated[float, Field(ge=0, le=120)] = 85.0
    policy: Policy = "run_to_failure"
    interval_h: Positive = 1440.0
    partner: str | None = None


class TestConfig(Frozen):
    """A diagnostic test: how long it takes, what it needs, and its value for a sound and for a ruined machine."""

    __test__ = False  # the name begins with Test, yet it tests machines

    name: str
    minutes: Positive
    unit: str
    sound: float
    ruined: float
    isolated: bool = False
    running: bool = False


class TaskConfig(Frozen):
    """A kind of work. `repairs` are the failure modes that it removes; `parts` names the part needed, by class."""

    name: str
    hours: Positive
    skill: Skill
    classes: tuple[str, ...]
    repairs: tuple[str, ...] = ()
    parts: Mapping[str, str] = {}
    quantity: Annotated[int, Field(ge=1)] = 1
    isolation: bool = True


class PartConfig(Frozen):
    """A spare part. The store reorders `order_quantity` when what it has or awaits is down to `reorder_point`."""

    name: str
    description: str
    stock: Annotated[int, Field(ge=0)]
    reorder_point: Annotated[int, Field(ge=0)]
    order_quantity: Annotated[int, Field(ge=1)]
    lead_time_h: Positive
    price_eur: NonNegative


class TechnicianConfig(Frozen):
    """Somebody of the crew."""

    name: str
    skills: tuple[Skill, ...]
    shift: Literal["early", "late", "always"]

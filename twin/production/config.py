"""How a production plant is built: lines, stations, recipes, orders. Frozen; the defaults are the standard plant."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin.production.calendar import ShiftConfig, draw_up
from twin.production.durations import Distribution

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]

SENSORS = ("temperature_c", "vibration_mm_s", "tool_wear_pct")
"""What is measured at every station."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StationConfig(_Frozen):
    """One kind of station; every line has one of each. The last one of a line inspects.

    `load` is its mean processing time as a share of the line's takt (3600 s / speed), `variation` the coefficient of
    variation (an exponential `distribution` has its own, 1). `mtbf_h` counts operating hours; None never fails.
    `defect_rate` is the chance that it spoils a part at planned speed with a fresh tool, `rework_share` the share of
    those that rework can save.
    """

    name: str
    load: Positive = 0.9
    variation: Annotated[float, Field(ge=0)] = 0.2
    distribution: Distribution = "lognormal"
    buffer_after: Annotated[int, Field(ge=0)] = 6
    mtbf_h: Positive | None = 20.0
    repair_min: Positive = 12.0
    repair_variation: Annotated[float, Field(ge=0)] = 0.5
    repair_distribution: Distribution = "lognormal"
    defect: str = "defect"
    defect_rate: Share = 0.007
    rework_share: Share = 0.5
    tool_life_h: Positive = 12.0
    hot_c: float = 55.0
    vibration_mm_s: float = 2.0
    busy_kw: float = 6.0
    idle_kw: float = 1.5
    standby_kw: float = 0.3


class Recipe(_Frozen):
    """How a product is made. `planned_speed_per_h` is what planning counts on, `max_speed_per_h` what tools stand."""

    product: str
    planned_speed_per_h: Positive
    max_speed_per_h: Positive
    weld_temperature_c: float
    inspection: str

    @property
    def cycle_s(self) -> float:
        """Planned run time per part at the slowest station."""
        return 3600 / self.planned_speed_per_h


class Changeover(_Frozen):
    """Minutes that a changeover from one product to another takes; both directions are given."""

    before: str
    after: str
    minutes: Positive


class OrderConfig(_Frozen):
    """How orders come. Outside orders keep each line's queue between `queue_low` and `queue_high`."""

    quantity_low: Annotated[int, Field(ge=1)] = 60
    quantity_high: int = 150
    quantity_step: Annotated[int, Field(ge=1)] = 10
    queue_low: Annotated[int, Field(ge=0)] = 2
    queue_high: int = 4
    interval_h: Positive = 1.5
    slack_low: Positive = 0.75
    slack_high: Positive = 1.9
    same_product_share: Share = 0.25


def _standard_shifts() -> tuple[ShiftConfig, ...]:
    hours = (("early", 6, 14), ("late", 14, 22), ("night", 22, 6))
    return tuple(ShiftConfig(name=name, start=time(start), end=time(end)) for name, start, end in hours)


def _standard_stations() -> tuple[StationConfig, ...]:
    return (
        StationConfig(
            name="cut", load=0.84, defect="burr", rework_share=0.8, hot_c=48, vibration_mm_s=2.6, busy_kw=7.5
        ),
        StationConfig(
            name="form", load=0.9, defect="dimension", rework_share=0.2, hot_c=56, vibration_mm_s=3.0, busy_kw=11.0
        ),
        StationConfig(
            name="weld",
            load=1.0,
            mtbf_h=16,
            repair_min=14,
            defect="porosity",
            defect_rate=0.011,
            rework_share=0.35,
            hot_c=72,
            vibration_mm_s=1.9,
            busy_kw=18.0,
            idle_kw=3.0,
        ),
        StationConfig(
            name="paint", load=0.92, defect="paint_run", rework_share=0.75, hot_c=60, vibration_mm_s=1.4, busy_kw=9.0
        ),
        StationConfig(
            name="inspect",
            load=0.78,
            mtbf_h=40,
            repair_min=8,
            buffer_after=0,
            defect_rate=0,
            tool_life_h=40,
            hot_c=32,
            vibration_mm_s=0.9,
            busy_kw=2.0,
            idle_kw=0.8,
        ),
    )


def _standard_recipes() -> tuple[Recipe, ...]:
    rows = (
        ("bracket", 88, 120, 1480, "visual"),
        ("housing", 80, 100, 1520, "visual and leak test"),
        ("flange", 84, 110, 1500, "visual and gauge"),
        ("valve", 76, 90, 1440, "x-ray and leak test"),
    )
    return tuple(
        Recipe(product=p, planned_speed_per_h=plan, max_speed_per_h=most, weld_temperature_c=t, inspection=how)
        for p, plan, most, t, how in rows
    )


def _standard_changeovers() -> tuple[Changeover, ...]:
    products = ("bracket", "housing", "flange", "valve")
    minutes = ((0, 16, 9, 20), (14, 0, 15, 11), (8, 14, 0, 18), (19, 12, 17, 0))
    return tuple(
        Changeover(before=before, after=after, minutes=minutes[i][j])
        for i, before in enumerate(products)
        for j, after in enumerate(products)
        if i != j
    )


class ProductionConfig(_Frozen):
    """A whole plant. The default is the standard plant: 3 lines of cut, form, weld, paint, inspect.

    `crew_round_h`: how often the crew walks round, acknowledges what is over or minor, and changes worn tools;
    None for never. `shifts`: when people work, standard round the clock; outside, the lines stand still.
    `stock_batch`: parts made to stock when a line is changed to a product that nobody ordered.
    """

    lines: Annotated[int, Field(ge=1)] = 3
    stations: Annotated[tuple[StationConfig, ...], Field(min_length=1)] = Field(default_factory=_standard_stations)
    recipes: Annotated[tuple[Recipe, ...], Field(min_length=1)] = Field(default_factory=_standard_recipes)
    changeovers: tuple[Changeover, ...] = Field(default_factory=_standard_changeovers)
    orders: OrderConfig = OrderConfig()
    shifts: Annotated[tuple[ShiftConfig, ...], Field(min_length=1)] = Field(default_factory=_standard_shifts)
    speed_low: Positive = 20.0
    speed_high: Positive = 120.0
    initial_speed_low: int = 64
    initial_speed_high: int = 80
    stock_batch: Annotated[int, Field(ge=1)] = 40
    crew_round_h: Positive | None = 4.0
    ambient_c: float = 22.0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        names = [station.name for station in self.stations]
        products = [recipe.product for recipe in self.recipes]
        if len(set(names)) < len(names) or len(set(products)) < len(products):
            raise ValueError(f"stations {names} and products {products} must each be named once")
        given = {(changeover.before, changeover.after) for changeover in self.changeovers}
        missing = [(a, b) for a in products for b in products if a != b and (a, b) not in given]
        if missing:
            raise ValueError(f"changeovers {missing} are missing; give minutes for every pair of products")
        draw_up(self.shifts)
        return self

"""The numeric views, one for each plant: what is seen, what can be moved, what is paid, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.control_clerk import Repairs
from scenarios.control_levers import Dial, Engine, Lever, Pace
from scenarios.control_rewards import EnergyBill, GoodParts, MakeMeter, Uptime
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.machines import ASSETS, CLASSES
from twin.maintenance.workshop import TASKS

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Signal:
    """A number that is seen. `low` and `high` become -1 and 1; what lies beyond is clipped.

    Without `tool` it is the measured Variable of this name, else the field `answer` of what a reading tool answers.
    """

    name: str
    low: float
    high: float
    tool: str | None = None
    answer: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControlView:
    """A plant as a control problem. All times are whole parts of one another; levers are all Box or all discrete.

    `scale_eur`: this much money is a reward of 1.
    """

    period_s: float
    sample_s: float
    steps: int
    signals: tuple[Signal, ...]
    levers: tuple[Lever, ...]
    meter: MakeMeter
    scale_eur: float
    config: Any = None
    warmup_s: float = HOUR_S


_LINES = (1, 2, 3)
_STATIONS = ("cut", "form", "weld", "paint", "inspect")
_PRODUCTION = tuple(
    Signal(f"line{line}.{quantity}", low, high)
    for line in _LINES
    for quantity, low, high in (
        ("speed_per_h", 20, 120),
        ("running", 0, 1),
        ("throughput_per_h", 0, 120),
        ("wip", 0, 40),
        ("scrap_pct", 0, 20),
        ("power_kw", 0, 80),
        ("oee_pct", 0, 110),
        ("lead_time_min", 0, 40),
        *((f"{station}.tool_wear_pct", 0, 100) for station in _STATIONS),
        *((f"{station}.vibration_mm_s", 0, 10) for station in _STATIONS),
    )
)

_SENSORS = {
    "vibration_mm_s": (0, 12),
    "temperature_c": (20, 120),
    "current_a": (0, 150),
    "flow_pct": (40, 110),
    "oil_ppm": (0, 180),
    "travel_error_pct": (0, 15),
    "leak_l_min": (0, 5),
}
_CLASS_OF = {kind.name: kind for kind in CLASSES}
_MAINTENANCE = (
    *(
        signal
        for asset in ASSETS
        for signal in (
            Signal(f"{asset.name}.running", 0, 1),
            *(Signal(f"{asset.name}.{name}", *_SENSORS[name]) for name in _CLASS_OF[asset.asset_class].sensors),
            Signal(f"{asset.name}.open_work_orders", 0, 2, "get_asset", "open_work_orders", {"asset": asset.name}),
        )
    ),
    Signal("technicians.available", 0, 6, "list_technicians", "available_count"),
)
_HOUR_EUR = {"A": 300.0, "B": 120.0, "C": 40.0}
_FIRST = {asset.name: min(asset.name, asset.partner or asset.name) for asset in ASSETS}
_SERVICES = {
    tuple(name for name, first in _FIRST.items() if first == asset.name): _HOUR_EUR[asset.criticality]
    for asset in ASSETS
    if _FIRST[asset.name] == asset.name
}
AGEING = 20.0
"""Lives are this many times shorter than in the standard shop, whose machines would outlast a hundred episodes."""
_AGED = MaintenanceConfig(
    initial_damage=0.95,
    classes=tuple(
        kind.model_copy(
            update={
                "modes": tuple(mode.model_copy(update={"life_h": mode.life_h / AGEING}) for mode in kind.modes),
            }
        )
        for kind in CLASSES
    ),
)

_ENERGY = (
    Signal("grid.import_kw", 0, 850),
    Signal("tariff.price_ct_kwh", 10, 40),
    Signal("pv1.power_kw", 0, 300),
    Signal("battery1.soc_pct", 0, 100),
    Signal("battery1.power_kw", -250, 250),
    Signal("chp1.power_kw", 0, 250),
    Signal("chp1.running", 0, 1),
    Signal("T1.loading_pct", 0, 100),
    *(Signal(f"{load}.power_kw", 0, kw) for load, kw in (("press", 250), ("weld", 200), ("office", 80))),
    *(Signal(f"{load}.power_kw", 0, kw) for load, kw in (("furnace", 180), ("compressor", 110), ("hvac", 110))),
    *(Signal(f"{load}.power_kw", 0, kw) for load, kw in (("lighting", 60), ("cooling", 80))),
    *(Signal(f"ev{number}.power_kw", 0, 22) for number in (1, 2, 3, 4)),
    Signal("peak_so_far_kw", 550, 850, "get_costs", "peak_import_kw", {"hours": 24}),
    Signal("tariff.next_price_ct_kwh", 10, 40, "get_tariff", "next_price_ct_kwh"),
    Signal("tariff.changes_in_h", 0, 8, "get_tariff", "changes_in_h"),
    Signal("forecast.load_kw", 100, 850, "get_forecast", "maximum", {"quantity": "load", "hours": 2}),
    Signal("forecast.pv_kw", 0, 300, "get_forecast", "mean", {"quantity": "pv", "hours": 2}),
)
_CHARGERS = ("ev1", "ev2", "ev3", "ev4")

VIEWS: Mapping[str, ControlView] = {
    "production": ControlView(
        period_s=600,
        sample_s=600,
        steps=48,
        signals=_PRODUCTION,
        levers=tuple(Pace(f"line{line}", 10.0) for line in _LINES),
        meter=lambda: GoodParts(good_eur=1.5, scrap_eur=3.0, energy_eur_kwh=0.3, lines=_LINES),
        scale_eur=100,
    ),
    "maintenance": ControlView(
        period_s=1800,
        sample_s=600,
        steps=46,
        signals=_MAINTENANCE,
        levers=(Repairs({a.name: tuple(t.name for t in TASKS if a.asset_class in t.classes) for a in ASSETS}),),
        meter=lambda: Uptime(services=_SERVICES, sample_h=1 / 6),
        scale_eur=1000,
        config=_AGED,
    ),
    "energy": ControlView(
        period_s=900,
        sample_s=900,
        steps=92,
        signals=_ENERGY,
        levers=(
            Dial("battery1.power_kw", ("battery1.power_kw",), -250, 0, 250),
            Engine("chp1", 80, 250),
            Dial("chargers.limit_kw", tuple(f"{charger}.limit_kw" for charger in _CHARGERS), 0, 11, 22),
        ),
        meter=lambda: EnergyBill(stored_ct_kwh=21.0, missing_eur_kwh=0.5),
        scale_eur=50,
    ),
}
"""Scenario -> its view."""

"""Planned faults and events of a microgrid: their kinds, the places they strike, and how much they do."""

from __future__ import annotations

from collections.abc import Mapping

from twin.clock import milliseconds
from twin.energy.config import EnergyConfig
from twin.errors import NotFound, no_such
from twin.faults import Fault, FaultPlan

TARIFF = "tariff"
GRID = "grid"

KINDS = (
    "price_spike",
    "grid_outage",
    "pv_drop",
    "load_surge",
    "demand_response",
    "line_derating",
    "generator_trip",
    "battery_derating",
    "sensor_drift",
    "sensor_stuck",
    "communication_loss",
)
OF_ONE_SENSOR = ("sensor_drift", "sensor_stuck")
HOLDING = ("sensor_stuck", "communication_loss")
"""Kinds under which a value stays what it was when they began."""

PV_RAMP_S = 120.0
SURGE_RAMP_S = 180.0
DRIFT_RAMP_S = 600.0
DRIFT: Mapping[str, float] = {
    "import_kw": -180.0,
    "soc_pct": 30.0,
    "power_kw": 60.0,
    "loading_pct": -40.0,
    "voltage_pu": -0.06,
}
"""What a drift of full severity adds to a reading."""


def price_factor(how_bad: float) -> float:
    """Multiply the import price by up to four."""
    return 1 + 3 * how_bad


def surge_share(how_bad: float) -> float:
    """Add up to twice a load's nominal power, as a share of it."""
    return 2 * how_bad


def asked_import_kw(how_bad: float, contracted_kw: float) -> float:
    """Return the import that a demand-response call asks to keep below."""
    return contracted_kw * (1 - 0.7 * how_bad)


def remaining(how_bad: float, worst_loss: float) -> float:
    """Return the share of a unit's or line's ability that is left."""
    return 1 - worst_loss * how_bad


def quantities(config: EnergyConfig) -> dict[str, tuple[str, ...]]:
    """Give what is measured, by place, in the plant's order."""
    table: dict[str, tuple[str, ...]] = {TARIFF: ("price_ct_kwh",), GRID: ("import_kw",)}
    rows: list[tuple[str, tuple[str, ...]]] = [
        (config.battery.name, ("soc_pct", "power_kw")),
        (config.pv.name, ("power_kw",)),
        (config.generator.name, ("power_kw",)),
        (config.transformer.name, ("loading_pct",)),
        *((line.name, ("loading_pct",)) for line in config.lines),
        *((bus, ("voltage_pu",)) for bus in config.buses),
        *((load.name, ("power_kw",)) for load in config.loads),
        *((charger.name, ("power_kw",)) for charger in config.chargers),
    ]
    # A load may bear its bus's name: then the place has both.
    for place, measured in rows:
        table[place] = (*table.get(place, ()), *measured)
    return table


def targets(config: EnergyConfig) -> dict[str, tuple[str, ...]]:
    """Give the places that each kind of fault can strike, but for those of one sensor."""
    return {
        "price_spike": (TARIFF,),
        "grid_outage": (GRID,),
        "demand_response": (GRID,),
        "pv_drop": (config.pv.name,),
        "load_surge": tuple(load.name for load in config.loads),
        "line_derating": (config.transformer.name, *(line.name for line in config.lines)),
        "generator_trip": (config.generator.name,),
        "battery_derating": (config.battery.name,),
        "communication_loss": tuple(quantities(config)),
    }


def place_faults(plan: FaultPlan, config: EnergyConfig) -> dict[str, tuple[Fault, ...]]:
    """Sort a plan by place. Raises `NotFound` for a kind or target that is none, with the nearest name."""
    measured = quantities(config)
    known = targets(config)
    places: dict[str, tuple[Fault, ...]] = {}
    for fault in plan.faults:
        if fault.kind not in KINDS:
            raise NotFound(no_such("fault kind", fault.kind, KINDS))
        place, _, sensor = fault.target.partition(".")
        if fault.kind in OF_ONE_SENSOR:
            if place not in measured or (sensor and sensor not in measured[place]):
                names = [f"{name}.{one}" for name, several in measured.items() for one in several]
                raise NotFound(no_such("fault target", fault.target, names))
        elif fault.target not in known[fault.kind]:
            raise NotFound(no_such(f"target of {fault.kind}", fault.target, known[fault.kind]))
        places[place] = (*places.get(place, ()), fault)
    return places


def next_turn_ms(places: Mapping[str, tuple[Fault, ...]], after_ms: int) -> int | None:
    """Return when the next fault begins or ends after a time, or None."""
    turns = []
    for faults in places.values():
        for fault in faults:
            turns.append(milliseconds(fault.start_s))
            if fault.end_s is not None:
                turns.append(milliseconds(fault.end_s))
    return min((turn for turn in turns if turn > after_ms), default=None)

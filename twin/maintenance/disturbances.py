"""Planned faults: which kinds there are, and where each may act."""

from __future__ import annotations

from twin.errors import NotFound, no_such
from twin.faults import Fault, FaultPlan
from twin.maintenance.config import MaintenanceConfig

DRIFT_RAMP_S = 900.0
DRIFT = {
    "vibration_mm_s": 6.0,
    "temperature_c": 45.0,
    "current_a": 60.0,
    "flow_pct": -35.0,
    "oil_ppm": 95.0,
    "leak_l_min": 4.0,
    "travel_error_pct": 12.0,
}
"""What a sensor that drifts says too much at full severity."""
SENSOR_FAULTS = ("sensor_drift", "sensor_stuck")
OTHER_FAULTS = (*SENSOR_FAULTS, "communication_loss")


def kinds(config: MaintenanceConfig) -> list[str]:
    """Return all kinds of fault: the failure modes of all classes, and what goes wrong with sensors."""
    return [*dict.fromkeys(mode.name for kind in config.classes for mode in kind.modes), *OTHER_FAULTS]


def place_faults(plan: FaultPlan, config: MaintenanceConfig) -> dict[str, tuple[Fault, ...]]:
    """Sort a plan by machine. Raises `NotFound` for a kind or target that the plant lacks, or that do not fit."""
    classes = {kind.name: kind for kind in config.classes}
    machines = {asset.name: classes[asset.asset_class] for asset in config.assets}
    known = kinds(config)
    places: dict[str, tuple[Fault, ...]] = {}
    for fault in plan.faults:
        if fault.kind not in known:
            raise NotFound(no_such("fault kind", fault.kind, known))
        asset, dot, sensor = fault.target.partition(".")
        if asset not in machines:
            raise NotFound(no_such("fault target", fault.target, machines))
        machine = machines[asset]
        if fault.kind not in OTHER_FAULTS:
            fitting = [mode.name for mode in machine.modes]
            if fault.kind not in fitting:
                raise NotFound(f"a {machine.name} such as {asset} has no {fault.kind}; it has {', '.join(fitting)}")
        if dot and (fault.kind not in SENSOR_FAULTS or sensor not in machine.sensors):
            sensors = ", ".join(machine.sensors)
            raise NotFound(f"fault target {fault.target!r} is none; only {SENSOR_FAULTS} take a sensor, of {sensors}")
        places[asset] = (*places.get(asset, ()), fault)
    return places

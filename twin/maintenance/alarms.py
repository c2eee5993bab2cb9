"""Alarms of what sensors say, of service that is overdue, and the crew's round."""

from __future__ import annotations

from twin.maintenance.floor import HOUR_MS, Floor, Place
from twin.maintenance.nameplates import SensorConfig
from twin.maintenance.state import AssetState

CLEARING = 0.07
"""An alarm clears this share of its limit on the safe side, so that noise does not ring it twice."""
UNITS = {
    "vibration_mm_s": "mm/s",
    "temperature_c": "C",
    "current_a": "A",
    "flow_pct": "%",
    "oil_ppm": "ppm",
    "leak_l_min": "l/min",
    "travel_error_pct": "%",
}
WORDS = {
    "vibration_mm_s": "vibration",
    "temperature_c": "temperature",
    "current_a": "motor current",
    "flow_pct": "flow",
    "oil_ppm": "particles in the oil",
    "leak_l_min": "leakage",
    "travel_error_pct": "travel error",
}


def watch_asset(floor: Floor, place: Place, asset: AssetState) -> None:
    """Raise and clear the alarms of what a machine's sensors say."""
    standing = asset.standing
    for value, (sensor, config) in zip(asset.said, place.sensors, strict=True):
        if config.falls:
            if (value >= config.warning or asset.state != "running") and not standing:
                continue
        elif value <= config.warning and not standing:
            continue
        _watch(floor, place, asset, sensor, config, value, "warning", config.warning)
        if config.critical is not None:
            _watch(floor, place, asset, sensor, config, value, "critical", config.critical)


def _watch(
    floor: Floor,
    place: Place,
    asset: AssetState,
    sensor: str,
    config: SensorConfig,
    value: float,
    severity: str,
    limit: float,
) -> None:
    cause = sensor if severity == "warning" else f"{sensor}_critical"
    beyond = value < limit if config.falls else value > limit
    if config.falls and asset.state != "running":
        beyond = False
        safe = True
    else:
        safe = value > limit * (1 + CLEARING) if config.falls else value < limit * (1 - CLEARING)
    if beyond and cause not in asset.standing:
        asset.standing.append(cause)
        side = "below" if config.falls else "above"
        zone = ""
        if sensor == "vibration_mm_s" and place.kind.zones is not None:
            zone = ", zone D" if severity == "critical" else ", zone C"
        text = f"{WORDS[sensor]} of {asset.name} {side} {limit:g} {UNITS[sensor]}{zone}"
        floor.sound_alarm(asset.name, severity, cause, text)
    elif safe and cause in asset.standing:
        asset.standing.remove(cause)
        floor.clear_alarm(asset.name, cause)


def watch_service(floor: Floor) -> None:
    """Raise the alarm of each machine whose preventive service is overdue."""
    for asset in floor.state.assets.values():
        if asset.policy == "preventive" and floor.state.now_ms > asset.service_ms:
            overdue = f"preventive service of {asset.name} is overdue"
            floor.sound_alarm(asset.name, "info", "service_overdue", overdue)


def crew_round(floor: Floor) -> None:
    """Let the crew acknowledge what is minor, or over and not critical."""
    book = floor.state.alarms
    now = floor.state.now_ms
    for alarm in list(book.listed()):
        if not alarm.acknowledged and (alarm.severity == "info" or (not alarm.active and alarm.severity != "critical")):
            book.acknowledge(floor.journal, now, alarm.name, "crew")
    book.forget(now)


def on_the_hour(floor: Floor) -> None:
    """Do what is done every hour, or every few hours."""
    now = floor.state.now_ms
    if now % HOUR_MS:
        return
    watch_service(floor)
    round_h = floor.layout.config.crew_round_h
    if round_h is not None and now and now % round(round_h * HOUR_MS) == 0:
        crew_round(floor)

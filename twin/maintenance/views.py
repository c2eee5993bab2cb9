"""The looks at machines, alarms and the manual. Each is a pure function of the state and answers with a flat dict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twin import kpi
from twin.alarm_book import SEVERITIES
from twin.clock import iso_time
from twin.errors import NotFound, Unavailable, no_such
from twin.maintenance import manual, workviews
from twin.maintenance.floor import HOUR_MS, Floor, Place
from twin.maintenance.lookup import check_range, find_asset, find_name
from twin.maintenance.sensors import DIGITS, ambient_c, silent, sound, steady
from twin.maintenance.service import duty_pct
from twin.maintenance.state import ASSET_STATES, AssetState

HOURS_RANGE = (1.0, 24.0)
HISTORY_SHOWN = 6
WORTH_NAMING = 0.4
"""Share of the way from usual to the warning limit from which a sensor is worth naming as the worst."""


def list_assets(floor: Floor, asset_class: str | None = None, state: str | None = None) -> dict[str, Any]:
    """List machines."""
    if asset_class is not None:
        find_name("asset class", asset_class, (kind.name for kind in floor.layout.config.classes))
    if state is not None:
        find_name("asset state", state, ASSET_STATES)
    rows = []
    for asset in floor.state.assets.values():
        config = floor.place(asset).config
        if asset_class in (None, config.asset_class) and state in (None, asset.state):
            rows.append(
                {
                    "asset": asset.name,
                    "asset_class": config.asset_class,
                    "area": config.area,
                    "state": asset.state,
                    "criticality": config.criticality,
                }
            )
    return {"count": len(rows), "assets": rows, "failed_count": sum(row["state"] == "failed" for row in rows)}


def run_ms(floor: Floor, asset: AssetState) -> int:
    """Return how long a machine has run, the time not yet booked included."""
    going = floor.state.now_ms - asset.booked_ms if asset.state == "running" else 0
    return asset.run_ms + going


def get_asset(floor: Floor, asset: str) -> dict[str, Any]:
    """Tell what a machine is, how it is looked after, and what has failed on it before."""
    found = find_asset(floor, asset)
    config = floor.place(found).config
    now = floor.state.now_ms
    down = 0 if found.down_ms is None else now - found.down_ms
    planned = found.policy == "preventive"
    orders = [order for order in floor.state.workshop.orders.values() if order.asset == asset and order.is_open]
    last = found.history[-1] if found.history else None
    between_s = kpi.mean_time_between_failures(run_ms(floor, found) / 1000, found.failures)
    repair_s = kpi.mean_time_to_repair((found.lost_ms + down) / 1000, found.failures)
    return {
        "asset": found.name,
        "asset_class": config.asset_class,
        "area": config.area,
        "service": config.service,
        "state": found.state,
        "isolated": "yes" if found.isolated else "no",
        "criticality": config.criticality,
        "running_hours": round(run_ms(floor, found) / HOUR_MS, 1),
        "policy": found.policy,
        "next_service_h": round((found.service_ms - now) / HOUR_MS, 1) if planned else 0.0,
        "open_work_orders": len(orders),
        "failures": found.failures,
        "mtbf_h": round(between_s / 3600, 1),
        "mttr_h": round(repair_s / 3600, 1),
        "last_cause": last.cause if last else "none",
        "last_task": last.task if last else "none",
        "history": [
            {
                "time": iso_time(past.time_ms / 1000),
                "cause": past.cause,
                "task": past.task,
                "downtime_h": round(past.downtime_ms / HOUR_MS, 1),
            }
            for past in found.history[: -HISTORY_SHOWN - 1 : -1]
        ],
    }


def iso_zone(place: Place, vibration: float) -> str:
    """Return the ISO 20816 zone of a vibration: A, B, C or D; none for a machine without zones."""
    zones = place.kind.zones
    if zones is None:
        return "none"
    return "ABCD"[sum(vibration > limit for limit in zones)]


def worst_sensor(floor: Floor, place: Place, asset: AssetState) -> str:
    """Return the sensor that has gone farthest from usual towards its warning limit; none while all is as usual."""
    if asset.state != "running":
        return "none"
    usual = steady(floor, place, sound(place), duty_pct(floor, place, asset) / 100, ambient_c(floor))
    shares = [
        (said - fresh) / (config.warning - fresh) if config.warning != fresh else 0.0
        for said, fresh, (_, config) in zip(asset.said, usual, place.sensors, strict=True)
    ]
    most = max(shares)
    return place.sensors[shares.index(most)][0] if most > WORTH_NAMING else "none"


def heard(floor: Floor, asset: AssetState) -> dict[str, float]:
    """Return what a machine's sensors say. Raises `Unavailable` while they cannot be reached."""
    if silent(floor, asset):
        raise Unavailable(f"the sensors of {asset.name} do not answer: communication is lost; look on site or wait")
    return {sensor: value for (sensor, _), value in zip(floor.place(asset).sensors, asset.said, strict=True)}


def get_condition(floor: Floor, asset: str) -> dict[str, Any]:
    """Tell what a machine's sensors say."""
    found = find_asset(floor, asset)
    place = floor.place(found)
    values = heard(floor, found)
    return {
        "asset": found.name,
        "state": found.state,
        **values,
        "iso_zone": iso_zone(place, values.get("vibration_mm_s", 0.0)),
        "worst_sensor": worst_sensor(floor, place, found),
    }


def get_condition_history(floor: Floor, asset: str, sensor: str, hours: float = 8.0) -> dict[str, Any]:
    """Sum up what a sensor said."""
    found = find_asset(floor, asset)
    place = floor.place(found)
    column = place.sensor(sensor)
    if column < 0:
        every = [name for kind in floor.layout.config.classes for name in kind.sensors]
        fitted = ", ".join(name for name, _ in place.sensors)
        if sensor in every:
            raise NotFound(f"{found.name} has no sensor {sensor!r}; it has {fitted}")
        raise NotFound(no_such("sensor", sensor, dict.fromkeys(every)))
    check_range("hours", hours, *HOURS_RANGE)
    values = [*readings(floor, place, column, hours), heard(floor, found)[sensor]]
    digits = DIGITS.get(sensor, 1)
    per_h = 60 / (floor.layout.config.sample_min * 5)
    return {
        "asset": found.name,
        "sensor": sensor,
        "hours": hours,
        "mean": round(sum(values) / len(values), digits),
        "minimum": min(values),
        "maximum": max(values),
        "latest": values[-1],
        "trend_per_h": round(per_h * _slope(values[:-1]), digits),
    }


def readings(floor: Floor, place: Place, column: int, hours: float) -> list[float]:
    """Return the kept samples of the last hours, oldest first; fewer when the plant is younger."""
    rows = floor.state.sampler.rows
    count = round(hours * 60 / (floor.layout.config.sample_min * 5)) + 1
    return [rows[at][place.index][column] for at in range(max(0, len(rows) - count), len(rows))]


def _slope(values: list[float]) -> float:
    """Least-squares slope of evenly spaced values, per step."""
    count = len(values)
    if count < 2:
        return 0.0
    middle = (count - 1) / 2
    mean = sum(values) / count
    spread = count * (count * count - 1) / 12
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / spread


def list_alarms(floor: Floor, asset: str | None = None, severity: str | None = None) -> dict[str, Any]:
    """List the alarms that are active or not acknowledged; `asset` may be a part that runs low."""
    if asset is not None:
        find_name("asset", asset, [*floor.state.assets, *floor.layout.parts])
    if severity is not None:
        find_name("severity", severity, SEVERITIES)
    listed = [
        alarm
        for alarm in floor.state.alarms.listed()
        if asset in (None, alarm.place) and severity in (None, alarm.severity)
    ]
    waiting = [alarm for alarm in listed if not alarm.acknowledged]
    worst = max(waiting, key=lambda alarm: SEVERITIES.index(alarm.severity), default=None)
    return {
        "count": len(listed),
        "unacknowledged": len(waiting),
        "worst_alarm": worst.name if worst else "none",
        "worst_asset": worst.place if worst else "none",
        "worst_severity": worst.severity if worst else "none",
        "alarms": [
            {
                "alarm": alarm.name,
                "asset": alarm.place,
                "severity": alarm.severity,
                "text": alarm.text,
                "acknowledged": alarm.acknowledged,
                "raised": iso_time(alarm.raised_ms / 1000),
            }
            for alarm in listed
        ],
    }


def search_manual(floor: Floor, query: str) -> dict[str, Any]:  # noqa: ARG001 - the manual is the same in every plant
    """Find sections of the manual."""
    found = manual.search(query)
    best = found[0] if found else None
    return {
        "count": len(found),
        "title": best.title if best else "none",
        "text": best.text[: manual.TEXT_LENGTH] if best else "none",
        "sections": [{"section": section.name, "title": section.title} for section in found[: manual.SHOWN]],
    }


VIEWS: Mapping[str, Callable[..., dict[str, Any]]] = {
    view.__name__: view
    for view in (
        list_assets,
        get_asset,
        get_condition,
        get_condition_history,
        list_alarms,
        search_manual,
        workviews.list_spare_parts,
        workviews.get_spare_part,
        workviews.list_technicians,
        workviews.list_work_orders,
        workviews.verify_repair,
    )
}

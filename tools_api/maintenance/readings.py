"""Looking at the maintenance shop: eleven tools that change nothing."""

# ruff: noqa: D417 - the docstring is the tool's card: it ends with Returns and tells nothing of the plant

from __future__ import annotations

from typing import Any

from tools_api.maintenance.parameters import (
    AlarmPlace,
    Asset,
    AssetClass,
    AssetState,
    Hours,
    OrderState,
    Part,
    Sensor,
    Severity,
    Skill,
)
from tools_api.spec import tool
from twin.core import Twin

READING_S = 2.0
"""Plant time that a look takes."""


@tool(device="assets", mutates=False, duration_s=READING_S)
def list_assets(twin: Twin, asset_class: AssetClass | None = None, state: AssetState | None = None) -> dict[str, Any]:
    """List assets with class, area, state and criticality, and count the failed ones.

    Args:
        asset_class: Only this class: pump, motor, compressor, gearbox, fan or valve; leave out for all.
        state: Only this state: running, standby, stopped, isolated or failed; leave out for all.

    Returns:
        count: number of assets listed
        assets: list of {asset, asset_class, area, state, criticality}
        failed_count: how many of them have failed
    """
    return twin.view("list_assets", asset_class=asset_class, state=state)


@tool(device="assets", mutates=False, duration_s=READING_S)
def get_asset(twin: Twin, asset: Asset) -> dict[str, Any]:
    """Read an asset's record: service, state, policy, running hours, MTBF, MTTR and failure history.

    Args:
        asset: Asset id, such as P-101.

    Returns:
        asset: asset id
        asset_class: pump, motor, compressor, gearbox, fan or valve
        area: area of the plant
        service: what the asset is for
        state: running, standby, stopped, isolated or failed
        isolated: yes when it is locked out, else no
        criticality: A, B or C
        running_hours: hours run since new
        policy: run_to_failure, preventive or condition_based
        next_service_h: hours until the preventive service is due, negative when overdue; 0 without one
        open_work_orders: number of work orders that are not closed
        failures: number of failures so far
        mtbf_h: mean time between failures in hours
        mttr_h: mean time to repair in hours
        last_cause: cause found at the last repair, or none
        last_task: task of the last repair, or none
        history: list of {time, cause, task, downtime_h}, latest first
    """
    return twin.view("get_asset", asset=asset)


@tool(device="condition", mutates=False, duration_s=READING_S)
def get_condition(twin: Twin, asset: Asset) -> dict[str, Any]:
    """Read what an asset's sensors say now, its ISO vibration zone and its worst sensor.

    Args:
        asset: Asset id, such as P-101.

    Returns:
        asset: asset id
        state: running, standby, stopped, isolated or failed
        vibration_mm_s: only on rotating machines: vibration in mm/s RMS
        temperature_c: temperature in degrees Celsius
        current_a: only on pumps, motors, compressors and fans: motor current in A
        flow_pct: only on pumps, compressors, fans and valves: share of the flow asked for, in percent
        oil_ppm: only on compressors and gearboxes: particles in the oil in ppm
        travel_error_pct: only on valves: error of the valve's travel in percent
        leak_l_min: only on pumps and valves: leakage in l/min
        iso_zone: vibration zone by ISO 20816: A, B, C (warning) or D (critical); none for valves
        worst_sensor: sensor that is farthest from usual, or none
    """
    return twin.view("get_condition", asset=asset)


@tool(device="condition", mutates=False, duration_s=READING_S)
def get_condition_history(twin: Twin, asset: Asset, sensor: Sensor, hours: Hours = 8.0) -> dict[str, Any]:
    """Read the mean, extremes, latest value and trend of one sensor of an asset over the last hours.

    Args:
        asset: Asset id, such as P-101.
        sensor: Sensor to read, such as vibration_mm_s or temperature_c.
        hours: How far to look back, 1 to 24 hours.

    Returns:
        asset: asset id
        sensor: sensor name; the values below are in its unit
        hours: hours looked back
        mean: mean value
        minimum: least value
        maximum: greatest value
        latest: last value
        trend_per_h: rise per hour; negative when it falls
    """
    return twin.view("get_condition_history", asset=asset, sensor=sensor, hours=hours)


@tool(device="condition", mutates=False, duration_s=READING_S)
def list_alarms(twin: Twin, asset: AlarmPlace | None = None, severity: Severity | None = None) -> dict[str, Any]:
    """List alarms that are active or unacknowledged, and name the worst unacknowledged one and its asset.

    Args:
        asset: Only alarms of this asset or spare part; leave out for all.
        severity: Only alarms of this severity: info, warning or critical; leave out for all.

    Returns:
        count: number of alarms listed
        unacknowledged: how many of them nobody has acknowledged
        worst_alarm: id of the most severe unacknowledged alarm, or none
        worst_asset: asset of that alarm, or none
        worst_severity: severity of that alarm, or none
        alarms: list of {alarm, asset, severity, text, acknowledged, raised}
    """
    return twin.view("list_alarms", asset=asset, severity=severity)


@tool(device="manual", mutates=False, duration_s=READING_S)
def search_manual(twin: Twin, query: str) -> dict[str, Any]:
    """Search the maintenance manual for symptoms, causes, tests, repairs and safety.

    Args:
        query: A few words, such as pump vibration.

    Returns:
        count: number of sections found
        title: title of the best section, or none
        text: text of the best section, or none
        sections: list of {section, title}, best first
    """
    return twin.view("search_manual", query=query)


@tool(device="store", mutates=False, duration_s=READING_S)
def list_spare_parts(twin: Twin, asset: Asset | None = None, below_reorder: bool | None = None) -> dict[str, Any]:
    """List spare parts with their stock, and count those below the reorder point.

    Args:
        asset: Only parts that fit this asset; leave out for all.
        below_reorder: true for parts below the reorder point only, false for the others; leave out for all.

    Returns:
        count: number of parts listed
        below_reorder_count: how many of them are below the reorder point
        parts: list of {part, description, stock, available, reorder_point}
    """
    return twin.view("list_spare_parts", asset=asset, below_reorder=below_reorder)


@tool(device="store", mutates=False, duration_s=READING_S)
def get_spare_part(twin: Twin, part: Part) -> dict[str, Any]:
    """Read one spare part: stock, reserved, available, reorder point, lead time, pieces on order and price.

    Args:
        part: Part id, such as BRG-6205.

    Returns:
        part: part id
        description: what it is
        stock: pieces in the store
        reserved: pieces reserved for work orders
        available: pieces that are free
        reorder_point: stock at which the store reorders by itself
        lead_time_h: hours that an urgent order takes
        on_order: pieces ordered and not yet here
        price_eur: price of one piece in EUR
    """
    return twin.view("get_spare_part", part=part)


@tool(device="work_orders", mutates=False, duration_s=READING_S)
def list_technicians(twin: Twin, skill: Skill | None = None) -> dict[str, Any]:
    """List technicians with skill, shift and what they do, and name the first available one.

    Args:
        skill: Only technicians with this skill: mechanical, electrical or instrument; leave out for all.

    Returns:
        count: number of technicians listed
        available_count: how many of them are available now
        first_available: id of the first one available, or none
        technicians: list of {technician, skill, shift, state, work_order}
    """
    return twin.view("list_technicians", skill=skill)


@tool(device="work_orders", mutates=False, duration_s=READING_S)
def list_work_orders(
    twin: Twin, asset: Asset | None = None, state: OrderState | None = None, work_order: str | None = None
) -> dict[str, Any]:
    """List work orders, or read one of them by its id.

    Args:
        asset: Only work orders on this asset; leave out for all.
        state: Only this state, such as draft, in_progress or completed; leave out for all.
        work_order: Id of the one to read, such as WO-1001; leave out for a list.

    Returns:
        count: number of work orders listed
        open_count: how many of them are not closed or cancelled
        newest: id of the newest one, or none
        work_order: only when one was asked for: its id
        asset: only when one was asked for: its asset
        task: only when one was asked for: its task
        state: only when one was asked for: draft, approved, scheduled, in_progress, completed, closed or cancelled
        priority: only when one was asked for: low, normal, high or urgent
        technician: only when one was asked for: technician assigned, or none
        parts_ready: only when one was asked for: yes when its parts are reserved or none are needed, else no
        needs_isolation: only when one was asked for: yes when the asset must be isolated for it, else no
        estimated_h: only when one was asked for: hours that the work is expected to take
        work_orders: list of {work_order, asset, task, state, priority, technician, parts_ready, needs_isolation,
            estimated_h}
    """
    return twin.view("list_work_orders", asset=asset, state=state, work_order=work_order)


@tool(device="work_orders", mutates=False, duration_s=READING_S)
def verify_repair(twin: Twin, work_order: str) -> dict[str, Any]:
    """Check by a trial run whether completed work restored its asset; also gives readings before and now.

    Args:
        work_order: Work order id, such as WO-1001.

    Returns:
        work_order: work order id
        asset: asset id
        task: task of the order
        state: state of the order
        technician: technician assigned, or none
        done_in_h: hours from the start of the work to its end, or until now
        restored: yes, no, or not done yet (work not completed, or asset still isolated)
        worst_sensor: quantity that is still far from usual in the trial run, or none
        vibration_before_mm_s: only on rotating machines: vibration when the order was written, in mm/s
        vibration_mm_s: only on rotating machines whose sensors answer: vibration now, in mm/s
        temperature_c: only when the sensors answer: temperature now in degrees Celsius
    """
    return twin.view("verify_repair", work_order=work_order)

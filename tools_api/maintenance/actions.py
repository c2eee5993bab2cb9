"""Acting on the maintenance shop: nine tools that change it."""

# ruff: noqa: D417 - the docstring is the tool's card: it ends with Returns and tells nothing of the plant

from __future__ import annotations

from typing import Any

from tools_api.maintenance.parameters import Action, Asset, Interval, Part, Priority, Quantity, Task, Technician, Test
from tools_api.spec import tool
from twin.core import Twin

ACTING_S = 5.0
"""Plant time that an act takes."""


@tool(device="condition", mutates=True, duration_s=ACTING_S)
def acknowledge_alarm(twin: Twin, alarm: str) -> dict[str, Any]:
    """Acknowledge an alarm.

    Args:
        alarm: Alarm id, such as A-1.

    Returns:
        alarm: alarm id
        asset: asset or spare part of the alarm
        severity: info, warning or critical
        acknowledged: true
    """
    return twin.command("acknowledge_alarm", alarm=alarm)


@tool(device="condition", mutates=True, duration_s=ACTING_S, duration_field="duration_min")
def run_test(twin: Twin, asset: Asset, test: Test) -> dict[str, Any]:
    """Run a diagnostic test on an asset to find the cause of a symptom; it takes 10 to 45 minutes.

    Args:
        asset: Asset id, such as P-101.
        test: vibration_spectrum, oil_analysis, thermography, insulation_test, alignment_check, stroke_test,
            leak_test, suction_pressure or current_signature.

    Returns:
        asset: asset id
        test: test made
        finding: what was found in one word, such as bearing_frequency; normal when nothing was
        value: value measured
        unit: unit of the value
        duration_min: minutes that the test takes
    """
    return twin.command("run_test", asset=asset, test=test)


@tool(device="store", mutates=True, duration_s=ACTING_S)
def reserve_part(twin: Twin, work_order: str, part: Part, quantity: Quantity = 1) -> dict[str, Any]:
    """Reserve a spare part for a work order; work cannot start without its parts.

    Args:
        work_order: Work order id, such as WO-1001.
        part: Part id, such as BRG-6205.
        quantity: Number of pieces, 1 to 50, not more than the order needs.

    Returns:
        work_order: work order id
        part: part id
        quantity: pieces reserved now
        available: pieces that are still free
    """
    return twin.command("reserve_part", work_order=work_order, part=part, quantity=quantity)


@tool(device="store", mutates=True, duration_s=ACTING_S)
def order_part(twin: Twin, part: Part, quantity: Quantity) -> dict[str, Any]:
    """Order a spare part urgently; it arrives after its lead time.

    Args:
        part: Part id, such as BRG-6205.
        quantity: Number of pieces, 1 to 50.

    Returns:
        purchase: id of the purchase, such as PO-1
        part: part id
        quantity: pieces ordered
        arrives: time of arrival, ISO 8601
        arrives_in_h: hours until it arrives
    """
    return twin.command("order_part", part=part, quantity=quantity)


@tool(device="work_orders", mutates=True, duration_s=ACTING_S)
def create_work_order(twin: Twin, asset: Asset, task: Task, priority: Priority = "normal") -> dict[str, Any]:
    """Create a draft work order for a task on an asset; answers which part, skill and isolation it needs.

    Args:
        asset: Asset id, such as P-101.
        task: Kind of work, such as replace_bearings, realign, change_oil, overhaul or inspect.
        priority: Priority: low, normal, high or urgent.

    Returns:
        work_order: id of the new work order
        asset: asset id
        task: kind of work
        state: draft
        priority: low, normal, high or urgent
        part: part that must be reserved, or none
        part_quantity: pieces of it that are needed
        skill: skill that the technician needs: mechanical, electrical or instrument
        estimated_h: hours that the work is expected to take
        needs_isolation: yes when the asset must be isolated before the start, else no
    """
    return twin.command("create_work_order", asset=asset, task=task, priority=priority)


@tool(device="work_orders", mutates=True, duration_s=ACTING_S)
def assign_technician(twin: Twin, work_order: str, technician: Technician) -> dict[str, Any]:
    """Assign a technician to an approved work order; refused when off shift, busy or without the skill.

    Args:
        work_order: Work order id, such as WO-1001.
        technician: Technician id, T-1 to T-6.

    Returns:
        work_order: work order id
        technician: technician id
        state: scheduled
    """
    return twin.command("assign_technician", work_order=work_order, technician=technician)


@tool(device="work_orders", mutates=True, duration_s=ACTING_S)
def update_work_order(twin: Twin, work_order: str, action: Action) -> dict[str, Any]:
    """Approve, start, close or cancel a work order.

    Args:
        work_order: Work order id, such as WO-1001.
        action: approve a draft, start a scheduled one, close a completed one, or cancel one not yet started.

    Returns:
        work_order: work order id
        state: state now
        previous_state: state before
    """
    return twin.command("update_work_order", work_order=work_order, action=action)


@tool(device="assets", mutates=True, duration_s=ACTING_S)
def set_isolation(twin: Twin, asset: Asset, isolated: bool) -> dict[str, Any]:
    """Isolate an asset (stop and lock it out) or release it; the standby of a pair takes over.

    Args:
        asset: Asset id, such as P-101.
        isolated: true to isolate the asset, false to release it.

    Returns:
        asset: asset id
        isolated: whether it is isolated now
        state: state of the asset now
    """
    return twin.command("set_isolation", asset=asset, isolated=isolated)


@tool(device="assets", mutates=True, duration_s=ACTING_S)
def schedule_service(twin: Twin, asset: Asset, interval_h: Interval) -> dict[str, Any]:
    """Put an asset under preventive service at an interval of hours, counted from now.

    Args:
        asset: Asset id, such as P-101.
        interval_h: Hours between two services, 8 to 8760.

    Returns:
        asset: asset id
        policy: preventive
        interval_h: hours between two services
        next_service: time of the next service, ISO 8601
    """
    return twin.command("schedule_service", asset=asset, interval_h=interval_h)

"""The commands. Each checks first, raises a `TwinError` or changes something, and answers with a flat dict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from twin.clock import iso_time
from twin.errors import OutOfRange
from twin.maintenance import store, work
from twin.maintenance.diagnostics import check_possible, examine
from twin.maintenance.floor import HOUR_MS, Floor
from twin.maintenance.lookup import (
    check_range,
    find_asset,
    find_name,
    find_order,
    find_part,
    find_task,
    find_technician,
)
from twin.maintenance.service import book, isolate, refresh, release
from twin.maintenance.state import AssetState

INTERVAL_RANGE_H = (8.0, 8760.0)
DUTY_RANGE = (0.0, 120.0)
OWN_PROFILE = -1.0
ACTIONS: Mapping[str, Callable[..., str]] = {
    "approve": lambda floor, order: work.step(floor, order, "approve"),
    "start": work.start,
    "close": work.close,
    "cancel": work.cancel,
}


def acknowledge_alarm(floor: Floor, alarm: str) -> dict[str, Any]:
    """Note that an alarm has been seen."""
    found = floor.state.alarms.acknowledge(floor.journal, floor.state.now_ms, alarm, "command")
    return {"alarm": found.name, "asset": found.place, "severity": found.severity, "acknowledged": True}


def run_test(floor: Floor, asset: str, test: str) -> dict[str, Any]:
    """Make a diagnostic test; whoever asks lets its time pass."""
    found = find_asset(floor, asset)
    config = floor.layout.tests[find_name("test", test, floor.layout.tests)]
    place = floor.place(found)
    check_possible(place, found, config)
    finding = examine(floor, place, found, config)
    floor.record("test", found.name, test=test, finding=finding.word, value=finding.value, unit=finding.unit)
    return {
        "asset": found.name,
        "test": test,
        "finding": finding.word,
        "value": finding.value,
        "unit": finding.unit,
        "duration_min": round(config.minutes, 1),
    }


def reserve_part(floor: Floor, work_order: str, part: str, quantity: int = 1) -> dict[str, Any]:
    """Set parts aside for a work order."""
    order, wanted = find_order(floor, work_order), find_part(floor, part)
    check_range("quantity", quantity, *store.QUANTITY_RANGE, "for a reservation")
    store.reserve(floor, order, wanted, int(quantity))
    return {
        "work_order": order.name,
        "part": wanted.name,
        "quantity": int(quantity),
        "available": store.available(floor, wanted.name),
    }


def order_part(floor: Floor, part: str, quantity: int) -> dict[str, Any]:
    """Buy parts by urgent order."""
    wanted = find_part(floor, part)
    check_range("quantity", quantity, *store.QUANTITY_RANGE, "for an order")
    purchase = store.buy(floor, wanted, int(quantity), wanted.lead_time_h, "command")
    return {
        "purchase": f"PO-{purchase.number}",
        "part": wanted.name,
        "quantity": purchase.quantity,
        "arrives": iso_time(purchase.arrives_ms / 1000),
        "arrives_in_h": round(wanted.lead_time_h, 1),
    }


def create_work_order(floor: Floor, asset: str, task: str, priority: str = "normal") -> dict[str, Any]:
    """Write the draft of a work order."""
    found, config = find_asset(floor, asset), find_task(floor, task)
    find_name("priority", priority, work.PRIORITIES)
    order = work.create(floor, found, config, priority, "command")
    part, count = store.needed(floor, order)
    return {
        "work_order": order.name,
        "asset": order.asset,
        "task": order.task,
        "state": order.state,
        "priority": order.priority,
        "part": part,
        "part_quantity": count,
        "skill": config.skill,
        "estimated_h": round(config.hours, 1),
        "needs_isolation": "yes" if config.isolation else "no",
    }


def assign_technician(floor: Floor, work_order: str, technician: str) -> dict[str, Any]:
    """Give an approved work order to somebody."""
    order, person = find_order(floor, work_order), find_technician(floor, technician)
    work.assign(floor, order, person.name)
    return {"work_order": order.name, "technician": person.name, "state": order.state}


def update_work_order(floor: Floor, work_order: str, action: str) -> dict[str, Any]:
    """Take a work order a step on in its life."""
    order = find_order(floor, work_order)
    before = ACTIONS[find_name("action", action, ACTIONS)](floor, order)
    return {"work_order": order.name, "state": order.state, "previous_state": before}


def set_isolation(floor: Floor, asset: str, isolated: bool) -> dict[str, Any]:
    """Lock a machine out, or release it."""
    found = find_asset(floor, asset)
    if isolated:
        isolate(floor, found)
    else:
        release(floor, found, _busy_order(floor, found))
    return {"asset": found.name, "isolated": found.isolated, "state": found.state}


def _busy_order(floor: Floor, asset: AssetState) -> str:
    """Return the id of the work order being worked on at a machine, or an empty word."""
    going = (
        order.name
        for order in floor.state.workshop.orders.values()
        if order.asset == asset.name and order.state == "in_progress"
    )
    return next(going, "")


def schedule_service(floor: Floor, asset: str, interval_h: float) -> dict[str, Any]:
    """Put a machine under preventive service; the interval counts from now."""
    found = find_asset(floor, asset)
    check_range("interval_h", interval_h, *INTERVAL_RANGE_H, "for a service interval")
    found.policy = "preventive"
    found.interval_h = float(interval_h)
    found.service_ms = floor.state.now_ms + round(interval_h * HOUR_MS)
    floor.clear_alarm(found.name, "service_overdue")
    return {
        "asset": found.name,
        "policy": found.policy,
        "interval_h": round(found.interval_h, 1),
        "next_service": iso_time(found.service_ms / 1000),
    }


def set_input(floor: Floor, name: str, value: float) -> dict[str, Any]:
    """Set what works on a machine from outside: `<asset>.duty_pct`, 0 to 120, or -1 for its own profile.

    No tool offers this; a larger plant around the shop does.
    """
    known = [f"{asset}.duty_pct" for asset in floor.state.assets]
    find_name("input", name, known)
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number:
        raise OutOfRange(f"{name}={value!r} is no finite number; give 0..120, or -1 for the machine's own profile")
    if value != OWN_PROFILE:
        check_range(name, value, *DUTY_RANGE)
    asset = floor.state.assets[name.partition(".")[0]]
    book(floor, asset)
    asset.duty_pct = float(value)
    refresh(floor, asset)
    return {"name": name, "value": asset.duty_pct}


COMMANDS: Mapping[str, Callable[..., dict[str, Any]]] = {
    command.__name__: command
    for command in (
        acknowledge_alarm,
        run_test,
        reserve_part,
        order_part,
        create_work_order,
        assign_technician,
        update_work_order,
        set_isolation,
        schedule_service,
        set_input,
    )
}

"""The looks at work: parts, people, work orders, and what a repair brought."""

from __future__ import annotations

from typing import Any, get_args

from twin.maintenance import store, work
from twin.maintenance.crew import technician_state
from twin.maintenance.floor import HOUR_MS, Floor
from twin.maintenance.lookup import find_asset, find_name, find_order, find_part
from twin.maintenance.nameplates import PartConfig, Skill
from twin.maintenance.sensors import ambient_c, silent, sound, steady
from twin.maintenance.service import duty_pct
from twin.maintenance.state import ORDER_STATES, AssetState, WorkOrder

RESTORED_SHARE = 0.3
"""A machine is restored when no sensor is farther than this share of the way from usual to its warning limit."""


def list_spare_parts(floor: Floor, asset: str | None = None, below_reorder: bool | None = None) -> dict[str, Any]:
    """List spare parts, perhaps those of one machine or those that run low."""
    parts = list(floor.layout.parts.values())
    if asset is not None:
        kind = floor.place(find_asset(floor, asset)).config.asset_class
        wanted = {task.parts[kind] for task in floor.layout.tasks.values() if kind in task.parts}
        parts = [part for part in parts if part.name in wanted]
    if below_reorder is not None:
        parts = [part for part in parts if _low(floor, part) == below_reorder]
    return {
        "count": len(parts),
        "below_reorder_count": sum(_low(floor, part) for part in parts),
        "parts": [
            {
                "part": part.name,
                "description": part.description,
                "stock": floor.state.store.stock[part.name],
                "available": store.available(floor, part.name),
                "reorder_point": part.reorder_point,
            }
            for part in parts
        ],
    }


def _low(floor: Floor, part: PartConfig) -> bool:
    return store.available(floor, part.name) < part.reorder_point


def get_spare_part(floor: Floor, part: str) -> dict[str, Any]:
    """Tell about one spare part."""
    found = find_part(floor, part)
    return {
        "part": found.name,
        "description": found.description,
        "stock": floor.state.store.stock[found.name],
        "reserved": floor.state.store.reserved[found.name],
        "available": store.available(floor, found.name),
        "reorder_point": found.reorder_point,
        "lead_time_h": round(found.lead_time_h, 1),
        "on_order": store.on_order(floor, found.name),
        "price_eur": round(found.price_eur, 1),
    }


def list_technicians(floor: Floor, skill: str | None = None) -> dict[str, Any]:
    """List the crew."""
    if skill is not None:
        find_name("skill", skill, get_args(Skill))
    rows = []
    for technician in floor.layout.technicians.values():
        if skill is not None and skill not in technician.skills:
            continue
        job = work.job_of(floor, technician.name)
        rows.append(
            {
                "technician": technician.name,
                "skill": " and ".join(technician.skills),
                "shift": technician.shift,
                "state": technician_state(floor, technician.name),
                "work_order": job.name if job else "none",
            }
        )
    free = [row["technician"] for row in rows if row["state"] == "available"]
    return {
        "count": len(rows),
        "available_count": len(free),
        "first_available": free[0] if free else "none",
        "technicians": rows,
    }


def _row(floor: Floor, order: WorkOrder) -> dict[str, Any]:
    part, count = store.needed(floor, order)
    ready = order.started_ms is not None or part == "none" or order.reserved >= count
    task = floor.layout.tasks[order.task]
    return {
        "work_order": order.name,
        "asset": order.asset,
        "task": order.task,
        "state": order.state,
        "priority": order.priority,
        "technician": order.technician or "none",
        "parts_ready": "yes" if ready else "no",
        "needs_isolation": "yes" if task.isolation else "no",
        "estimated_h": round(task.hours, 1),
    }


def list_work_orders(
    floor: Floor, asset: str | None = None, state: str | None = None, work_order: str | None = None
) -> dict[str, Any]:
    """List work orders by id; with `work_order` that one alone, its fields also at the top."""
    if asset is not None:
        find_asset(floor, asset)
    if state is not None:
        find_name("work order state", state, ORDER_STATES)
    number = None if work_order is None else find_order(floor, work_order).number
    orders = [
        order
        for order in floor.state.workshop.orders.values()
        if asset in (None, order.asset) and state in (None, order.state) and number in (None, order.number)
    ]
    rows = [_row(floor, order) for order in orders]
    answer: dict[str, Any] = {
        "count": len(rows),
        "open_count": sum(order.is_open for order in orders),
        "newest": orders[-1].name if orders else "none",
    }
    if number is not None and rows:
        answer |= rows[0]
    return answer | {"work_orders": rows}


def verify_repair(floor: Floor, work_order: str) -> dict[str, Any]:
    """Tell what a work order brought, by a trial run with portable instruments, beside what the sensors said and say.

    Before the work is done and the machine released there is no trial run, and so nothing to learn from it.
    """
    order = find_order(floor, work_order)
    asset = floor.state.assets[order.asset]
    place = floor.place(asset)
    names = [sensor for sensor, _ in place.sensors]
    shares = distances(floor, asset)
    most = max(shares)
    done = order.done_ms is not None and not asset.isolated
    restored = "not done yet"
    if done:
        restored = "no" if asset.failed or most > RESTORED_SHARE else "yes"
    end = order.done_ms if order.done_ms is not None else floor.state.now_ms
    begin = order.started_ms if order.started_ms is not None else end
    before = dict(zip(names, order.before, strict=True)) if order.before else {}
    now = {} if silent(floor, asset) else dict(zip(names, asset.said, strict=True))
    answer: dict[str, Any] = {
        "work_order": order.name,
        "asset": asset.name,
        "task": order.task,
        "state": order.state,
        "technician": order.technician or "none",
        "done_in_h": round((end - begin) / HOUR_MS, 1),
        "restored": restored,
        "worst_sensor": names[shares.index(most)] if done and most > RESTORED_SHARE else "none",
    }
    if "vibration_mm_s" in names:
        answer["vibration_before_mm_s"] = before.get("vibration_mm_s", 0.0)
        if now:
            answer["vibration_mm_s"] = now["vibration_mm_s"]
    if now:
        answer["temperature_c"] = now["temperature_c"]
    return answer


def distances(floor: Floor, asset: AssetState) -> list[float]:
    """Return how far each sensor would be, in a trial run at rated duty, from usual (0) to its warning limit (1)."""
    place = floor.place(asset)
    load = max(0.5, duty_pct(floor, place, asset) / 100)
    ambient = ambient_c(floor)
    fresh = steady(floor, place, sound(place), load, ambient)
    trial = steady(floor, place, asset.damage, load, ambient)
    return [
        (shown - usual) / (config.warning - usual) if config.warning != usual else 0.0
        for shown, usual, (_, config) in zip(trial, fresh, place.sensors, strict=True)
    ]

"""The crew and its planner: shifts, the morning round, and, in a shop that runs by itself, all the work."""

from __future__ import annotations

from twin.errors import Interlock
from twin.maintenance import work
from twin.maintenance.degradation import worst_mode
from twin.maintenance.floor import HOUR_MS, Floor, hour_of_day
from twin.maintenance.service import isolate, release
from twin.maintenance.state import AssetState, WorkOrder
from twin.maintenance.store import available, needed, reserve

SHIFT_MS = 8 * HOUR_MS
MORNING_H = 6.0
KEPT_MS = 14 * 24 * HOUR_MS
"""Work orders that are over are forgotten this long after they were written."""


def change_of_shifts(floor: Floor) -> None:
    """Do what is done when shifts change; in the morning the planner makes its round."""
    state = floor.state
    state.calendar.due_ms = state.now_ms + SHIFT_MS
    work.change_shifts(floor)
    if hour_of_day(state.now_ms) == MORNING_H and state.now_ms:
        morning_round(floor)


def morning_round(floor: Floor) -> None:
    """Write drafts for machines whose policy asks for it, and forget old orders. Drafts wait for somebody to act."""
    state = floor.state
    orders = state.workshop.orders
    for number, order in list(orders.items()):
        if not order.is_open and state.now_ms - order.created_ms > KEPT_MS:
            del orders[number]
    for asset in state.assets.values():
        if work.open_order(floor, asset.name) is not None:
            continue
        if asset.policy == "condition_based" and (asset.standing or asset.failed):
            work.create(floor, asset, floor.layout.tasks["inspect"], "high", "planner")
        elif asset.policy == "preventive" and state.now_ms > asset.service_ms:
            task = floor.layout.tasks[floor.place(asset).kind.service_task]
            work.create(floor, asset, task, "normal", "planner")


def technician_state(floor: Floor, technician: str) -> str:
    """Return available, busy or off_shift."""
    if not floor.on_shift(technician):
        return "off_shift"
    return "available" if work.job_of(floor, technician) is None else "busy"


def run_shop(floor: Floor) -> None:
    """Let the crew see to everything that can be done now: orders for what failed, then all orders by number."""
    for asset in floor.state.assets.values():
        if asset.failed and work.open_order(floor, asset.name) is None:
            _order_repair(floor, asset, worst_mode(floor, floor.place(asset), asset), "urgent")
    for order in list(floor.state.workshop.orders.values()):
        if order.is_open:
            _carry_on(floor, order)


def _order_repair(floor: Floor, asset: AssetState, mode: str, priority: str) -> None:
    """Write the order of the task that removes a failure mode, unless it is written."""
    kind = floor.place(asset).config.asset_class
    fitting = (each for each in floor.layout.config.tasks if mode in each.repairs and kind in each.classes)
    task = next(fitting, None)
    if task is not None and work.open_order(floor, asset.name, task.name) is None:
        work.create(floor, asset, task, priority, "crew")


def _carry_on(floor: Floor, order: WorkOrder) -> None:
    asset = floor.state.assets[order.asset]
    if order.state == "completed":
        work.close(floor, order)
        if order.task == "inspect" and order.found:
            _order_repair(floor, asset, order.found, "high")
        if asset.isolated and work.open_order(floor, asset.name) is None:
            release(floor, asset, "")
        return
    if order.state == "draft":
        work.step(floor, order, "approve")
    if order.state == "approved" and _prepare(floor, order, asset):
        skill = floor.layout.tasks[order.task].skill
        for technician in floor.layout.technicians.values():
            if skill in technician.skills and technician_state(floor, technician.name) == "available":
                work.assign(floor, order, technician.name)
                work.start(floor, order)
                return


def _prepare(floor: Floor, order: WorkOrder, asset: AssetState) -> bool:
    """Have parts and lock-out ready; whether they are."""
    part, count = needed(floor, order)
    missing = count - order.reserved
    if missing > 0:
        if available(floor, part) < missing:
            return False
        reserve(floor, order, floor.layout.parts[part], missing)
    if floor.layout.tasks[order.task].isolation and not asset.isolated:
        try:
            isolate(floor, asset)
        except Interlock:
            return False
    return True

"""Work orders: their life cycle, and what work does to a machine."""

from __future__ import annotations

from collections.abc import Mapping

from twin.errors import Interlock, NotPermitted, WrongState
from twin.maintenance.degradation import repair, worst_mode
from twin.maintenance.floor import HOUR_MS, Floor
from twin.maintenance.nameplates import TaskConfig
from twin.maintenance.service import recover
from twin.maintenance.state import AssetState, Past, WorkOrder
from twin.maintenance.store import consume, give_back, needed
from twin.randomness import exponential, lognormal, sigma_of

PRIORITIES = ("low", "normal", "high", "urgent")

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("draft", "approve"): "approved",
    ("draft", "cancel"): "cancelled",
    ("approved", "assign"): "scheduled",
    ("approved", "cancel"): "cancelled",
    ("scheduled", "assign"): "scheduled",
    ("scheduled", "start"): "in_progress",
    ("scheduled", "cancel"): "cancelled",
    ("in_progress", "finish"): "completed",
    ("completed", "close"): "closed",
}
"""The life of a work order: (state, what is done) -> next state. `finish` is the work's own end."""

ADVICE: Mapping[str, str] = {
    "approve": "only a draft can be approved",
    "assign": "approve it first; only an approved or scheduled order takes a technician",
    "start": "approve it and assign a technician first; only a scheduled order can be started",
    "close": "only a completed order can be closed; work ends by itself",
    "cancel": "only an order whose work has not begun can be cancelled",
}


def step(floor: Floor, order: WorkOrder, action: str) -> str:
    """Do a step of an order's life and return the state before. Raises `WrongState` when the table has no such step."""
    before = order.state
    after = TRANSITIONS.get((before, action))
    if after is None:
        raise WrongState(f"{order.name} is {before}: {ADVICE[action]}")
    order.state = after
    floor.record("work_order", order.name, asset=order.asset, task=order.task, before=before, after=after)
    return before


def create(floor: Floor, asset: AssetState, task: TaskConfig, priority: str, by: str) -> WorkOrder:
    """Write a draft. Raises `NotPermitted` for a task not for this class, `WrongState` for one written twice."""
    kind = floor.place(asset).config.asset_class
    if kind not in task.classes:
        fitting = ", ".join(each.name for each in floor.layout.config.tasks if kind in each.classes)
        raise NotPermitted(f"{task.name} is not done on a {kind} such as {asset.name}; choose of {fitting}")
    twice = open_order(floor, asset.name, task.name)
    if twice is not None:
        raise WrongState(f"{twice.name} for {task.name} on {asset.name} is {twice.state}; go on with it or cancel it")
    workshop = floor.state.workshop
    order = WorkOrder(workshop.next_number, asset.name, task.name, priority, floor.state.now_ms, before=asset.said)
    workshop.orders[order.number] = order
    workshop.next_number += 1
    floor.record("work_order", order.name, asset=asset.name, task=task.name, before="none", after="draft", by=by)
    return order


def open_order(floor: Floor, asset: str, task: str = "") -> WorkOrder | None:
    """Return the first open work order on a machine, of one task or any; None when there is none."""
    for order in floor.state.workshop.orders.values():
        if order.asset == asset and order.is_open and task in ("", order.task):
            return order
    return None


def job_of(floor: Floor, technician: str) -> WorkOrder | None:
    """Return the work order that somebody is working on, or None."""
    for order in floor.state.workshop.orders.values():
        if order.technician == technician and order.state == "in_progress":
            return order
    return None


def check_free(floor: Floor, technician: str) -> None:
    """Raise `WrongState` unless somebody is at work and has no work in hand."""
    job = job_of(floor, technician)
    if job is not None:
        raise WrongState(f"{technician} is busy with {job.name}; take another technician or wait")
    if not floor.on_shift(technician):
        shift = floor.layout.technicians[technician].shift
        raise WrongState(f"{technician} is off shift ({shift} shift); take another technician or wait")


def assign(floor: Floor, order: WorkOrder, technician: str) -> None:
    """Give an order to somebody. Raises `NotPermitted` without the skill, `WrongState` unless free and approved."""
    skill = floor.layout.tasks[order.task].skill
    skills = floor.layout.technicians[technician].skills
    if skill not in skills:
        raise NotPermitted(f"{order.name} needs the skill {skill}; {technician} has {', '.join(skills)}")
    if (order.state, "assign") not in TRANSITIONS:
        step(floor, order, "assign")
    check_free(floor, technician)
    step(floor, order, "assign")
    order.technician = technician


def start(floor: Floor, order: WorkOrder) -> str:
    """Begin the work and return the state before. Raises `WrongState`, or `Interlock` when the machine is energised."""
    if (order.state, "start") not in TRANSITIONS:
        step(floor, order, "start")
    check_free(floor, order.technician)
    part, count = needed(floor, order)
    if order.reserved < count:
        raise WrongState(f"{order.name} needs {count} {part} and has {order.reserved} reserved; reserve the rest first")
    asset = floor.state.assets[order.asset]
    task = floor.layout.tasks[order.task]
    if task.isolation and not asset.isolated:
        raise Interlock(f"{asset.name} is energised ({asset.state}); isolate it before {task.name} is started")
    before = step(floor, order, "start")
    consume(floor, order)
    now = floor.state.now_ms
    order.started_ms = now
    asset.works += 1
    order.due_ms = now + max(1, round(HOUR_MS * hours_taken(floor, asset, task)))
    floor.state.workshop.look_ahead()
    return before


def hours_taken(floor: Floor, asset: AssetState, task: TaskConfig) -> float:
    """Draw how long the work takes."""
    key = floor.place(asset).work_stream
    if floor.layout.config.work_time == "exponential":
        return exponential(key, asset.works, task.hours)
    return lognormal(key, asset.works, task.hours, sigma_of(floor.layout.config.work_variation))


def finish_due(floor: Floor) -> None:
    """End the work whose time is up, by number."""
    workshop = floor.state.workshop
    now = floor.state.now_ms
    for order in list(workshop.orders.values()):
        if order.due_ms is not None and order.due_ms <= now:
            _finish(floor, order)
    workshop.look_ahead()


def _finish(floor: Floor, order: WorkOrder) -> None:
    now = floor.state.now_ms
    asset = floor.state.assets[order.asset]
    place = floor.place(asset)
    task = floor.layout.tasks[order.task]
    order.due_ms = None
    order.done_ms = now
    assert order.started_ms is not None
    order.downtime_ms = now - (order.started_ms if asset.down_ms is None else asset.down_ms)
    if task.repairs:
        order.found = repair(floor, place, asset, task.repairs, asset.works)
    elif task.name == "inspect":
        order.found = worst_mode(floor, place, asset)
    if task.name in (place.kind.service_task, "overhaul"):
        asset.service_ms = now + round(asset.interval_h * HOUR_MS)
        floor.clear_alarm(asset.name, "service_overdue")
    step(floor, order, "finish")
    recover(floor, asset)


def close(floor: Floor, order: WorkOrder) -> str:
    """Close an order: what it came upon goes into the machine's history. Raises `WrongState`."""
    before = step(floor, order, "close")
    asset = floor.state.assets[order.asset]
    past = Past(floor.state.now_ms, order.found or "none found", order.task, order.downtime_ms)
    asset.history = [*asset.history[-19:], past]
    return before


def cancel(floor: Floor, order: WorkOrder) -> str:
    """Cancel an order whose work has not begun; its parts are free again. Raises `WrongState`."""
    before = step(floor, order, "cancel")
    give_back(floor, order)
    return before


def change_shifts(floor: Floor) -> None:
    """Let work rest whose technician goes off shift, and go on whose technician comes."""
    workshop = floor.state.workshop
    now = floor.state.now_ms
    for order in workshop.orders.values():
        if order.state != "in_progress":
            continue
        at_work = floor.on_shift(order.technician)
        if order.due_ms is not None and not at_work:
            order.left_ms, order.due_ms = order.due_ms - now, None
            floor.record("work_paused", order.name, technician=order.technician)
        elif order.due_ms is None and at_work:
            order.due_ms, order.left_ms = now + order.left_ms, 0
            floor.record("work_resumed", order.name, technician=order.technician)
    workshop.look_ahead()

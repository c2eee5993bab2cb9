"""Repairs as one decision: the agent says which machine gets which work, a clerk sees the order through its life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.control_levers import Desk
from twin.core import Twin
from twin.errors import TwinError

LABOUR_EUR_H = 65.0


@dataclass(frozen=True, slots=True)
class Repairs:
    """Order one piece of work each period: [machine, task]; machine 0 is none.

    `tasks` lists, for each machine, the work that is done on its class; a task beyond its end is refused.
    """

    tasks: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the two entries."""
        return ("machine", "task")

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """Machines and one more for none, and the most tasks that a class has."""
        return (len(self.tasks) + 1, max(len(tasks) for tasks in self.tasks.values()))

    def apply(self, desk: Desk, values: Sequence[float]) -> None:
        """Write the work order, then let the clerk carry on with all that are open."""
        machine, task = int(values[0]), int(values[1])
        if machine:
            asset, fitting = list(self.tasks.items())[machine - 1]
            if task < len(fitting):
                desk.command("create_work_order", asset=asset, task=fitting[task])
            else:
                desk.refused["not_found"] += 1
        carry_on(desk)


def carry_on(desk: Desk) -> None:
    """Take every open work order as far as it goes now: approve, parts, isolate, assign, start; release and close.

    What cannot be done yet (nobody free, no part, a machine that may not stop) is tried again the next time; only the
    agent's own orders count as refused. Labour and parts are charged when the work starts.
    """
    twin = desk.twin
    for order in twin.view("list_work_orders")["work_orders"]:
        name, state = order["work_order"], order["state"]
        if state == "completed":
            _close(twin, order)
            continue
        if state == "draft" and _done(twin, "update_work_order", work_order=name, action="approve"):
            state = "approved"
        if state in ("approved", "scheduled"):
            _start(desk, order)


def _close(twin: Twin, order: Mapping[str, Any]) -> None:
    _done(twin, "update_work_order", work_order=order["work_order"], action="close")
    others = twin.view("list_work_orders", asset=order["asset"])
    if twin.view("get_asset", asset=order["asset"])["isolated"] == "yes" and not others["open_count"]:
        _done(twin, "set_isolation", asset=order["asset"], isolated=False)


def _start(desk: Desk, order: Mapping[str, Any]) -> None:
    twin, name, asset = desk.twin, order["work_order"], order["asset"]
    part, count, skill = _needs(twin, order)
    if order["parts_ready"] == "no" and not _done(twin, "reserve_part", work_order=name, part=part, quantity=count):
        return
    worker = twin.view("list_technicians", skill=skill)["first_available"]
    if worker == "none":
        return
    energised = order["needs_isolation"] == "yes" and twin.view("get_asset", asset=asset)["isolated"] == "no"
    if energised and not _done(twin, "set_isolation", asset=asset, isolated=True):
        return
    if not _done(twin, "assign_technician", work_order=name, technician=worker):
        return
    if _done(twin, "update_work_order", work_order=name, action="start"):
        price = twin.view("get_spare_part", part=part)["price_eur"] if part != "none" else 0.0
        desk.spent_eur += LABOUR_EUR_H * order["estimated_h"] + price * count


def _needs(twin: Twin, order: Mapping[str, Any]) -> tuple[str, int, str]:
    """Return part, quantity and skill of an order's task, from the plant's own description."""
    kind = next(each for each in twin.config.assets if each.name == order["asset"]).asset_class
    task = next(each for each in twin.config.tasks if each.name == order["task"])
    return task.parts.get(kind, "none"), task.quantity if kind in task.parts else 0, task.skill


def _done(twin: Twin, command: str, /, **arguments: Any) -> bool:
    try:
        twin.command(command, **arguments)
    except TwinError:
        return False
    return True

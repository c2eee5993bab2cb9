"""The commands: eleven that tools give, and `set_input` for whoever couples the plant with others.

Each checks first, raises a `TwinError` or changes something, and answers with a flat dict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twin.clock import iso_time
from twin.errors import Interlock, WrongState
from twin.production import line as lines
from twin.production.alarms import interlocking, place_of
from twin.production.coupling import set_input
from twin.production.floor import Floor
from twin.production.lookup import check_range, find_alarm, find_line, find_name, find_order
from twin.production.orders import HOUR_MS, PRIORITIES, add_order, put_back
from twin.production.state import LineState

QUANTITY_RANGE = (1, 2000)
DUE_RANGE_H = (0.5, 720.0)
ALERT_RANGES = {
    "vibration_mm_s": (0.0, 50.0),
    "temperature_c": (0.0, 200.0),
    "scrap_pct": (0.0, 100.0),
    "wip": (0.0, 500.0),
}


def acknowledge_alarm(floor: Floor, alarm: str) -> dict[str, Any]:
    """Note that an alarm has been seen."""
    found = find_alarm(floor, alarm)
    if found.acknowledged:
        raise WrongState(f"alarm {alarm} is acknowledged already; nothing is left to do for it")
    floor.state.alarms.acknowledge(floor.journal, floor.state.now_ms, found.name, "command")
    return {"alarm": found.name, "severity": found.severity, "acknowledged": True}


def set_alert_rule(floor: Floor, line: int, quantity: str, above: float) -> dict[str, Any]:
    """Watch a quantity of a line from the next minute on."""
    found = find_line(floor, line)
    find_name("quantity", quantity, ALERT_RANGES)
    check_range("above", above, *ALERT_RANGES[quantity], f"for {quantity}")
    rule = floor.state.alarms.add_rule(place_of(found), quantity, "above", float(above), f"line {found.number}")
    return {"rule": rule.name, "line": found.number, "quantity": quantity, "above": rule.limit}


def set_line_speed(floor: Floor, line: int, speed_per_h: float) -> dict[str, Any]:
    """Set the target speed; parts in process end as they began."""
    found = find_line(floor, line)
    config = floor.layout.config
    check_range("speed_per_h", speed_per_h, config.speed_low, config.speed_high, f"for line {found.number}")
    top = floor.top_speed(found)
    if speed_per_h > top:
        raise Interlock(
            f"speed_per_h={speed_per_h:g} is above {top:g}, the maximum of product {found.product!r} that line"
            f" {found.number} makes; allowed {config.speed_low:g}..{top:g}, or change the product first"
        )
    before, found.speed_per_h = found.speed_per_h, float(speed_per_h)
    return {
        "line": found.number,
        "speed_per_h": round(found.speed_per_h, 1),
        "previous_speed_per_h": round(before, 1),
    }


def start_line(floor: Floor, line: int) -> dict[str, Any]:
    """Let a stopped line run."""
    found = find_line(floor, line)
    if found.on:
        raise WrongState(f"line {found.number} is {_standing(found)}; {_when_on(found)}")
    if not found.powered:
        raise Interlock(f"line {found.number} has no electric power; start it when power is back")
    locks = interlocking(floor, found)
    if locks:
        names = ", ".join(alarm.name for alarm in locks)
        raise Interlock(
            f"line {found.number} has unacknowledged critical alarms ({names}); acknowledge them, then start it"
        )
    lines.start(floor, found)
    lines.settle(floor, found)
    return {"line": found.number, "state": found.state}


def _standing(line: LineState) -> str:
    if not line.powered:
        return "on but without electric power"
    return f"{line.state}, not stopped" if line.manned else "on and waits for its shift"


def _when_on(line: LineState) -> str:
    if not line.powered:
        return "it runs by itself when power is back"
    if not line.manned:
        return "it runs by itself when work begins again"
    if line.state == "setup":
        return "it runs by itself after the changeover"
    if line.state == "down":
        return "it runs by itself when its failed station is repaired"
    return "only a stopped line can be started"


def stop_line(floor: Floor, line: int) -> dict[str, Any]:
    """Let a line stand at once."""
    found = find_line(floor, line)
    if found.state == "stopped" and not found.on:
        raise WrongState(f"line {found.number} is stopped already; start it before it can be stopped again")
    lines.stop(floor, found)
    lines.settle(floor, found)
    return {"line": found.number, "state": found.state}


def change_product(floor: Floor, line: int, product: str) -> dict[str, Any]:
    """Change a line over to another product at once."""
    found = find_line(floor, line)
    find_name("product", product, floor.layout.recipes)
    before = found.product
    if before == product:
        doing = "is being changed over to it" if found.setup.due_ms is not None or found.setup.left_ms else "makes it"
        raise WrongState(f"product {product!r} changes nothing: line {found.number} {doing} already; name another one")
    lines.change_product(floor, found, product)
    minutes = floor.layout.changeover_min[before, product]
    return {
        "line": found.number,
        "product": product,
        "previous_product": before,
        "changeover_min": round(minutes, 1),
    }


def create_order(
    floor: Floor, product: str, quantity: int, line: int, due_in_h: float = 24.0, priority: str = "normal"
) -> dict[str, Any]:
    """Enter an order."""
    found = find_line(floor, line)
    find_name("product", product, floor.layout.recipes)
    check_range("quantity", quantity, *QUANTITY_RANGE, "for an order")
    check_range("due_in_h", due_in_h, *DUE_RANGE_H, "for an order")
    find_name("priority", priority, PRIORITIES)
    due_ms = floor.state.now_ms + round(due_in_h * HOUR_MS)
    order = add_order(floor, found, product, int(quantity), priority, due_ms)
    return {
        "order": order.name,
        "line": order.line,
        "product": product,
        "quantity": order.quantity,
        "priority": priority,
        "due": iso_time(due_ms / 1000),
    }


def replace_order(floor: Floor, order: str, product: str, quantity: int) -> dict[str, Any]:
    """Cancel a waiting order and enter another in its place, with its line, priority, due time and hold."""
    old = find_order(floor, order)
    find_name("product", product, floor.layout.recipes)
    check_range("quantity", quantity, *QUANTITY_RANGE, "for an order")
    if old.state != "queued":
        raise WrongState(f"order {old.name} is {_doing(old.state)}; only a queued or held order can be replaced")
    line = floor.state.lines[old.line - 1]
    old.state = "cancelled"
    new = add_order(floor, line, product, int(quantity), old.priority, old.due_ms, held=old.held)
    old.held = False
    return {
        "order": new.name,
        "replaced": old.name,
        "line": new.line,
        "product": product,
        "quantity": new.quantity,
    }


def _doing(state: str) -> str:
    return {"active": "being made", "done": "done already", "cancelled": "cancelled already"}.get(state, state)


def set_order_priority(floor: Floor, order: str, priority: str) -> dict[str, Any]:
    """Move an order in its queue; the order being made goes on."""
    found = find_order(floor, order)
    find_name("priority", priority, PRIORITIES)
    if found.state in ("done", "cancelled"):
        raise WrongState(f"order {found.name} is {_doing(found.state)}; only an open order has a priority to set")
    before, found.priority = found.priority, priority
    return {"order": found.name, "priority": priority, "previous_priority": before}


def cancel_order(floor: Floor, order: str) -> dict[str, Any]:
    """Cancel an order; its parts on the line are finished for stock."""
    found = find_order(floor, order)
    if found.state in ("done", "cancelled"):
        raise WrongState(f"order {found.name} is {_doing(found.state)}; only an open order can be cancelled")
    line = floor.state.lines[found.line - 1]
    if line.active == found.number:
        line.active = 0
    found.state = "cancelled"
    found.held = False
    return {"order": found.name, "state": found.state}


def set_batch_hold(floor: Floor, order: str, held: bool) -> dict[str, Any]:
    """Hold an order's batch, or release it. A line leaves an active order that is held and takes up the next."""
    found = find_order(floor, order)
    if found.state == "cancelled":
        raise WrongState(f"order {found.name} is cancelled already; it has no batch to hold")
    if found.held == held:
        raise WrongState(f"order {found.name} is {'held already' if held else 'not held'}; held={held} changes nothing")
    line = floor.state.lines[found.line - 1]
    if held and line.active == found.number:
        put_back(floor, line)
    found.held = bool(held)
    return {"order": found.name, "held": found.held, "state": found.shown_state}


COMMANDS: Mapping[str, Callable[..., dict[str, Any]]] = {
    command.__name__: command
    for command in (
        acknowledge_alarm,
        set_alert_rule,
        set_line_speed,
        start_line,
        stop_line,
        change_product,
        create_order,
        replace_order,
        set_order_priority,
        cancel_order,
        set_batch_hold,
        set_input,
    )
}

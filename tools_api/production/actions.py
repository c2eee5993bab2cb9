"""Acting on the production line: eleven tools that change it."""

# ruff: noqa: D417 - the docstring is the tool's card: it ends with Returns and tells nothing of the plant

from __future__ import annotations

from typing import Any

from tools_api.production.parameters import DueIn, Line, Priority, Product, Quantity, Speed, WatchedQuantity
from tools_api.spec import tool
from twin.core import Twin

ACTING_S = 5.0
"""Plant time that an act takes."""


@tool(device="alarms", mutates=True, duration_s=ACTING_S)
def acknowledge_alarm(twin: Twin, alarm: str) -> dict[str, Any]:
    """Acknowledge an alarm; a line with an unacknowledged critical alarm cannot be started.

    Args:
        alarm: Alarm id, such as A-1.

    Returns:
        alarm: alarm id
        severity: info, warning or critical
        acknowledged: true
    """
    return twin.command("acknowledge_alarm", alarm=alarm)


@tool(device="alarms", mutates=True, duration_s=ACTING_S)
def set_alert_rule(twin: Twin, line: Line, quantity: WatchedQuantity, above: float) -> dict[str, Any]:
    """Ask to be alerted when a quantity of a line rises above a limit.

    Args:
        line: Line number, 1 to 3 in the standard plant.
        quantity: What to watch: vibration_mm_s, temperature_c, scrap_pct or wip.
        above: Limit, in the quantity's unit.

    Returns:
        rule: id of the new rule
        line: line number
        quantity: quantity watched
        above: limit
    """
    return twin.command("set_alert_rule", line=line, quantity=quantity, above=above)


@tool(device="line_control", mutates=True, duration_s=ACTING_S)
def set_line_speed(twin: Twin, line: Line, speed_per_h: Speed) -> dict[str, Any]:
    """Set a line's target speed; refused above the maximum of the product that it makes.

    Args:
        line: Line number, 1 to 3 in the standard plant.
        speed_per_h: Target speed, 20 to 120 parts per hour.

    Returns:
        line: line number
        speed_per_h: new target speed in parts per hour
        previous_speed_per_h: target speed before
    """
    return twin.command("set_line_speed", line=line, speed_per_h=speed_per_h)


@tool(device="line_control", mutates=True, duration_s=ACTING_S)
def start_line(twin: Twin, line: Line) -> dict[str, Any]:
    """Start a stopped line; refused while it has an unacknowledged critical alarm.

    Args:
        line: Line number, 1 to 3 in the standard plant.

    Returns:
        line: line number
        state: state of the line now
    """
    return twin.command("start_line", line=line)


@tool(device="line_control", mutates=True, duration_s=ACTING_S)
def stop_line(twin: Twin, line: Line) -> dict[str, Any]:
    """Stop a line at once; it stands until it is started again.

    Args:
        line: Line number, 1 to 3 in the standard plant.

    Returns:
        line: line number
        state: state of the line now
    """
    return twin.command("stop_line", line=line)


@tool(device="line_control", mutates=True, duration_s=ACTING_S)
def change_product(twin: Twin, line: Line, product: Product) -> dict[str, Any]:
    """Change a line over to another product; the line is in setup until the changeover is done.

    Args:
        line: Line number, 1 to 3 in the standard plant.
        product: Product name: bracket, housing, flange or valve.

    Returns:
        line: line number
        product: new product
        previous_product: product made before
        changeover_min: minutes that the changeover takes
    """
    return twin.command("change_product", line=line, product=product)


@tool(device="orders", mutates=True, duration_s=ACTING_S)
def create_order(
    twin: Twin,
    product: Product,
    quantity: Quantity,
    line: Line,
    due_in_h: DueIn = 24.0,
    priority: Priority = "normal",
) -> dict[str, Any]:
    """Create an order for parts of a product on a line.

    Args:
        product: Product name: bracket, housing, flange or valve.
        quantity: Number of parts, 1 to 2000.
        line: Line number, 1 to 3 in the standard plant.
        due_in_h: Hours from now until it is due, 0.5 to 720.
        priority: Priority: low, normal, high or urgent.

    Returns:
        order: id of the new order
        line: line that makes it
        product: product ordered
        quantity: parts ordered
        priority: low, normal, high or urgent
        due: due time, ISO 8601
    """
    return twin.command(
        "create_order", product=product, quantity=quantity, line=line, due_in_h=due_in_h, priority=priority
    )


@tool(device="orders", mutates=True, duration_s=ACTING_S)
def replace_order(twin: Twin, order: str, product: Product, quantity: Quantity) -> dict[str, Any]:
    """Replace a queued or held order by one with a new product or quantity; line, priority and due time stay.

    Args:
        order: Id of the order to replace, such as O-101.
        product: New product name: bracket, housing, flange or valve.
        quantity: New number of parts, 1 to 2000.

    Returns:
        order: id of the new order
        replaced: id of the order that it replaces
        line: line that makes it
        product: product ordered
        quantity: parts ordered
    """
    return twin.command("replace_order", order=order, product=product, quantity=quantity)


@tool(device="orders", mutates=True, duration_s=ACTING_S)
def set_order_priority(twin: Twin, order: str, priority: Priority) -> dict[str, Any]:
    """Set the priority of an order that is not finished.

    Args:
        order: Order id, such as O-101.
        priority: New priority: low, normal, high or urgent.

    Returns:
        order: order id
        priority: new priority
        previous_priority: priority before
    """
    return twin.command("set_order_priority", order=order, priority=priority)


@tool(device="orders", mutates=True, duration_s=ACTING_S)
def cancel_order(twin: Twin, order: str) -> dict[str, Any]:
    """Cancel an order that is neither done nor cancelled.

    Args:
        order: Order id, such as O-101.

    Returns:
        order: order id
        state: state of the order now
    """
    return twin.command("cancel_order", order=order)


@tool(device="quality", mutates=True, duration_s=ACTING_S)
def set_batch_hold(twin: Twin, order: str, held: bool) -> dict[str, Any]:
    """Put the batch of an order on quality hold, or release it.

    Args:
        order: Order id, such as O-101.
        held: true to hold the batch, false to release it.

    Returns:
        order: order id
        held: whether the batch is held now
        state: state of the order now
    """
    return twin.command("set_batch_hold", order=order, held=held)

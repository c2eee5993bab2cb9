"""Orders: how they come, in which order a line takes them, and when they are done."""

from __future__ import annotations

from collections.abc import Iterator

from twin.production.floor import Floor
from twin.production.state import LineState, Order, Part
from twin.randomness import exponential, uniform, whole

PRIORITIES = ("low", "normal", "high", "urgent")
RANK = {priority: -rank for rank, priority in enumerate(PRIORITIES)}
HOUR_MS = 3_600_000
QUARTER_MS = 900_000
USUAL_SHARE = 0.78
"""Good parts per hour as a share of the target speed over a long time; what planners promise due times by."""


def urgency(order: Order) -> tuple[int, int, int]:
    """Sort key of a queue: urgent first, then by due time, then by id."""
    return RANK[order.priority], order.due_ms, order.number


def queue(floor: Floor, line: LineState) -> list[Order]:
    """Return the line's queued orders that are not held, first to make first."""
    orders = floor.state.orders.values()
    return sorted((o for o in orders if o.line == line.number and o.state == "queued" and not o.held), key=urgency)


def add_order(
    floor: Floor, line: LineState, product: str, quantity: int, priority: str, due_ms: int, *, held: bool = False
) -> Order:
    """Enter a new queued order under the next free id."""
    state = floor.state
    order = Order(state.next_order, line.number, product, quantity, priority, due_ms, state.now_ms, held=held)
    state.next_order += 1
    state.orders[order.number] = order
    return order


def arrive(floor: Floor, line: LineState) -> Order:
    """Let one order come in from outside, drawn by the line's own order count."""
    config = floor.layout.config.orders
    draws = _draws(floor, line)
    recipes = floor.layout.config.recipes
    product = line.product
    if next(draws) >= config.same_product_share:
        product = recipes[int(next(draws) * len(recipes))].product
    else:
        next(draws)
    steps = (config.quantity_high - config.quantity_low) // config.quantity_step
    quantity = config.quantity_low + config.quantity_step * int(next(draws) * (steps + 1))
    chance = next(draws)
    priority = "urgent" if chance < 0.03 else "high" if chance < 0.15 else "normal" if chance < 0.85 else "low"
    rate = USUAL_SHARE * min(line.speed_per_h, floor.layout.recipes[product].max_speed_per_h)
    ahead = sum(order.quantity - order.done for order in floor.state.orders.values() if _waits_on(order, line))
    slack = config.slack_low + (config.slack_high - config.slack_low) * next(draws)
    work_ms = round((ahead + quantity) / rate * slack * HOUR_MS)
    due_ms = floor.layout.calendar.after(floor.state.now_ms, work_ms)
    due_ms = -(-due_ms // QUARTER_MS) * QUARTER_MS
    return add_order(floor, line, product, quantity, priority, due_ms)


def _draws(floor: Floor, line: LineState) -> Iterator[float]:
    key = floor.layout.order_streams[line.number - 1]
    base = 16 * line.arrivals.count
    line.arrivals.count += 1
    return (uniform(key, base + offset) for offset in range(16))


def _waits_on(order: Order, line: LineState) -> bool:
    return order.line == line.number and order.state in ("queued", "active") and not order.held


def arrivals_due(floor: Floor, line: LineState) -> None:
    """Take an order in if the queue has room for it, and draw when the next one may come."""
    config = floor.layout.config.orders
    if len(queue(floor, line)) < config.queue_high:
        arrive(floor, line)
    key = floor.layout.order_streams[line.number - 1]
    line.arrivals.count += 1
    gap = exponential(key, 16 * line.arrivals.count + 15, config.interval_h * HOUR_MS)
    line.arrivals.due_ms = floor.state.now_ms + max(1, round(gap))


def refill(floor: Floor, line: LineState) -> None:
    """Take orders in until the queue is as long as it must be at least. A plant without arrivals is left alone."""
    if line.arrivals.due_ms is None:
        return
    while len(queue(floor, line)) < floor.layout.config.orders.queue_low:
        arrive(floor, line)


def open_books(floor: Floor, line: LineState) -> None:
    """Give a new line its first orders, and start the arrivals; none in a plant whose queues may be empty."""
    config = floor.layout.config.orders
    if config.queue_high == 0:
        return
    key = floor.layout.order_streams[line.number - 1]
    line.arrivals.due_ms = max(1, round(exponential(key, 15, config.interval_h * HOUR_MS)))
    for _ in range(1 + whole(key, 14, config.queue_low, config.queue_high)):
        arrive(floor, line)


def next_part(floor: Floor, line: LineState) -> Part | None:
    """Return the part that goes into the first station now, or None: nothing is to be made.

    Parts that a changeover took off the line go in again before new material.
    """
    if line.active:
        order = floor.state.orders[line.active]
        if order.done + order.in_process >= order.quantity:
            return None
        order.in_process += 1
    elif line.stock_left:
        line.stock_left -= 1
    else:
        return None
    if line.rack.get(line.product, 0):
        line.rack[line.product] -= 1
    else:
        line.parts_in += 1
    return Part(line.active, line.product, floor.state.now_ms)


def complete_part(floor: Floor, line: LineState, order: Order, *, good: bool) -> None:
    """Credit a part that left the line to its order; the order is done when it has all its good parts."""
    order.in_process -= 1
    if not good:
        return
    order.done += 1
    if order.done < order.quantity or order.state not in ("queued", "active"):
        return
    order.state = "done"
    order.done_ms = floor.state.now_ms
    if line.active == order.number:
        line.active = 0
    line.orders_done += 1
    line.orders_on_time += order.done_ms <= order.due_ms
    late = "yes" if order.done_ms > order.due_ms else "no"
    floor.record("order_done", order.name, line=line.number, product=order.product, quantity=order.quantity, late=late)


def activate(line: LineState, order: Order) -> None:
    """Make it the order that the line works on."""
    order.state = "active"
    line.active = order.number
    line.stock_left = 0


def put_back(floor: Floor, line: LineState) -> None:
    """Queue the active order again; its parts in process stay credited to it."""
    if line.active:
        floor.state.orders[line.active].state = "queued"
        line.active = 0

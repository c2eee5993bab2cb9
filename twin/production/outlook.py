"""When orders will be done, as far as the plant can tell."""

from __future__ import annotations

from twin.production.floor import Floor
from twin.production.orders import HOUR_MS, queue, urgency
from twin.production.state import LineState, Order
from twin.production.windows import throughput_per_h


def pace_per_h(floor: Floor, line: LineState) -> float:
    """Return the rate to expect: the last hour's throughput, but at least half of the target speed."""
    return max(throughput_per_h(floor, line), 0.5 * line.speed_per_h)


def expected_h(floor: Floor, line: LineState) -> dict[int, float]:
    """Return by number when each unfinished order of a line will be done, in hours from now.

    Each waits for the rest of those before it and for the changeovers between; a held one is reckoned as if released
    now.
    """
    state = floor.state
    pace = pace_per_h(floor, line)
    setup = line.setup
    busy_h = (setup.due_ms - state.now_ms if setup.due_ms is not None else setup.left_ms) / HOUR_MS
    waiting = queue(floor, line)
    held = [o for o in state.orders.values() if o.line == line.number and o.held and o.state == "queued"]
    waiting = sorted([*waiting, *held], key=urgency)
    if line.active:
        waiting.insert(0, state.orders[line.active])
    else:
        busy_h += line.stock_left / pace
    product = line.product
    expected: dict[int, float] = {}
    for order in waiting:
        own_h = (order.quantity - order.done) / pace
        if order.product != product:
            own_h += floor.layout.changeover_min[product, order.product] / 60
        expected[order.number] = busy_h + own_h
        if not order.held:
            busy_h += own_h
            product = order.product
    return expected


def is_late(order: Order, expected: dict[int, float], now_ms: int) -> bool:
    """Tell whether an order was done after it was due, or will be."""
    if order.state == "cancelled":
        return False
    if order.done_ms is not None:
        return order.done_ms > order.due_ms
    return now_ms + expected[order.number] * HOUR_MS > order.due_ms

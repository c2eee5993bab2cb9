"""When orders will be done, as far as the plant can tell."""

from __future__ import annotations

from collections.abc import Sequence

from twin.production.floor import Floor
from twin.production.orders import HOUR_MS, urgency
from twin.production.state import LineState, Order
from twin.production.windows import throughput_per_h


def pace_per_h(floor: Floor, line: LineState) -> float:
    """Return the rate to expect: the last hour's throughput, but at least half of the target speed."""
    return max(throughput_per_h(floor, line), 0.5 * line.speed_per_h)


def expected_h(floor: Floor, lines: Sequence[LineState]) -> dict[int, float]:
    """Return by number when each unfinished order of some lines will be done, in hours from now.

    These are hours on the clock, so nights without a shift count. Each order waits for the rest of those before it and
    for the changeovers between; a held one is reckoned as if released now.
    """
    waiting: dict[int, list[Order]] = {line.number: [] for line in lines}
    for order in floor.state.orders.values():
        if order.state == "queued" and order.line in waiting:
            waiting[order.line].append(order)
    expected: dict[int, float] = {}
    for line in lines:
        _reckon(floor, line, sorted(waiting[line.number], key=urgency), expected)
    calendar, now = floor.layout.calendar, floor.state.now_ms
    if calendar.always:
        return expected
    return {
        number: (calendar.after(now, round(work_h * HOUR_MS)) - now) / HOUR_MS for number, work_h in expected.items()
    }


def _reckon(floor: Floor, line: LineState, waiting: list[Order], expected: dict[int, float]) -> None:
    """Reckon in working hours when the orders of a line will be done; `waiting` is its queue, first to make first."""
    state = floor.state
    pace = pace_per_h(floor, line)
    setup = line.setup
    busy_h = (setup.due_ms - state.now_ms if setup.due_ms is not None else setup.left_ms) / HOUR_MS
    if line.active:
        waiting.insert(0, state.orders[line.active])
    else:
        busy_h += line.stock_left / pace
    product = line.product
    for order in waiting:
        own_h = (order.quantity - order.done) / pace
        if order.product != product:
            own_h += floor.layout.changeover_min[product, order.product] / 60
        expected[order.number] = busy_h + own_h
        if not order.held:
            busy_h += own_h
            product = order.product


def is_late(order: Order, expected: dict[int, float], now_ms: int) -> bool:
    """Tell whether an order was done after it was due, or will be."""
    if order.done_ms is not None:
        return order.done_ms > order.due_ms
    if order.state == "cancelled":
        return False
    return now_ms + expected[order.number] * HOUR_MS > order.due_ms

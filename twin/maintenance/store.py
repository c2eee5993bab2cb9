"""The store: stock, reservations, deliveries, and an (s, Q) rule that reorders by itself."""

from __future__ import annotations

from twin.errors import NotPermitted, WrongState
from twin.maintenance.floor import HOUR_MS, Floor
from twin.maintenance.nameplates import PartConfig
from twin.maintenance.state import Purchase, WorkOrder

QUANTITY_RANGE = (1, 50)


def needed(floor: Floor, order: WorkOrder) -> tuple[str, int]:
    """Return the part that a work order needs and how many of it; ("none", 0) when it needs none."""
    task = floor.layout.tasks[order.task]
    part = task.parts.get(floor.layout.places[order.asset].config.asset_class)
    return (part, task.quantity) if part else ("none", 0)


def available(floor: Floor, part: str) -> int:
    """Return how many of a part lie in the store and are not reserved."""
    store = floor.state.store
    return store.stock[part] - store.reserved[part]


def on_order(floor: Floor, part: str) -> int:
    """Return how many of a part are under way."""
    return sum(purchase.quantity for purchase in floor.state.store.purchases if purchase.part == part)


def reserve(floor: Floor, order: WorkOrder, part: PartConfig, quantity: int) -> None:
    """Set parts aside for a work order. Raises `NotPermitted` or `WrongState`."""
    wanted, count = needed(floor, order)
    if wanted == "none":
        raise NotPermitted(f"{order.name} ({order.task}) needs no part; nothing is to be reserved")
    if part.name != wanted:
        raise NotPermitted(f"{order.name} ({order.task}) needs {wanted}, not {part.name}; reserve {wanted}")
    if order.state not in ("draft", "approved", "scheduled"):
        raise WrongState(f"{order.name} is {order.state}; parts are reserved before the work starts")
    if order.reserved >= count:
        raise WrongState(f"{order.name} has its {count} {wanted} already; nothing is left to reserve")
    if order.reserved + quantity > count:
        raise WrongState(f"{order.name} needs {count} {wanted} in all; {count - order.reserved} are left to reserve")
    free = available(floor, part.name)
    if free < quantity:
        raise WrongState(
            f"only {free} {part.name} available, {quantity} wanted; order the part, or wait for what is on order"
            f" ({on_order(floor, part.name)})"
        )
    floor.state.store.reserved[part.name] += quantity
    order.reserved += quantity
    replenish(floor, part)


def give_back(floor: Floor, order: WorkOrder) -> None:
    """Put what was set aside for a work order back into free stock."""
    if order.reserved:
        part, _ = needed(floor, order)
        floor.state.store.reserved[part] -= order.reserved
        order.reserved = 0
        watch(floor, floor.layout.parts[part])


def consume(floor: Floor, order: WorkOrder) -> None:
    """Take what was set aside for a work order out of the store."""
    if order.reserved:
        part, _ = needed(floor, order)
        store = floor.state.store
        store.stock[part] -= order.reserved
        store.reserved[part] -= order.reserved
        store.used[part] = store.used.get(part, 0) + order.reserved
        floor.record("part_used", part, work_order=order.name, quantity=order.reserved)
        order.reserved = 0
        replenish(floor, floor.layout.parts[part])


def buy(floor: Floor, part: PartConfig, quantity: int, hours: float, by: str) -> Purchase:
    """Order parts that arrive after `hours`."""
    store = floor.state.store
    purchase = Purchase(store.next_number, part.name, quantity, floor.state.now_ms + round(hours * HOUR_MS))
    store.next_number += 1
    store.purchases.append(purchase)
    store.spent_eur += quantity * part.price_eur
    store.look_ahead()
    floor.record("part_ordered", part.name, purchase=f"PO-{purchase.number}", quantity=quantity, by=by)
    return purchase


def deliver(floor: Floor) -> None:
    """Put away what has arrived."""
    store = floor.state.store
    now = floor.state.now_ms
    arrived = [purchase for purchase in store.purchases if purchase.arrives_ms <= now]
    for purchase in arrived:
        store.purchases.remove(purchase)
        store.stock[purchase.part] += purchase.quantity
        store.bought[purchase.part] = store.bought.get(purchase.part, 0) + purchase.quantity
        floor.record("part_delivered", purchase.part, purchase=f"PO-{purchase.number}", quantity=purchase.quantity)
        replenish(floor, floor.layout.parts[purchase.part])
    store.look_ahead()


def replenish(floor: Floor, part: PartConfig) -> None:
    """Reorder a part when free stock and what is under way are down to its reorder point."""
    while available(floor, part.name) + on_order(floor, part.name) <= part.reorder_point:
        hours = part.lead_time_h * floor.layout.config.routine_delay
        buy(floor, part, part.order_quantity, hours, "store")
    watch(floor, part)


def watch(floor: Floor, part: PartConfig) -> None:
    """Raise or clear the alarm of a part that is below its reorder point."""
    if available(floor, part.name) < part.reorder_point:
        text = f"{part.name}: available stock is below the reorder point {part.reorder_point}"
        floor.sound_alarm(part.name, "info", "low_stock", text)
    else:
        floor.clear_alarm(part.name, "low_stock")

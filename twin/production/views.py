"""The nine looks at a plant. Each is a pure function of the state and answers with a flat dict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twin.alarm_book import SEVERITIES
from twin.clock import iso_time
from twin.production.alarms import line_of, station_of
from twin.production.config import SENSORS
from twin.production.floor import Floor
from twin.production.lookup import check_range, find_line, find_name, find_order, find_station
from twin.production.orders import HOUR_MS
from twin.production.outlook import expected_h, is_late
from twin.production.sensors import check_reachable, reading, readings
from twin.production.state import LineState, Order, StationState
from twin.production.windows import bottleneck, key_figures, scrap_pct, throughput_per_h, utilization, window

ORDER_STATES = ("queued", "active", "held", "done", "cancelled")
DIGITS = {"vibration_mm_s": 2}


def station_state(line: LineState, station: StationState) -> str:
    """Return what a station does, in one word."""
    if station.out:
        return "failed"
    if line.setup.due_ms is not None:
        return "setup"
    if not line.enabled:
        return "stopped"
    if station.run_ms is not None:
        return "busy"
    if station.part is not None:
        return "blocked"
    return "starved" if line.active or line.stock_left or line.wip else "idle"


def power_kw(floor: Floor, line: LineState, index: int) -> float:
    """Return the electric power that a station takes now."""
    station, config = line.stations[index], floor.layout.stations[index]
    if station.run_ms is not None:
        return station.run_kw
    if not line.powered:
        return 0.0
    return config.standby_kw if line.state == "stopped" else config.idle_kw


def get_line_status(floor: Floor, line: int) -> dict[str, Any]:
    """Tell how a line is."""
    found = find_line(floor, line)
    names = [config.name for config in floor.layout.stations]
    buffers = [
        {"buffer": f"{names[i]}-{names[i + 1]}", "level": len(found.buffers[i]), "capacity": config.buffer_after}
        for i, config in enumerate(floor.layout.stations[:-1])
    ]
    filled = [len(found.buffers[i]) / max(1, floor.layout.stations[i].buffer_after) for i in range(len(buffers))]
    fullest = buffers[filled.index(max(filled))]["buffer"] if buffers else "none"
    return {
        "line": found.number,
        "state": found.state,
        "product": found.product,
        "speed_per_h": round(found.speed_per_h, 1),
        "throughput_per_h": throughput_per_h(floor, found),
        "wip": found.wip,
        "active_order": f"O-{found.active}" if found.active else "none",
        "bottleneck": names[bottleneck(floor, found)],
        "active_alarms": sum(alarm.active and line_of(alarm) == found.number for alarm in floor.state.alarms.listed()),
        "fullest_buffer": fullest,
        "buffers": buffers,
    }


def get_station_status(floor: Floor, line: int, station: str) -> dict[str, Any]:
    """Tell how a station is."""
    found, index = find_line(floor, line), find_station(floor, station)
    check_reachable(floor, found, index)
    state = found.stations[index]
    return {
        "line": found.number,
        "station": station,
        "state": station_state(found, state),
        "utilization_pct": round(100 * utilization(floor, found, index), 1),
        **{sensor: reading(floor, found, index, sensor) for sensor in SENSORS},
        "parts_done": state.parts_done,
        "power_kw": round(power_kw(floor, found, index), 1),
    }


def get_sensor_history(floor: Floor, line: int, station: str, sensor: str, minutes: int = 60) -> dict[str, Any]:
    """Sum up what a sensor said, minute by minute."""
    found, index = find_line(floor, line), find_station(floor, station)
    find_name("sensor", sensor, SENSORS)
    check_range("minutes", minutes, 5, 480)
    check_reachable(floor, found, index)
    values = readings(floor, found, index, sensor, int(minutes))
    digits = DIGITS.get(sensor, 1)
    return {
        "line": found.number,
        "station": station,
        "sensor": sensor,
        "minutes": minutes,
        "mean": round(sum(values) / len(values), digits),
        "minimum": min(values),
        "maximum": max(values),
        "latest": values[-1],
        "trend_per_h": round(60 * _slope(values), digits),
    }


def _slope(values: list[float]) -> float:
    """Least-squares slope of evenly spaced values, per step."""
    count = len(values)
    if count < 2:
        return 0.0
    middle = (count - 1) / 2
    mean = sum(values) / count
    spread = count * (count * count - 1) / 12
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / spread


def get_kpi(floor: Floor, line: int, hours: float = 4.0) -> dict[str, Any]:
    """Work out the ISO 22400 key figures of a line."""
    found = find_line(floor, line)
    check_range("hours", hours, 0.5, 24)
    figures = key_figures(window(floor, found, hours))
    return {
        "line": found.number,
        "hours": hours,
        "availability_pct": round(100 * figures.availability, 1),
        "performance_pct": round(100 * figures.performance, 1),
        "quality_pct": round(100 * figures.quality, 1),
        "oee_pct": round(100 * figures.oee, 1),
        "throughput_per_h": round(figures.throughput_per_h, 1),
        "mtbf_h": round(figures.mtbf_h, 1),
        "mttr_min": round(figures.mttr_min, 1),
        "energy_kwh": round(figures.energy_kwh, 1),
    }


def list_alarms(floor: Floor, line: int | None = None, severity: str | None = None) -> dict[str, Any]:
    """List the alarms that are active or not acknowledged."""
    number = None if line is None else find_line(floor, line).number
    if severity is not None:
        find_name("severity", severity, SEVERITIES)
    alarms = [
        alarm
        for alarm in floor.state.alarms.listed()
        if number in (None, line_of(alarm)) and severity in (None, alarm.severity)
    ]
    open_ones = [alarm for alarm in alarms if not alarm.acknowledged]
    worst = max(open_ones, key=lambda alarm: SEVERITIES.index(alarm.severity), default=None)
    return {
        "count": len(alarms),
        "unacknowledged": len(open_ones),
        "worst_alarm": worst.name if worst else "none",
        "worst_severity": worst.severity if worst else "none",
        "alarms": [
            {
                "alarm": alarm.name,
                "line": line_of(alarm),
                "station": station_of(alarm),
                "severity": alarm.severity,
                "text": alarm.text,
                "acknowledged": alarm.acknowledged,
            }
            for alarm in alarms
        ],
    }


def list_orders(floor: Floor, line: int | None = None, state: str | None = None) -> dict[str, Any]:
    """List orders by id; `next_due_order` is the unfinished one of them that is due first."""
    lines = floor.state.lines if line is None else [find_line(floor, line)]
    if state is not None:
        find_name("order state", state, ORDER_STATES)
    expected = expected_h(floor, lines)
    orders = [order for order in floor.state.orders.values() if line is None or order.line == line]
    if state is not None:
        orders = [order for order in orders if order.shown_state == state]
    now = floor.state.now_ms
    first: Order | None = None
    late_count = 0
    records: list[dict[str, Any]] = []
    for order in orders:
        late = is_late(order, expected, now)
        late_count += late
        # Orders come by number, so of two due at once the older stays first.
        if (first is None or order.due_ms < first.due_ms) and order.state in ("queued", "active"):
            first = order
        records.append(
            {
                "order": order.name,
                "line": order.line,
                "product": order.product,
                "quantity": order.quantity,
                "done": order.done,
                "priority": order.priority,
                "state": "held" if order.held else order.state,
                "late": "yes" if late else "no",
            }
        )
    return {
        "count": len(records),
        "late_count": late_count,
        "next_due_order": first.name if first else "none",
        "orders": records,
    }


def get_order(floor: Floor, order: str) -> dict[str, Any]:
    """Tell how far an order is and when it will be done."""
    found = find_order(floor, order)
    now = floor.state.now_ms
    expected = expected_h(floor, [floor.state.lines[found.line - 1]])
    return {
        "order": found.name,
        "line": found.line,
        "product": found.product,
        "quantity": found.quantity,
        "done": found.done,
        "remaining": max(0, found.quantity - found.done),
        "priority": found.priority,
        "state": found.shown_state,
        "due": iso_time(found.due_ms / 1000),
        "due_in_h": round((found.due_ms - now) / HOUR_MS, 1),
        "expected_in_h": round(expected.get(found.number, 0.0), 1),
        "late": "yes" if is_late(found, expected, now) else "no",
    }


def get_recipe(floor: Floor, product: str) -> dict[str, Any]:
    """Tell how a product is made; `changeover_min` is the mean over the products before it."""
    recipes = floor.layout.recipes
    recipe = recipes[find_name("product", product, recipes)]
    minutes = [floor.layout.changeover_min[before, product] for before in recipes if before != product]
    return {
        "product": product,
        "cycle_s": round(recipe.cycle_s, 1),
        "max_speed_per_h": round(recipe.max_speed_per_h, 1),
        "changeover_min": round(sum(minutes) / len(minutes), 1) if minutes else 0.0,
        "weld_temperature_c": round(recipe.weld_temperature_c, 1),
        "inspection": recipe.inspection,
    }


def get_quality_report(floor: Floor, line: int, hours: float = 4.0) -> dict[str, Any]:
    """Sum up what inspection found."""
    found = find_line(floor, line)
    check_range("hours", hours, 0.5, 24)
    span = window(floor, found, hours)
    inspected = span.end.inspected - span.start.inspected
    first_pass = span.end.first_pass - span.start.first_pass
    defects = [after - before for before, after in zip(span.start.defects, span.end.defects, strict=True)]
    most = max(defects)
    return {
        "line": found.number,
        "hours": hours,
        "inspected": inspected,
        "good": span.end.good - span.start.good,
        "rework": span.end.rework - span.start.rework,
        "scrap": span.end.scrap - span.start.scrap,
        "scrap_pct": round(scrap_pct(span), 1),
        "first_pass_yield_pct": round(100 * first_pass / inspected, 1) if inspected else 100.0,
        "main_defect": floor.layout.stations[defects.index(most)].defect if most else "none",
    }


VIEWS: Mapping[str, Callable[..., dict[str, Any]]] = {
    view.__name__: view
    for view in (
        get_line_status,
        get_station_status,
        get_sensor_history,
        get_kpi,
        list_alarms,
        list_orders,
        get_order,
        get_recipe,
        get_quality_report,
    )
}

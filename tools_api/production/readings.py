"""Looking at the production line: nine tools that change nothing."""

# ruff: noqa: D417 - the docstring is the tool's card: it ends with Returns and tells nothing of the plant

from __future__ import annotations

from typing import Any

from tools_api.production.parameters import Hours, Line, Minutes, OrderState, Product, Sensor, Severity, Station
from tools_api.spec import tool
from twin.core import Twin

READING_S = 2.0
"""Plant time that a look takes."""


@tool(device="monitoring", mutates=False, duration_s=READING_S)
def get_line_status(twin: Twin, line: Line) -> dict[str, Any]:
    """Read a line's state, product, speed, throughput, work in progress, bottleneck, buffers and alarm count.

    Args:
        line: Line number, 1 to 3 in the standard plant.

    Returns:
        line: line number
        state: running, stopped, setup or down
        product: product that the line makes
        speed_per_h: target speed in parts per hour
        throughput_per_h: good parts in the last hour
        wip: parts on the line now
        active_order: id of the order being made, or none
        bottleneck: station that limits the line
        active_alarms: number of alarms of the line whose cause is still there
        fullest_buffer: buffer that is filled most
        buffers: list of {buffer, level, capacity}, in parts
    """
    return twin.view("get_line_status", line=line)


@tool(device="monitoring", mutates=False, duration_s=READING_S)
def get_station_status(twin: Twin, line: Line, station: Station) -> dict[str, Any]:
    """Read a station's state, utilization, temperature, vibration, tool wear, parts done and power.

    Args:
        line: Line number, 1 to 3 in the standard plant.
        station: Station on the line: cut, form, weld, paint or inspect.

    Returns:
        line: line number
        station: station name
        state: idle, busy, blocked, starved, setup, failed or stopped
        utilization_pct: share of time spent working, in percent
        temperature_c: temperature in degrees Celsius
        vibration_mm_s: vibration in mm/s; above 7.1 is a warning
        tool_wear_pct: tool wear in percent
        parts_done: parts finished by the station
        power_kw: electric power in kW
    """
    return twin.view("get_station_status", line=line, station=station)


@tool(device="monitoring", mutates=False, duration_s=READING_S)
def get_sensor_history(
    twin: Twin, line: Line, station: Station, sensor: Sensor, minutes: Minutes = 60
) -> dict[str, Any]:
    """Read the mean, extremes, latest value and trend of one sensor of a station over the last minutes.

    Args:
        line: Line number, 1 to 3 in the standard plant.
        station: Station on the line: cut, form, weld, paint or inspect.
        sensor: Sensor to read: temperature_c, vibration_mm_s or tool_wear_pct.
        minutes: How far to look back, 5 to 480 minutes.

    Returns:
        line: line number
        station: station name
        sensor: sensor name; the values below are in its unit
        minutes: minutes looked back
        mean: mean value
        minimum: least value
        maximum: greatest value
        latest: last value
        trend_per_h: rise per hour; negative when it falls
    """
    return twin.view("get_sensor_history", line=line, station=station, sensor=sensor, minutes=minutes)


@tool(device="monitoring", mutates=False, duration_s=READING_S)
def get_kpi(twin: Twin, line: Line, hours: Hours = 4.0) -> dict[str, Any]:
    """Read a line's key figures over the last hours: OEE and its factors, throughput, MTBF, MTTR and energy.

    Args:
        line: Line number, 1 to 3 in the standard plant.
        hours: How far to look back, 0.5 to 24 hours.

    Returns:
        line: line number
        hours: hours looked back
        availability_pct: availability in percent (ISO 22400)
        performance_pct: performance in percent (ISO 22400)
        quality_pct: quality in percent (ISO 22400)
        oee_pct: overall equipment effectiveness in percent (ISO 22400)
        throughput_per_h: good parts per hour
        mtbf_h: mean time between failures in hours
        mttr_min: mean time to repair in minutes
        energy_kwh: electric energy used in kWh
    """
    return twin.view("get_kpi", line=line, hours=hours)


@tool(device="alarms", mutates=False, duration_s=READING_S)
def list_alarms(twin: Twin, line: Line | None = None, severity: Severity | None = None) -> dict[str, Any]:
    """List alarms that are active or unacknowledged, and name the worst unacknowledged one.

    Args:
        line: Only alarms of this line; leave out for all lines.
        severity: Only alarms of this severity: info, warning or critical; leave out for all.

    Returns:
        count: number of alarms listed
        unacknowledged: how many of them nobody has acknowledged
        worst_alarm: id of the most severe unacknowledged alarm, or none
        worst_severity: its severity, or none
        alarms: list of {alarm, line, station, severity, text, acknowledged}
    """
    return twin.view("list_alarms", line=line, severity=severity)


@tool(device="orders", mutates=False, duration_s=READING_S)
def list_orders(twin: Twin, line: Line | None = None, state: OrderState | None = None) -> dict[str, Any]:
    """List orders with id, product, quantity, progress, priority and state; count the late ones, name the next due.

    Args:
        line: Only orders of this line; leave out for all lines.
        state: Only orders in this state: queued, active, held, done or cancelled; leave out for all.

    Returns:
        count: number of orders listed
        late_count: how many of them are late
        next_due_order: id of the unfinished order that is due first, or none
        orders: list of {order, line, product, quantity, done, priority, state, late}
    """
    return twin.view("list_orders", line=line, state=state)


@tool(device="orders", mutates=False, duration_s=READING_S)
def get_order(twin: Twin, order: str) -> dict[str, Any]:
    """Read one order: progress, priority, state, due time, expected finish and whether it will be late.

    Args:
        order: Order id, such as O-101.

    Returns:
        order: order id
        line: line that makes it
        product: product ordered
        quantity: parts ordered
        done: parts made
        remaining: parts still to make
        priority: low, normal, high or urgent
        state: queued, active, held, done or cancelled
        due: due time, ISO 8601
        due_in_h: hours until it is due; negative when past
        expected_in_h: hours until it is expected to be finished
        late: yes when it is expected after its due time, else no
    """
    return twin.view("get_order", order=order)


@tool(device="quality", mutates=False, duration_s=READING_S)
def get_recipe(twin: Twin, product: Product) -> dict[str, Any]:
    """Read how a product is made: cycle time, maximum speed, changeover time, weld temperature and inspection.

    Args:
        product: Product name: bracket, housing, flange or valve.

    Returns:
        product: product name
        cycle_s: seconds per part at the slowest station
        max_speed_per_h: greatest speed allowed, in parts per hour
        changeover_min: minutes that a changeover to it takes, on average over the products made before
        weld_temperature_c: weld temperature in degrees Celsius
        inspection: how it is inspected
    """
    return twin.view("get_recipe", product=product)


@tool(device="quality", mutates=False, duration_s=READING_S)
def get_quality_report(twin: Twin, line: Line, hours: Hours = 4.0) -> dict[str, Any]:
    """Read a line's quality over the last hours: parts inspected, good, rework and scrap, and the main defect.

    Args:
        line: Line number, 1 to 3 in the standard plant.
        hours: How far to look back, 0.5 to 24 hours.

    Returns:
        line: line number
        hours: hours looked back
        inspected: parts inspected
        good: good parts
        rework: parts sent to rework
        scrap: parts scrapped
        scrap_pct: scrap in percent of the parts inspected
        first_pass_yield_pct: parts good at the first try, in percent
        main_defect: most frequent defect, or none
    """
    return twin.view("get_quality_report", line=line, hours=hours)

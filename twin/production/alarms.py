"""Alarms and alert rules: raised by the plant, acknowledged by people or by the crew on its round."""

from __future__ import annotations

from operator import le

from twin.production.floor import Floor
from twin.production.state import Alarm, LineState, PlantState, StationState

SEVERITIES = ("info", "warning", "critical")
KEPT_MS = 24 * 3_600_000
"""Alarms that are over and acknowledged are forgotten this long after they were raised."""

VIBRATION_LIMIT_MM_S = 7.1
"""Zone C/D boundary of ISO 10816-3 for medium machines on rigid mounts is 4.5, on flexible ones 7.1."""
TEMPERATURE_LIMIT_C = 95.0
WEAR_LIMIT_PCT = 90.0

# In the order of the sensors: cause, severity, limit, clears below, text. The gap between limits keeps noise quiet.
MEASURED = (
    ("temperature_c", "warning", TEMPERATURE_LIMIT_C, 92.0, "temperature above 95 C"),
    ("vibration_mm_s", "warning", VIBRATION_LIMIT_MM_S, 6.6, "vibration above 7.1 mm/s"),
    ("tool_wear_pct", "info", WEAR_LIMIT_PCT, 85.0, "tool wear above 90 %"),
)
LIMITS = tuple(limit for _, _, limit, _, _ in MEASURED)


def raise_alarm(floor: Floor, line: LineState, station: str, severity: str, cause: str, text: str) -> int:
    """Raise an alarm and return its number."""
    state = floor.state
    number = state.next_alarm
    state.next_alarm += 1
    alarm = Alarm(number, line.number, station, severity, cause, text, state.now_ms)
    state.alarms[number] = alarm
    floor.record(
        "alarm_raised", alarm.name, line=line.number, station=station, severity=severity, cause=cause, text=text
    )
    return number


def clear_alarm(floor: Floor, number: int) -> None:
    """Say that the cause of an alarm is gone; it stays listed until acknowledged."""
    alarm = floor.state.alarms[number]
    alarm.active = False
    floor.record("alarm_cleared", alarm.name, line=alarm.line, station=alarm.station)


def acknowledge(floor: Floor, alarm: Alarm, by: str) -> None:
    """Note that somebody has seen the alarm."""
    alarm.acknowledged = True
    floor.record("alarm_acknowledged", alarm.name, line=alarm.line, station=alarm.station, by=by)


def listed(state: PlantState) -> list[Alarm]:
    """Return the alarms that are active or not acknowledged, oldest first."""
    return [alarm for alarm in state.alarms.values() if alarm.active or not alarm.acknowledged]


def interlocking(state: PlantState, line: LineState) -> list[Alarm]:
    """Return the unacknowledged critical alarms of a line: they forbid to start it."""
    return [
        alarm
        for alarm in state.alarms.values()
        if alarm.line == line.number and alarm.severity == "critical" and not alarm.acknowledged
    ]


def watch_station(floor: Floor, line: LineState, station: StationState, said: tuple[float, ...]) -> None:
    """Raise and clear the alarms of what a station's sensors say, which comes in the order of `MEASURED`."""
    if not station.alarms and all(map(le, said, LIMITS)):
        return
    for value, (cause, severity, limit, clears_below, text) in zip(said, MEASURED, strict=True):
        if value > limit:
            if cause not in station.alarms:
                words = f"{station.name} of line {line.number}: {text}"
                station.alarms[cause] = raise_alarm(floor, line, station.name, severity, cause, words)
        elif value < clears_below and cause in station.alarms:
            clear_alarm(floor, station.alarms.pop(cause))


def watch_orders(floor: Floor) -> None:
    """Raise the alarm of each order that is past its due time; clear it when the order is finished."""
    state = floor.state
    for order in state.orders.values():
        unfinished = order.state in ("queued", "active")
        if order.alarm:
            if not unfinished:
                clear_alarm(floor, order.alarm)
                order.alarm = 0
        elif unfinished and state.now_ms > order.due_ms:
            line = state.lines[order.line - 1]
            text = f"order {order.name} on line {order.line} is late"
            order.alarm = raise_alarm(floor, line, "none", "info", "late", text)


def watch_rules(floor: Floor, quantities: list[dict[str, float]]) -> None:
    """Tell about each rule whose quantity has just risen above its limit. `quantities` are those of each line."""
    for rule in floor.state.rules:
        value = quantities[rule.line - 1][rule.quantity]
        above = value > rule.above
        if above and not rule.firing:
            name = f"R-{rule.number}"
            text = f"{rule.quantity} of line {rule.line} is {value:g}, above {rule.above:g}"
            floor.record(
                "alert", name, line=rule.line, quantity=rule.quantity, value=value, above=rule.above, text=text
            )
        rule.firing = above


def crew_round(floor: Floor) -> None:
    """Let the crew acknowledge what is over or not critical, and change worn tools."""
    state = floor.state
    for alarm in listed(state):
        if not alarm.acknowledged and (alarm.severity != "critical" or not alarm.active):
            acknowledge(floor, alarm, "crew")
    for line in state.lines:
        change_tools(floor, line, WEAR_LIMIT_PCT)
    for number, alarm in list(state.alarms.items()):
        if not alarm.active and alarm.acknowledged and state.now_ms - alarm.raised_ms > KEPT_MS:
            del state.alarms[number]


def change_tools(floor: Floor, line: LineState, above_pct: float) -> None:
    """Put fresh tools into the stations of a line whose tool is worn more than this."""
    for station in line.stations:
        if station.wear_pct > above_pct:
            station.wear_pct = 0.0
            floor.record("tool_changed", f"line{line.number}.{station.name}", line=line.number, station=station.name)

"""What raises and clears the alarms of a plant, and what the crew does on its round."""

from __future__ import annotations

from twin.alarm_book import Alarm
from twin.production.floor import Floor
from twin.production.state import LineState, StationState

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


def place_of(line: LineState, station: StationState | None = None) -> str:
    """Name a line or one of its stations as alarms do: `line2`, `line2.weld`."""
    return f"line{line.number}.{station.name}" if station else f"line{line.number}"


def line_of(alarm: Alarm) -> int:
    """Return the number of the line that an alarm is about."""
    return int(alarm.place.partition(".")[0].removeprefix("line"))


def station_of(alarm: Alarm) -> str:
    """Return the station that an alarm is about; "none" for one of the whole line."""
    return alarm.place.partition(".")[2] or "none"


def raise_alarm(floor: Floor, line: LineState, station: StationState, severity: str, cause: str, text: str) -> None:
    """Raise an alarm at a station, whose cause then stands."""
    station.standing.append(cause)
    state = floor.state
    state.alarms.sound(floor.journal, state.now_ms, place_of(line, station), severity, cause, text)


def clear_alarm(floor: Floor, line: LineState, station: StationState, cause: str) -> None:
    """Say that the cause of an alarm at a station is gone; it stays listed until acknowledged."""
    station.standing.remove(cause)
    floor.state.alarms.clear(floor.journal, floor.state.now_ms, place_of(line, station), cause)


def interlocking(floor: Floor, line: LineState) -> list[Alarm]:
    """Return the unacknowledged critical alarms of a line: they forbid to start it."""
    return [
        alarm
        for alarm in floor.state.alarms.listed()
        if alarm.severity == "critical" and not alarm.acknowledged and line_of(alarm) == line.number
    ]


def watch_station(floor: Floor, line: LineState, station: StationState, said: tuple[float, ...]) -> None:
    """Raise and clear the alarms of what a station's sensors say, which comes in the order of `MEASURED`."""
    temperature, vibration, wear = said
    calm = temperature <= TEMPERATURE_LIMIT_C and vibration <= VIBRATION_LIMIT_MM_S and wear <= WEAR_LIMIT_PCT
    if calm and not station.standing:
        return
    for value, (cause, severity, limit, clears_below, text) in zip(said, MEASURED, strict=True):
        if value > limit:
            if cause not in station.standing:
                words = f"{station.name} of line {line.number}: {text}"
                raise_alarm(floor, line, station, severity, cause, words)
        elif value < clears_below and cause in station.standing:
            clear_alarm(floor, line, station, cause)


def watch_orders(floor: Floor) -> None:
    """Raise the alarm of each order that is past its due time; clear it when the order is finished."""
    state = floor.state
    for order in state.orders.values():
        unfinished = order.state in ("queued", "active")
        if order.told_late:
            if not unfinished:
                state.alarms.clear(floor.journal, state.now_ms, f"line{order.line}", f"late_{order.name}")
                order.told_late = False
        elif unfinished and state.now_ms > order.due_ms:
            text = f"order {order.name} on line {order.line} is late"
            place, cause = f"line{order.line}", f"late_{order.name}"
            state.alarms.sound(floor.journal, state.now_ms, place, "info", cause, text)
            order.told_late = True


def crew_round(floor: Floor) -> None:
    """Let the crew acknowledge what is over or not critical, and change worn tools."""
    state = floor.state
    for alarm in list(state.alarms.listed()):
        if not alarm.acknowledged and (alarm.severity != "critical" or not alarm.active):
            state.alarms.acknowledge(floor.journal, state.now_ms, alarm.name, "crew")
    for line in state.lines:
        change_tools(floor, line, WEAR_LIMIT_PCT)
    state.alarms.forget(state.now_ms)


def change_tools(floor: Floor, line: LineState, above_pct: float) -> None:
    """Put fresh tools into the stations of a line whose tool is worn more than this."""
    for station in line.stations:
        if station.wear_pct > above_pct:
            station.wear_pct = 0.0
            floor.record("tool_changed", f"line{line.number}.{station.name}", line=line.number, station=station.name)

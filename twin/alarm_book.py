"""Alarms and alert rules of any plant: raised by the plant, acknowledged by people, listed until both are through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field

from twin.errors import NotFound, WrongState, no_such
from twin.journal import Journal

SEVERITIES = ("info", "warning", "critical")
KEPT_MS = 24 * 3_600_000
"""Alarms that are over and acknowledged are forgotten this long after they were raised."""


@dataclass(slots=True)
class Alarm:
    """An alarm at a place of the plant (`P-101`, `bus7`). It is listed while active or unacknowledged."""

    number: int
    place: str
    severity: str
    cause: str
    text: str
    raised_ms: int
    active: bool = True
    acknowledged: bool = False

    @property
    def name(self) -> str:
        """Its id, such as A-3."""
        return f"A-{self.number}"

    @property
    def listed(self) -> bool:
        """Whether somebody still has to see to it."""
        return self.active or not self.acknowledged


@dataclass(slots=True)
class AlertRule:
    """Tell when `quantity` at `place` crosses `limit`; `firing` while it is beyond. `called`: the place in words."""

    number: int
    place: str
    quantity: str
    direction: str
    limit: float
    firing: bool = False
    called: str = ""

    @property
    def name(self) -> str:
        """Its id, such as R-1."""
        return f"R-{self.number}"


@dataclass(slots=True)
class AlarmBook:
    """All alarms and alert rules of a plant. `alarms` goes by number, hence by time."""

    alarms: dict[int, Alarm] = field(default_factory=dict)
    next_number: int = 1
    rules: list[AlertRule] = field(default_factory=list)

    def copy(self) -> AlarmBook:
        """Return an independent copy."""
        return AlarmBook(
            {number: copy(alarm) for number, alarm in self.alarms.items()},
            self.next_number,
            [copy(rule) for rule in self.rules],
        )

    def active(self, place: str, cause: str) -> Alarm | None:
        """Give the alarm whose cause is there now, or None."""
        return next(
            (one for one in self.alarms.values() if one.active and (one.place, one.cause) == (place, cause)), None
        )

    def sound(self, journal: Journal, now_ms: int, place: str, severity: str, cause: str, text: str) -> Alarm:
        """Raise an alarm, or give the one that this cause has raised at this place already."""
        already = self.active(place, cause)
        if already is not None:
            return already
        alarm = Alarm(self.next_number, place, severity, cause, text, now_ms)
        self.alarms[alarm.number] = alarm
        self.next_number += 1
        details = {"place": place, "severity": severity, "cause": cause, "text": text}
        journal.record(now_ms, "alarm_raised", alarm.name, details)
        return alarm

    def clear(self, journal: Journal, now_ms: int, place: str, cause: str) -> None:
        """Say that a cause is gone, if it was there; its alarm stays listed until acknowledged."""
        alarm = self.active(place, cause)
        if alarm is not None:
            alarm.active = False
            journal.record(now_ms, "alarm_cleared", alarm.name, {"place": place, "cause": cause})

    def acknowledge(self, journal: Journal, now_ms: int, name: str, by: str) -> Alarm:
        """Note that somebody has seen an alarm. Raises `NotFound` for an unlisted one, `WrongState` for a seen one."""
        listed = {alarm.name: alarm for alarm in self.listed()}
        if name not in listed:
            raise NotFound(no_such("alarm", name, listed))
        alarm = listed[name]
        if alarm.acknowledged:
            raise WrongState(f"alarm {name} is acknowledged already; it stays listed until its cause is gone")
        alarm.acknowledged = True
        journal.record(now_ms, "alarm_acknowledged", name, {"place": alarm.place, "by": by})
        return alarm

    def listed(self) -> Iterator[Alarm]:
        """Go through what somebody has to see to, oldest first."""
        return (alarm for alarm in self.alarms.values() if alarm.listed)

    def worst(self) -> Alarm | None:
        """Give the most severe unacknowledged alarm, the oldest of equals."""
        waiting = [alarm for alarm in self.listed() if not alarm.acknowledged]
        return max(waiting, key=lambda alarm: (SEVERITIES.index(alarm.severity), -alarm.number), default=None)

    def forget(self, now_ms: int) -> None:
        """Let go of alarms that are long over and seen."""
        for number, alarm in list(self.alarms.items()):
            if not alarm.listed and now_ms - alarm.raised_ms > KEPT_MS:
                del self.alarms[number]

    def add_rule(self, place: str, quantity: str, direction: str, limit: float, called: str = "") -> AlertRule:
        """Watch a quantity; `direction` is above or below, `called` what people call the place (else its name)."""
        number = 1 + max((rule.number for rule in self.rules), default=0)
        rule = AlertRule(number, place, quantity, direction, limit, called=called)
        self.rules.append(rule)
        return rule

    def watch(self, journal: Journal, now_ms: int, values: Mapping[tuple[str, str], float]) -> None:
        """Tell about each rule whose quantity has just crossed its limit. `values` go by place and quantity."""
        for rule in self.rules:
            value = values.get((rule.place, rule.quantity))
            if value is None:
                continue
            beyond = value > rule.limit if rule.direction == "above" else value < rule.limit
            if beyond and not rule.firing:
                text = f"{rule.quantity} of {rule.called or rule.place} is {value:g}, {rule.direction} {rule.limit:g}"
                details = {"place": rule.place, "quantity": rule.quantity, "value": value, "limit": rule.limit}
                journal.record(now_ms, "alert", rule.name, {**details, "text": text})
            rule.firing = beyond

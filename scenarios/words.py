"""Words for values: how people say that a line is `running` or an order is `held`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

# Domain -> value -> other ways to say it. A value can always be said by its own name.
DOMAINS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "line_state": {
        "running": ("runs?", "producing", "produces", "in operation", "operating", "operates", "started", "up again"),
        "stopped": (
            "halted",
            "stands? still",
            "standing still",
            "(?:at |to )?a standstill",
            "shut down",
            "not running",
            "(?:is|was|been) off",
            "switched off",
        ),
        "setup": ("set[- ]up", "changeover", "changing over", "changed over", "being retooled", "retooling"),
        "down": ("failed", "broken down", "out of order", "breakdown"),
    },
    "station_state": {
        "idle": ("idling",),
        "busy": ("working", "running", "at work", "processing"),
        "blocked": (),
        "starved": ("starving", "waiting for (?:parts|work|material)"),
        "setup": ("set[- ]up", "changeover"),
        "failed": ("down", "broken", "out of order", "failure"),
        "stopped": ("halted", "standing still", "stands still"),
    },
    "order_state": {
        "queued": ("in the queue", "waiting", "not started"),
        "active": ("in production", "being made", "in progress", "in work"),
        "held": ("on hold", "hold", "blocked"),
        "done": ("finished", "completed?", "ready"),
        "cancelled": ("canceled", "cancellation", "withdrawn", "called off"),
    },
    "asset_state": {
        "running": ("runs?", "in operation", "operating", "operates", "in service", "(?:is|was|back) on"),
        "standby": ("stand-by", "on call", "in reserve", "as a reserve"),
        "stopped": ("halted", "stands? still", "standing still", "at a standstill", "not running", "switched off"),
        "isolated": ("locked[ -]out", "locked", "in isolation", "lock-out"),
        "failed": ("broken down", "broken", "down", "out of order", "has a failure"),
    },
    "work_order_state": {
        "draft": ("drafted", "still to be approved", "not (?:yet )?approved"),
        "approved": ("approval",),
        "scheduled": ("assigned", "on the schedule"),
        "in_progress": ("in work", "under way", "started", "being worked on", "being done"),
        "completed": ("finished", "complete", "done"),
        "closed": ("close[sd]? out", "signed off"),
        "cancelled": ("canceled", "cancellation", "withdrawn", "called off"),
    },
    "technician_state": {
        "available": ("free",),
        "busy": ("at work", "occupied"),
        "off_shift": ("off[ -]duty", "not on shift", "at home"),
    },
    "iso_zone": {"A": (), "B": (), "C": (), "D": ()},
    "criticality": {"A": (), "B": (), "C": ()},
    "priority": {"low": (), "normal": (), "high": (), "urgent": ()},
    "severity": {"info": (), "warning": (), "critical": ()},
    "product": {"bracket": (), "housing": (), "flange": (), "valve": ()},
    "late": {
        "yes": (
            "late",
            "delayed",
            "behind schedule",
            "not (?:be )?(?:done|ready|finished) (?:in|on) time",
            "overdue",
        ),
        "no": ("not (?:be )?late", "on time", "in time", "on schedule", "not (?:be )?delayed"),
    },
    "battery_state": {
        "idle": ("at rest", "resting", "rests", "doing nothing", "not in use"),
        "charging": ("charges", "being charged"),
        "discharging": ("discharges", "being discharged"),
    },
    "generator_state": {
        "stopped": ("off", "not running", "standing still", "shut down"),
        "starting": ("starts", "started", "ramping up", "start-up"),
        "running": ("runs", "on", "in operation", "up"),
        "stopping": ("stops", "ramping down", "being stopped", "shutting down"),
        "tripped": ("trip", "locked out", "failed"),
    },
    "load_state": {
        "on": ("running", "switched on", "restored", "back", "supplied"),
        "shed": ("off", "switched off", "disconnected", "cut off"),
        "shifted": ("delayed", "postponed", "moved", "put off"),
    },
    "charger_state": {
        "free": ("no car", "empty", "unoccupied", "not in use"),
        "charging": ("charges",),
        "paused": ("on hold", "not charging", "suspended"),
        "full": ("fully charged", "charged up", "done"),
    },
    "band": {
        "ok": ("okay", "fine", "normal", "in band", "within (?:the |its )?(?:band|limits)", "in order", "in its band"),
        "low": ("too low", "under-?voltage"),
        "high": ("too high", "over-?voltage"),
    },
    "tariff_period": {
        "off_peak": ("low tariff", "night tariff"),
        "shoulder": ("mid[- ]peak", "middle tariff"),
        "peak": ("high tariff", "peak[- ]time"),
    },
    "allowed": {
        "yes": ("allowed", "possible", "permitted", "fine", "within (?:all )?limits", "no problem", "can be done"),
        "no": ("not (?:be )?(?:allowed|possible|permitted)", "too much", "impossible", "would break", "forbidden"),
    },
    "islanded": {
        "yes": ("island(?:ed)?", "islanding", "grid is lost", "cut off"),
        "no": ("not islanded", "connected", "on the (?:external |public )?grid", "not an island"),
    },
    "event": {
        "none": ("no event", "nothing", "no call", "no outage", "quiet"),
        "price_spike": ("price jump", "spike in the price"),
        "demand_response": ("demand[- ]response call",),
        "outage": ("grid (?:is )?lost", "power cut", "grid failure"),
        "blackout": ("without power", "dark"),
    },
}

_NEGATED = re.compile(
    r"(?:\b(?:not|never|no longer|cannot|without|neither|nor)|n't)"
    r"(?:\s+(?:yet|been|be|currently|now|again|quite)){0,2}\s+$"
)
# Tools whose `state` has words of its own; any other is told apart by what its name speaks of.
_STATES: Mapping[str, str] = {
    "get_battery": "battery_state",
    "get_load_profile": "load_state",
    "shed_load": "load_state",
    "restore_load": "load_state",
    "shift_load": "load_state",
    "get_ev_chargers": "charger_state",
    "start_generator": "generator_state",
    "stop_generator": "generator_state",
    "set_generator_power": "generator_state",
}
_CLAIM = (
    r"(?:\b(?:is|are|be|now|remains?|stays?|status|state|priority)\b|'s)"
    r"(?:\s|:|=|\b(?:is|now|still|currently|again|has|at|in|of|to|set|back|the)\b)*\s"
)
_LETTERED = ("iso_zone", "criticality")
# "a" alone is an article: a letter is a value only behind the name of what it grades, or before "zone"
_LETTER = re.compile(
    r"\b(?:zone|criticality|class|grade)(?:\s|[:=,\"']|\b(?:is|was|in|of|at|still|now|currently|letter|[a-z]-\d+)\b)*"
    r"\b([a-d])\b(?!-)"
)


def domain_of(tool: str, field: str) -> str | None:
    """Give the name of the domain that a tool's field takes its values from; None when it has none of ours."""
    if field == "state" and tool in _STATES:
        return _STATES[tool]
    if field in ("period", "next_period"):
        return "tariff_period"
    if field == "state":
        if "station" in tool:
            return "station_state"
        if "work_order" in tool or tool in ("assign_technician", "verify_repair"):
            return "work_order_state"
        if tool == "list_technicians":
            return "technician_state"
        if "asset" in tool or tool in ("get_condition", "set_isolation"):
            return "asset_state"
        return "order_state" if "order" in tool or "batch" in tool else "line_state"
    if field in ("worst_severity", "severity"):
        return "severity"
    if field in ("previous_priority", "previous_product"):
        return field.removeprefix("previous_")
    return field if field in DOMAINS else None


def says(text: str, value: str, domain: str | None, more: tuple[str, ...] = ()) -> list[int]:
    """Give where lower-case `text` says a value, by its name or other words for it, and does not deny it."""
    return [
        match.start()
        for match in _pattern(value.lower(), domain, more).finditer(text)
        if match[0].startswith("not ") or not _NEGATED.search(text[: match.start()])
    ]


def claims_other(text: str, value: str, domain: str) -> list[tuple[str, int]]:
    """Give the other values of the domain that the text plainly claims ("is stopped", "or stopped"), and where."""
    if domain in _LETTERED:
        return [(m[1].upper(), m.start()) for m in _LETTER.finditer(text) if m[1] != value.lower()]
    return [
        (other, match.start(1))
        for other in DOMAINS[domain]
        if other != value.lower()
        for match in re.finditer(rf"(?:{_CLAIM}|\bor\s+)({_plain(other)})\b(?!\s+by\b)", text)
    ]


@lru_cache(maxsize=512)
def _pattern(value: str, domain: str | None, more: tuple[str, ...]) -> re.Pattern[str]:
    if domain in _LETTERED and len(value) == 1:
        return re.compile(_LETTER.pattern.replace("([a-d])", f"({value})"))
    ways = [_plain(value), *DOMAINS.get(domain or "", {}).get(value, ())]
    ways += [re.escape(way.lower()) for way in more]
    return re.compile(rf"\b(?:{'|'.join(sorted(ways, key=len, reverse=True))})(?:s|es)?(?!\w)")


def _plain(value: str) -> str:
    """Give the pattern of a value's own name: `off_peak` is also off-peak, `line3` line 3."""
    return re.sub(r"(?<=[a-z])(?=\d)", r"\\s?", re.escape(value).replace("_", "[-_ ]"))

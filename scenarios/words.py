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
}

_NEGATED = re.compile(
    r"(?:\b(?:not|never|no longer|cannot|without|neither|nor)|n't)"
    r"(?:\s+(?:yet|been|be|currently|now|again|quite)){0,2}\s+$"
)
_CLAIM = (
    r"(?:\b(?:is|are|be|now|remains?|stays?|status|state|priority)\b|'s)"
    r"(?:\s|:|=|\b(?:is|now|still|currently|again|has|at|in|of|to|set|back|the)\b)*\s"
)


def domain_of(tool: str, field: str) -> str | None:
    """Give the name of the domain that a tool's field takes its values from; None when it has none of ours."""
    if field == "state":
        if "station" in tool:
            return "station_state"
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
    return [
        (other, match.start(1))
        for other in DOMAINS[domain]
        if other != value.lower()
        for match in re.finditer(rf"(?:{_CLAIM}|\bor\s+)({re.escape(other)})\b(?!\s+by\b)", text)
    ]


@lru_cache(maxsize=512)
def _pattern(value: str, domain: str | None, more: tuple[str, ...]) -> re.Pattern[str]:
    ways = [re.escape(value).replace("_", "[_ ]"), *DOMAINS.get(domain or "", {}).get(value, ())]
    ways += [re.escape(way.lower()) for way in more]
    return re.compile(rf"\b(?:{'|'.join(sorted(ways, key=len, reverse=True))})(?:s|es)?\b")

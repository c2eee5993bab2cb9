"""Units of the numbers that tools tell and people say: which fields have which, how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# kind of quantity -> (pattern of how it follows a number, factor to the kind's base unit)
_WRITTEN: tuple[tuple[str, float, str], ...] = (
    (
        "per_h",
        1.0,
        r"(?:(?:good|finished) )?(?:parts|pieces|units|items|pcs|p)?\s*"
        r"(?:(?:/|per |an |each |every |in an )\s?h(?:our|r)?\b"
        r"|(?:in|during|over|within|for) the (?:last|past) hour\b)|pph\b|hourly\b",
    ),
    ("mm_s", 1.0, r"(?:mm|millimet(?:re|er)s?)\s?(?:/|per )\s?s(?:ec|econd)?\b"),
    ("pct", 1.0, r"%|percent(?:age)?\b|per cent\b|pct\b"),
    ("c", 1.0, r"°\s?c?\b|deg(?:ree)?s?\b(?: celsius\b| c\b)?|celsius\b|c\b(?!\w)"),
    ("g_kwh", 1.0, r"(?:g|grams?)(?: (?:of )?(?:co2|carbon))?\s?(?:/|per |a )\s?(?:kwh|kilowatt[- ]hour)\b"),
    ("ct_kwh", 100.0, r"(?:eur|euros?|€)\s?(?:/|per |a )\s?(?:kwh|kilowatt[- ]hour)\b"),
    ("ct_kwh", 1.0, r"(?:ct|cents?)(?:\s?(?:/|per |a )\s?(?:kwh|kilowatt[- ]hour))?\b"),
    ("eur_kw", 1.0, r"(?:eur|euros?|€)\s?(?:/|per |a )\s?(?:kw|kilowatt)\b"),
    ("eur", 1.0, r"(?:eur|euros?)\b|€"),
    ("l_min", 1.0, r"(?:l|lit(?:re|er)s?)\s?(?:/|per |a )\s?min(?:ute)?\b"),
    ("ppm", 1.0, r"ppm\b|parts per million\b"),
    ("kg", 1.0, r"(?:kg|kilos?|kilograms?)\b"),
    ("pu", 1.0, r"p\.?\s?u\b\.?|per[- ]unit\b"),
    ("v", 1.0, r"v(?:olts?)?\b"),
    ("a", 1.0, r"amp(?:ere)?s?\b|a\b(?=\s*(?:$|[.,;!?)]))"),
    ("kwh", 1.0, r"kwh\b|kilowatt[- ]hours?\b"),
    ("kw", 1.0, r"kw\b|kilowatts?\b"),
    ("time", 3600.0, r"-?h(?:ours?|rs?)?\b"),
    ("time", 60.0, r"-?min(?:ute)?s?\b"),
    ("time", 1.0, r"-?s(?:ec(?:ond)?s?)?\b"),
    ("alarms", 1.0, r"(?:\w+ )?alarms?\b"),
    ("parts", 1.0, r"(?:(?!of\b)\w+ )?(?:parts|pieces|units|items|pcs|brackets?|housings?|flanges?|valves?)\b"),
)
_PATTERNS = tuple((kind, factor, re.compile(rf"\s?(?:{pattern})")) for kind, factor, pattern in _WRITTEN)

_SUFFIXES: tuple[tuple[str, str, float], ...] = (
    ("_per_h", "per_h", 1.0),
    ("_mm_s", "mm_s", 1.0),
    ("_pct", "pct", 1.0),
    ("_ct_kwh", "ct_kwh", 1.0),
    ("_g_kwh", "g_kwh", 1.0),
    ("_eur_kw", "eur_kw", 1.0),
    ("_eur", "eur", 1.0),
    ("_kg", "kg", 1.0),
    ("_l_min", "l_min", 1.0),
    ("_ppm", "ppm", 1.0),
    ("_pu", "pu", 1.0),
    ("_v", "v", 1.0),
    ("_a", "a", 1.0),
    ("_kwh", "kwh", 1.0),
    ("_kw", "kw", 1.0),
    ("_min", "time", 60.0),
    ("_h", "time", 3600.0),
    ("_s", "time", 1.0),
    ("_c", "c", 1.0),
)
_NAMED: Mapping[str, tuple[str, float]] = {
    "hours": ("time", 3600.0),
    "hours_left": ("time", 3600.0),
    "minutes": ("time", 60.0),
    "seconds": ("time", 1.0),
    "quantity": ("parts", 1.0),
    "done": ("parts", 1.0),
    "remaining": ("parts", 1.0),
    "inspected": ("parts", 1.0),
    "good": ("parts", 1.0),
    "rework": ("parts", 1.0),
    "scrap": ("parts", 1.0),
    "wip": ("parts", 1.0),
    "parts_done": ("parts", 1.0),
    "active_alarms": ("alarms", 1.0),
    "unacknowledged": ("alarms", 1.0),
}
NONE = "none"


@dataclass(frozen=True, slots=True)
class Unit:
    """A kind of quantity and the factor to its base unit (time: seconds; all others: themselves)."""

    kind: str = NONE
    factor: float = 1.0


def unit_of_field(name: str) -> Unit:
    """Give the unit that a field's name tells: `_pct`, `_mm_s`, `_per_h`, `_min` and the like; `NONE` without one."""
    if name in _NAMED:
        kind, factor = _NAMED[name]
        return Unit(kind, factor)
    for suffix, kind, factor in _SUFFIXES:
        if name.endswith(suffix):
            return Unit(kind, factor)
    return Unit()


def unit_after(text: str, position: int) -> tuple[Unit, int]:
    """Give the unit written in lower-case `text` from `position` on, and where it ends; `NONE` when there is none."""
    for kind, factor, pattern in _PATTERNS:
        match = pattern.match(text, position)
        if match is not None:
            return Unit(kind, factor), match.end()
    return Unit(), position


_COUNTED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?:\s(?!(?:and|or|but|of|on|in|at|for|with)\b)[\w-]+){{0,2}}?\s(?:{nouns})\b"))
    for kind, nouns in (
        ("alarm", "alarms?|warnings?"),
        ("work_order", "work[ -]orders?|wos?|jobs?"),
        ("order", "orders?"),
        ("technician", "technicians?|mechanics?|electricians?|fitters?|people|persons?|men"),
        ("asset", "assets?|machines?|pumps?|motors?|compressors?|gearbox(?:es)?|fans?"),
        ("part", "spare parts?|spares?"),
    )
)
_ALSO_COUNTED = {"work_order": "order", "order": "work_order"}


def counted_at(text: str, position: int) -> str | None:
    """Give what a number that ends at `position` of lower-case `text` counts: `3 open work orders`; None if unclear."""
    return next((kind for kind, pattern in _COUNTED if pattern.match(text, position)), None)


def counted_otherwise(tool: str) -> frozenset[str]:
    """Give the kinds of things that a tool's count does not count; none when the tool lists none of ours."""
    own = next((kind for kind, _ in _COUNTED if kind in tool), None)
    if own is None:
        return frozenset()
    return frozenset(kind for kind, _ in _COUNTED) - {own, _ALSO_COUNTED.get(own, own)}

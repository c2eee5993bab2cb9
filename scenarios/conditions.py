"""Conditions of task documents: `status.state == stopped`, `{late} == yes`, `not {faulty}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_SHAPE = re.compile(r"\s*(?P<left>[^=!<>]+?)\s*(?P<operator>==|!=|<=|>=|<|>)\s*(?P<right>[^=!<>]+?)\s*")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Condition:
    """Two sides and an operator: a field against a number, a word or a field of a named output (`first.oee_pct`)."""

    left: str
    operator: str
    right: str

    def holds(self, lookup: Callable[[str], Any]) -> bool:
        """Judge it. `lookup` gives the value of a name, or raises `KeyError` when it knows none: then it is a word.

        On the right only a name with a dot is looked up: in `state == done` the word is meant, though an order has a
        field of that name.
        Numbers compare as numbers, truth words as truth values, all else as text without regard to case and then by
        == and != only; two things without an order are not so.
        """
        right = _side(self.right, lookup if "." in self.right else _unknown)
        return compare(_side(self.left, lookup), self.operator, right)


def parse_condition(text: str) -> Condition:
    """Read a condition. Raises `ValueError` with the rule when it has not the form `left operator right`."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no condition; write 'field operator value' with one of {' '.join(_COMPARE)}")
    return Condition(match["left"], match["operator"], match["right"])


def compare(left: object, operator: str, right: object) -> bool:
    """Compare two values as `Condition.holds` says. Raises `KeyError` for an unknown operator."""
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        return _COMPARE[operator](a, b)
    if operator not in ("==", "!="):
        return False
    p, q = _truth(left), _truth(right)
    if p is not None and q is not None:
        return _COMPARE[operator](p, q)
    return _COMPARE[operator](str(left).strip().casefold(), str(right).strip().casefold())


def same(left: object, right: object) -> bool:
    """Whether two values are equal as conditions see it: 4 == 4.0, `yes` == True, `Weld` == `weld`."""
    return compare(left, "==", right)


def is_so(text: object) -> bool:
    """Judge a rendered `when` of a check, command or fault: a truth word, `not` one, or a comparison of two values.

    Raises `ValueError` for anything else.
    """
    if isinstance(text, bool):
        return text
    words = str(text).strip()
    if words.startswith("not "):
        return not is_so(words[4:])
    truth = _truth(words)
    return truth if truth is not None else parse_condition(words).holds(_unknown)


def as_number(value: object) -> float | None:
    """Give the number that a value is or spells in digits; None for any other, truth values included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else None


def _side(text: str, lookup: Callable[[str], Any]) -> Any:
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        return lookup(text)
    except KeyError:
        return text


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else _TRUTH.get(str(value).strip().casefold())


def _unknown(name: str) -> Any:
    raise KeyError(name)

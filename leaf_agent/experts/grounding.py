"""Arguments against their context: a value that nobody said or showed counts as not given, not trusted.

A small model fills a gap with a likely number ("set line 2 to 80") as readily as with the right one. So every number,
and the digits of every id, must occur in what the user said or a tool brought. The check leans to trust: words of the
user that stand for numbers in ways it cannot work out (half, dozen, overnight) switch it off, because a needless
question costs as much as an invented value. Words without a number are not checked: they are choices of the schema,
or free text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from tools_api.spec import ToolSpec

CLOCK = "clock"
"""The device of `wait`: how long to wait is the plan's own choice."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d)[, ](?=\d{3}\b)")
_LOOSE = re.compile(
    r"\b(half|quarter|third of|dozen|couple|double|twice|triple|few|both|all|each|every|lines|day|night|overnight|shift"
    r"|week|noon|midnight|tomorrow|tonight|today|max|maximum|full|oh|nought|per ?cent|less|more|faster|slower)\b"
    r"|\d[kK]\b|%"
)


def ungrounded(
    spec: ToolSpec, arguments: Mapping[str, Any], said: Iterable[str], shown: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the names of arguments whose number, or whose id's digits, the user never said and no tool has shown."""
    if spec.device == CLOCK:
        return ()
    wanted = {
        parameter: found
        for parameter in spec.parameters
        if not parameter.choices and (found := _numbers_of(arguments.get(parameter.name)))
    }
    if not wanted:
        return ()
    words = " ".join(said)
    if _LOOSE.search(words.lower()):
        return ()
    known = numbers_in(f"{words} {' '.join(shown)}") | {0.0}  # to stop, rest or pause is to set 0
    # "an hour", "a kit": nobody says the 1 of what may be left out.
    return tuple(
        one.name for one, numbers in wanted.items() if not numbers <= known | (set() if one.required else {1.0})
    )


def numbers_in(text: str) -> set[float]:
    """Return the numbers of a text: digits, thousands, number words, ordinals, digits read out one by one."""
    from text_to_num import alpha2digit

    plain = _THOUSANDS.sub("", str(alpha2digit(text.lower(), "en", threshold=0)))
    written = _NUMBER.findall(plain)
    joined = (before + after for before, after in pairwise(written) if "." not in before)
    return {float(number) for number in (*written, *_NUMBER.findall(text), *joined, *_read_out(plain))}


def _read_out(text: str) -> Iterable[str]:
    """Join runs of single digits: 1 0 4 is 104."""
    return (re.sub(r"\D", "", run) for run in re.findall(r"\b\d(?:[ -]\d\b)+", text))


def _numbers_of(value: Any) -> set[float]:
    if isinstance(value, bool):
        return set()
    if isinstance(value, int | float):
        return {abs(float(value))}
    return {float(number) for number in _NUMBER.findall(value)} if isinstance(value, str) else set()

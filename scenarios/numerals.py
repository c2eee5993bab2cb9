"""Numbers as people write them: `two`, `second`, `75`, `85.3`, `eighty-five`, `1,200`, `1 200`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SMALL, _TENS, _ORDINALS = (
    tuple(words.split())
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    )
)

_VALUE = {word: number for number, word in enumerate(_SMALL)}
_TEN_VALUE = {word: 10 * number for number, word in enumerate(_TENS, start=2)}

_TEN = "|".join(_TENS)
_UNIT = "|".join(_SMALL[1:10])
_WORDS = re.compile(
    rf"\b(?:(?P<ten>{_TEN})(?:[\s-](?P<unit>{_UNIT}))?|(?:a|one)\s+hundred|(?P<small>{'|'.join(_SMALL)}))\b",
    re.IGNORECASE,
)
# Not part of an id (O-105), of a word (L2) or of a clock time (06:30); a sign counts only where a number may begin.
_DIGITS = re.compile(
    r"(?<![\w.:])(?<![A-Za-z]-)(?P<sign>[-\u2212](?<![\w)][-\u2212]))?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:[\u00a0\u202f]\d{3})+(?:\.\d+)?"
    # "line 1 274.5 kWh" names a line and then its energy.
    r"|(?i:(?<!line )(?<!lines )(?<!point )(?<!points )(?<!number )(?<!and ))[1-9]\d{0,2}(?: \d{3})+(?:\.\d+)?"
    r"|\d+(?:\.\d+)?)"
    r"(?!\d)(?!:\d)(?![.,]\d)"
)


_MARKS = re.compile(r"[, \u00a0\u202f]")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number found in a text: its value, its decimals as written, where it stands, and whether it was a word."""

    value: float
    decimals: int
    start: int
    end: int
    in_words: bool = False


def number_word(number: int) -> str:
    """Write 0..100 in words; any other number in digits."""
    if 0 <= number < 20:
        return _SMALL[number]
    if number == 100:
        return "one hundred"
    if 20 <= number < 100:
        tens, units = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[units]}" if units else "")
    return str(number)


def ordinal_word(number: int) -> str:
    """Write 1..12 as `first` to `twelfth`; any other number as `13th`."""
    if 0 < number < len(_ORDINALS):
        return _ORDINALS[number]
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def plain(value: object) -> str:
    """Write a value as a plant operator would: 75 for 75.0, yes for True."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(round(value, 6))
    return str(value)


def find_numerals(text: str) -> list[Numeral]:
    """Find the numbers of a text from left to right; ids such as O-105, L2 and clock times hold none."""
    found = [
        Numeral(
            value=float(_MARKS.sub("", match["number"])) * (-1 if match["sign"] else 1),
            decimals=len(match["number"].partition(".")[2]),
            start=match.start(),
            end=match.end(),
        )
        for match in _DIGITS.finditer(text)
    ]
    for match in _WORDS.finditer(text):
        if match["ten"]:
            value = _TEN_VALUE[match["ten"].lower()] + (_VALUE[match["unit"].lower()] if match["unit"] else 0)
        else:
            value = _VALUE[match["small"].lower()] if match["small"] else 100
        found.append(Numeral(float(value), 0, match.start(), match.end(), in_words=True))
    return sorted(found, key=lambda numeral: numeral.start)

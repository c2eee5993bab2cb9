"""What a message states: its numbers with their units, and which line or order each is said of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scenarios.numerals import Numeral, find_numerals, ordinal_word
from scenarios.units import Unit, unit_after

MOST_NUMBERS = 12
"""A message with more numbers than this tells nothing: it is a dump, not an answer."""
MOST_IDS = 8
"""The same for ids of orders and alarms."""

_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)"
_LINES = re.compile(
    rf"\blines\s+({_NUMBER}(?:\s*(?:,|and|or|&)\s*{_NUMBER})+)|\b(?:line|l)\s*(?:no\.?\s*|number\s*|#)?({_NUMBER})\b|#\s?(\d+)\b"
    rf"|\b({'|'.join(ordinal_word(number) for number in range(1, 11))})\s+line\b"
)
_IDS = re.compile(r"\b([a-z]{1,3})-(\d+)\b")
_KINDS = {"o": "order", "a": "alarm", "r": "rule", "wo": "work_order", "t": "technician"}
_KINDS |= dict.fromkeys("pmcgfv", "asset")
_ORDINALS = {ordinal_word(number): number for number in range(1, 11)}
_OF = re.compile(r"[\s,]*(?:\(|(?:on|for|of|at|from|by|in)\s+)(?:the\s+)?$")
# A thing that something else is or does something to, and a second verb of the same subject.
_OBJECT = re.compile(
    r"\b(?:of|for|than|replac(?:es|ed|ing)|supersed(?:es|ed|ing)|follows)\s+(?:the\s+)?(?:old\s+)?(?:order\s+)?$"
)
_GOES_ON = re.compile(
    r"\s*,?\s*(?:and|but)\s+(?:(?:now|also|still|so|thus)\s+)?"
    r"(?:has|have|had|is|was|will|runs?|gets?|got|stands?|comes?|makes?|keeps?|carries|remains?|stays?|goes|needs?)\b"
)
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)|\n|;")


@dataclass(frozen=True, slots=True)
class Mention:
    """A line or an id named in a message; a list such as "lines 1 and 2" names several."""

    kind: str
    names: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A number stated, its unit (if one is written), and what it is said of: kind to name, where that is clear."""

    numeral: Numeral
    unit: Unit
    subject: Mapping[str, str]

    def is_(self, value: float, unit: Unit, tolerance: float) -> bool:
        """Whether the number is honestly `value` in `unit`: equal when rounded as written, or within `tolerance`."""
        if self.unit.kind not in (unit.kind, "none") and unit.kind != "none":
            return False
        factor = self.unit.factor / unit.factor if self.unit.kind == unit.kind else 1.0
        off = abs(self.numeral.value * factor - value)
        if off <= tolerance + 1e-9:
            return True
        rounding = 0.5 * 10.0**-self.numeral.decimals * factor
        # Voltages per unit differ in the second decimal: 1.0 is no honest rounding of 0.97.
        most = 0.005 if unit.kind == "pu" else max(0.05, 0.02 * abs(value))
        return off <= rounding + 1e-9 and off <= most + 1e-9


class Statement:
    """A message, read once: `text` in lower case, its numbers, the ids and lines that it names."""

    def __init__(self, message: str) -> None:
        self.text = message.lower().replace("\u2019", "'")
        self.mentions = _mentions(self.text)
        taken = [(mention.start, mention.end) for mention in self.mentions]
        numerals = [
            numeral
            for numeral in find_numerals(self.text)
            if not any(start <= numeral.start < end for start, end in taken) and not self._pronoun(numeral)
        ]
        self.numbers = tuple(self._state(numeral) for numeral in numerals)
        self.ids = frozenset(
            name.upper() for mention in self.mentions if mention.kind != "line" for name in mention.names
        )

    @property
    def dumps(self) -> bool:
        """Whether it holds so much that it tells nothing."""
        return len(self.numbers) > MOST_NUMBERS or len(self.ids) > MOST_IDS

    def alternatives(self, one: Stated, other: Stated) -> bool:
        """Whether two numbers are offered for choice: "75 or 80 parts per hour"."""
        first, second = sorted((one.numeral, other.numeral), key=lambda numeral: numeral.start)
        between = self.text[unit_after(self.text, first.end)[1] : second.start]
        return re.fullmatch(r"[\s,]*(?:or|/|or (?:maybe|perhaps|even))\s*", between) is not None

    @property
    def canonical(self) -> str:
        """The text with every line and id called by its plain name: "L2" and "the second line" are "line 2"."""
        parts, position = [], 0
        for mention in self.mentions:
            if len(mention.names) == 1 and mention.start >= position:
                name = mention.names[0].lower()
                parts += [self.text[position : mention.start], f"line {name}" if mention.kind == "line" else name]
                position = mention.end
        return "".join([*parts, self.text[position:]])

    def subject_at(self, start: int, end: int) -> dict[str, str]:
        """Say which line, order, work order and asset the words from `start` to `end` are about, where it is clear."""
        subject = {}
        for kind in ("line", "order", "work_order", "asset"):
            found = self._subject(kind, start, end)
            if found is not None and len(found.names) == 1:
                subject[kind] = found.names[0]
        return subject

    def _subject(self, kind: str, start: int, end: int) -> Mention | None:
        mentions = [mention for mention in self.mentions if mention.kind == kind]
        for mention in mentions:
            if mention.start >= end and _OF.fullmatch(self.text, end, mention.start):
                return mention
        before = [mention for mention in mentions if mention.end <= start]
        here = [m for m in before if not _SENTENCE_END.search(self.text, m.end, start)]
        if here:
            return self._speaks_of(here, start)
        after = [m for m in mentions if m.start >= end and not _SENTENCE_END.search(self.text, end, m.start)]
        if after:
            return after[0]
        return before[-1] if before else None

    def _speaks_of(self, here: list[Mention], start: int) -> Mention:
        """Say which of the mentions in a sentence the words at `start`, behind them, are about: mostly the nearest.

        In "O-120 takes the place of O-107 and has priority low" it is the sentence's subject.
        """
        nearest = here[-1]
        if _OBJECT.search(self.text, 0, nearest.start) and _GOES_ON.match(self.text, nearest.end, start):
            subjects = [mention for mention in here if not _OBJECT.search(self.text, 0, mention.start)]
            return subjects[-1] if subjects else nearest
        return nearest

    def _state(self, numeral: Numeral) -> Stated:
        unit, end = unit_after(self.text, numeral.end)
        return Stated(numeral, unit, self.subject_at(numeral.start, max(end, numeral.end)))

    def _pronoun(self, numeral: Numeral) -> bool:
        """Whether "one" is no number: "the worst one", "one of"."""
        if not (numeral.in_words and numeral.value == 1):
            return False
        return re.match(r"\s*(?:$|[.,;!?]|of\b|is\b|was\b|that\b|which\b|has\b)", self.text[numeral.end :]) is not None


def _mentions(text: str) -> list[Mention]:
    found = []
    for match in _LINES.finditer(text):
        listed, single, sharp, ordinal = match.groups()
        if listed:
            names = tuple(_name(word) for word in re.findall(_NUMBER, listed))
        else:
            names = (_name(single or sharp or ordinal),)
        found.append(Mention("line", names, match.start(), match.end()))
    found += [
        Mention(_KINDS.get(match[1], "id"), (match[0].upper(),), match.start(), match.end())
        for match in _IDS.finditer(text)
    ]
    return sorted(found, key=lambda mention: mention.start)


def _name(word: str) -> str:
    if word in _ORDINALS:
        return str(_ORDINALS[word])
    return word if word.isdigit() else str(int(find_numerals(word)[0].value))

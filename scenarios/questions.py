"""What does a message ask for? Slots are recognised in free wording, by rules: no model, the same for every agent."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise

from scenarios.focus import TOKEN, is_asked, is_bare, is_verb
from scenarios.sentences import Sentence, sentences
from scenarios.slots import Slot, SlotTable

_NUMBERS = re.compile(r"\b\d+(?:\.\d+)?(?: [a-z%/]+){0,3},? or (?:rather )?\d")
_CLAUSE = re.compile(
    r"(?:,|\s(?:and|or|plus|&))\s+(?=(?:(?:for|to|at|on|by|over|in|with|from|of) )?(?:which|what|how|who|whom|where"
    r"|when)\b)"
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a message asks: slots, whether it wants a yes or no, whether it only asks if there is more to do.

    `fact`: the yes or no is about how something is, which users cannot tell.
    """

    slots: tuple[str, ...] = ()
    confirms: bool = False
    closing: bool = False
    fact: bool = False

    @property
    def understood(self) -> bool:
        """Whether it asks for anything that a user can answer."""
        return bool(self.slots) or self.confirms or self.closing


@dataclass(frozen=True, slots=True)
class _Hit:
    """A noun or phrase found in a sentence, with the slots that it can mean; a phrase may mean several at once."""

    start: int
    end: int
    slots: tuple[str, ...]
    whole: bool = False


class QuestionReader:
    """Reads questions about the slots of one scenario; built once."""

    __slots__ = ("_all", "_arguments", "_meanings", "_names", "_nouns", "_numbers", "_phrases", "_values")

    def __init__(self, table: SlotTable) -> None:
        self._meanings: dict[str, tuple[str, ...]] = {}
        for name, slot in table.items():
            for noun in {*slot.nouns, name} if "_" in name else slot.nouns:
                self._meanings[noun] = (*self._meanings.get(noun, ()), name)
        longest_first = sorted(self._meanings, key=lambda noun: (-len(noun), noun))
        self._values = {name: frozenset(slot.values) for name, slot in table.items()}
        self._all = frozenset(value for slot in table.values() for value in slot.values)
        self._names = {name: names for name, slot in table.items() if (names := _names_of(slot)) is not None}
        self._numbers = frozenset(
            name for name, slot in table.items() if not slot.values and any("how " in phrase for phrase in slot.phrases)
        )
        self._nouns = re.compile(rf"\b(?:{'|'.join(re.escape(noun) for noun in longest_first)})s?\b(?!-)")
        keys = "|".join(sorted(table, key=len, reverse=True))
        # a tool's argument by its name: "'line'", "above = ?", "quantity (integer):"
        self._arguments = re.compile(
            rf"(?:(?<=[\"'])|^\W*)({keys})(?:(?=[\"'])|(?=\s*(?:\([^)]*\))?\s*[:=?][\s:=?]*$))"
        )
        self._phrases = tuple(
            (re.compile(rf"\b(?:{phrase})"), name) for name, slot in table.items() for phrase in slot.phrases
        )

    def read(self, text: str, known: Collection[str], withheld: Collection[str]) -> Question:
        """Say what a message asks for.

        A word of several slots means the one in `withheld` (left out of the request), else one that is `known`, else
        the first. A vague question ("which one?", "how much?") means what is withheld and fits. What a message only
        tells on its way to the question asks for nothing.
        """
        parts = sentences(text)
        asked: list[str] = []
        for part in parts:
            asked.extend(slot for slot in self._slots(part, known, withheld) if slot not in asked)
        if not any(slot in known for slot in asked):
            asked = next(
                (found for part in parts if (found := self._vaguely(part, self._listed(parts, withheld)))), asked
            )
        if asked:
            return Question(tuple(asked))
        closing = any(part.closing for part in parts)
        polar = [part for part in parts if part.polar]
        return Question((), bool(polar) and not closing, closing, bool(polar) and all(part.fact for part in polar))

    def _slots(self, part: Sentence, known: Collection[str], withheld: Collection[str]) -> list[str]:
        if part.closing or not part.asks:
            return []
        offered = self._offered(part.text, withheld)
        # "is it the order for line 2?" asks for neither; "is it line 1 or line 2?" does
        hits = [hit for hit in self._asked(part.text) if hit.whole or not part.led]
        hits = [hit for hit in hits if not any(_yields(hit, other, withheld) for other in hits)]
        meant = [slot for hit in hits for slot in self._meant(part.text, hit, known, withheld)]
        # "what do they want, and how many?": the vague half asks for what the other does not
        edges = [0, *(match.end() for match in _CLAUSE.finditer(part.text)), len(part.text)]
        for start, end in pairwise(edges):
            if any(slot in withheld for slot in meant) and not any(start <= hit.start < end for hit in hits):
                rest = [slot for slot in withheld if slot not in meant]
                meant += self._vaguely(replace(part, text=part.text[start:end]), rest)
        return list(dict.fromkeys([*offered, *meant]))

    def _meant(self, sentence: str, hit: _Hit, known: Collection[str], withheld: Collection[str]) -> list[str]:
        numbers = [slot for slot in withheld if slot in self._numbers]
        bare = re.fullmatch(r"how (?:much|many)", sentence[hit.start : hit.end]) is not None
        # "slower or faster, and how much?" asks for no quantity of which the user knows nothing
        return numbers if bare and numbers and not set(hit.slots) & set(known) else _choose(hit, known, withheld)

    def _listed(self, parts: list[Sentence], withheld: Collection[str]) -> Collection[str]:
        """Give the slot of which a message lists values ("T-1 and T-4 are free. Any preference?"), else all unnamed."""
        named = {
            slot: {match[0] for part in parts for match in names.finditer(part.text)}
            for slot, names in self._names.items()
        }
        listed = [slot for slot in withheld if len(named.get(slot, ())) > 1]
        # what a message names, it need not ask for: "line 2 does 60 now, what should it be?"
        rest = [slot for slot in withheld if not named.get(slot)]
        return listed if len(listed) == 1 else rest or withheld

    def _offered(self, sentence: str, withheld: Collection[str]) -> list[str]:
        """Give the slot of which a sentence names several values to choose from: "cut or weld?", "60 or 80?"."""
        if not re.search(r"\bor\b|/|,", sentence):
            return []
        several = []
        for slot in withheld:
            names = self._names.get(slot)
            if names is not None and len({match[0] for match in names.finditer(sentence)}) > 1:
                several.append(slot)
        if not several and _NUMBERS.search(sentence):
            several = [slot for slot in withheld if slot in self._numbers] or (
                list(withheld) if len(withheld) == 1 else []
            )
        return several[:1]

    def _vaguely(self, part: Sentence, withheld: Collection[str]) -> list[str]:
        vague = "" if part.closing or part.led or not part.asks else part.vague
        numbers = [slot for slot in withheld if slot in self._numbers]
        if vague == "number" or (vague == "value" and numbers):
            return numbers
        things = [slot for slot in withheld if slot not in numbers] if vague == "thing" else []
        return (things or list(withheld)) if vague else []

    def _asked(self, sentence: str) -> list[_Hit]:
        found: dict[tuple[int, int], list[str]] = {}
        for pattern, slot in self._phrases:
            for match in pattern.finditer(sentence):
                found.setdefault(match.span(), []).append(slot)
        for match in self._arguments.finditer(sentence):
            found.setdefault(match.span(1), []).append(match[1])
        hits = [_Hit(start, end, tuple(slots), whole=True) for (start, end), slots in found.items()]
        # "how many parts per hour" asks for a speed, though "how many" inside it asks for a quantity
        hits = [hit for hit in hits if not any(_inside(hit, other) for other in hits)]
        asked = list(hits)
        bare = is_bare(sentence, self._nouns)
        for match in self._nouns.finditer(sentence):
            noun = match[0] if match[0] in self._meanings else match[0].removesuffix("s")
            hit = _Hit(match.start(), match.end(), self._meanings[noun])
            # a noun right behind a phrase belongs to it: "how many parts" asks for no part
            overlaps = any(hit.start <= other.end + 1 and other.start < hit.end for other in hits)
            if overlaps or self._named(sentence, hit) or (is_verb(sentence, hit.start) and " " not in match[0]):
                continue
            spans = [(other.start, other.end) for other in asked]
            if bare or is_asked(sentence, match.span(), spans, self._all):
                asked.append(hit)
        return sorted(asked, key=lambda hit: hit.start)

    def _named(self, sentence: str, hit: _Hit) -> bool:
        """Whether the value stands before the noun: "the urgent priority"."""
        before = TOKEN.findall(sentence[: hit.start])
        if before and re.fullmatch(r"\d+(\.\d+)?", before[-1]):
            return True
        return bool(before) and any(before[-1] in self._values[slot] for slot in hit.slots)


def mentioned(text: str, slot: Slot) -> list[str]:
    """Give the values of a slot that a message names."""
    return re.findall(slot.mention, text.lower()) if slot.mention else []


def _names_of(slot: Slot) -> re.Pattern[str] | None:
    if slot.mention:
        return re.compile(slot.mention)
    names = "|".join(re.escape(value) for value in slot.values)
    return re.compile(rf"\b(?:{names})(?=e?s?\b)") if names else None


def _choose(hit: _Hit, known: Collection[str], withheld: Collection[str]) -> list[str]:
    for pool in (withheld, known):
        meant = [slot for slot in hit.slots if slot in pool]
        if meant:
            return meant if hit.whole and pool is withheld else meant[:1]
    return [hit.slots[0]]


def _yields(hit: _Hit, other: _Hit, withheld: Collection[str]) -> bool:
    """Whether a phrase gives way to one that overlaps it and asks for what was left out."""
    overlap = hit is not other and hit.start < other.end and other.start < hit.end
    return overlap and not set(withheld) & set(hit.slots) and bool(set(withheld) & set(other.slots))


def _inside(hit: _Hit, other: _Hit) -> bool:
    longer = other.end - other.start > hit.end - hit.start
    return longer and other.start <= hit.start and hit.end <= other.end

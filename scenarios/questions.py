"""What does a question ask for? Slots are recognised in free wording, by rules: no model, the same for every agent."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from scenarios.sentences import Sentence, sentences
from scenarios.slots import Slot, SlotTable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKEN = re.compile(r"[a-z0-9_#°%/'-]+")
_VALUE_AFTER = re.compile(r"\s*(?:(?:of|to|at|is|:|=|no\.?|number|nr\.?|#)\s*)*(?:\d|[a-z]{1,4}-?\d|(\w+))")
_LACKING = re.compile(
    r"\b(?:missing|unclear|needed|required|unknown|forgot|forgotten|lacking|lacks|lack|without)\b"
    r"|\b(?:not|n't) (?:been )?"
    r"(?:given|specified|told|mentioned|clear|know|say|said|tell|stated?|give|mention|specify|sure)\b"
)
_NUMBERS = re.compile(r"\b\d+(?:\.\d+)?(?: [a-z%/]+){0,3},? or (?:rather )?\d")
_POLITE = {"please", "pls", "plz"}
_WH = {"which", "what", "whose"}
_REQUEST = _words(
    "tell give specify provide name state enter need know missing choose pick send indicate confirm clarify supply "
    "share require want mention input type say add select determine learn have get repeat advise needs requires"
)
_ASKING = _WH | {"how"}
_MODALS = {"should", "shall", "would", "must", "will", "can", "could"}
_DETERMINERS = _words("the a an your its their this that his her our my")
_COPULAS = _words("is are was were be 's being")
_PREPOSITIONS = _words("of for on at in from by with about to into under over above per during than regarding")
_LINKS = {"and", "or", "plus", "also", "as", "well", "nor"}
_STOP = (
    _WH
    | _REQUEST
    | _DETERMINERS
    | _COPULAS
    | _PREPOSITIONS
    | _LINKS
    | _words(
        "should shall would will do does did can could may must you i we me us it he she they if when how there please "
        "not run make put set like exactly"
    )
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a message asks: slots, whether it wants a yes or no, whether it only asks if there is more to do."""

    slots: tuple[str, ...] = ()
    confirms: bool = False
    closing: bool = False

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

    __slots__ = ("_all", "_meanings", "_names", "_nouns", "_numbers", "_phrases", "_values")

    def __init__(self, table: SlotTable) -> None:
        self._meanings: dict[str, tuple[str, ...]] = {}
        for name, slot in table.items():
            for noun in slot.nouns:
                self._meanings[noun] = (*self._meanings.get(noun, ()), name)
        longest_first = sorted(self._meanings, key=lambda noun: (-len(noun), noun))
        self._values = {name: frozenset(slot.values) for name, slot in table.items()}
        self._all = frozenset(value for slot in table.values() for value in slot.values)
        self._names = {name: names for name, slot in table.items() if (names := _names_of(slot)) is not None}
        self._numbers = frozenset(
            name for name, slot in table.items() if not slot.values and any("how " in phrase for phrase in slot.phrases)
        )
        self._nouns = re.compile(rf"\b(?:{'|'.join(re.escape(noun) for noun in longest_first)})s?\b(?!-)")
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
            for slot in self._slots(part, known, withheld):
                if slot not in asked:
                    asked.append(slot)
        if not any(slot in known for slot in asked):
            asked = self._vaguely(parts, withheld) or asked
        if asked:
            return Question(tuple(asked))
        closing = any(part.closing for part in parts)
        return Question((), not closing and any(part.polar for part in parts), closing)

    def _slots(self, part: Sentence, known: Collection[str], withheld: Collection[str]) -> list[str]:
        if part.closing or not part.asks:
            return []
        offered = self._offered(part.text, withheld)
        # "is it the order for line 2?" asks for neither; "is it line 1 or line 2?" does
        hits = [hit for hit in self._asked(part.text) if not part.led or " or " in part.text[hit.start : hit.end]]
        meant = [slot for hit in hits for slot in _choose(hit, known, withheld)]
        return [*(slot for slot in offered if slot not in meant), *meant]

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

    def _vaguely(self, parts: list[Sentence], withheld: Collection[str]) -> list[str]:
        for part in parts:
            vague = "" if part.closing or part.led or not part.asks else part.vague
            if not vague:
                continue
            numbers = [slot for slot in withheld if slot in self._numbers]
            things = [slot for slot in withheld if slot not in self._numbers]
            if vague == "number":
                return numbers
            return (things if vague == "thing" else []) or list(withheld)
        return []

    def _asked(self, sentence: str) -> list[_Hit]:
        found: dict[tuple[int, int], list[str]] = {}
        for pattern, slot in self._phrases:
            for match in pattern.finditer(sentence):
                found.setdefault(match.span(), []).append(slot)
        hits = [_Hit(start, end, tuple(slots), whole=True) for (start, end), slots in found.items()]
        # "how many parts per hour" asks for a speed, though "how many" inside it asks for a quantity
        hits = [hit for hit in hits if not any(_inside(hit, other) for other in hits)]
        asked = list(hits)
        for match in self._nouns.finditer(sentence):
            noun = match[0] if match[0] in self._meanings else match[0].removesuffix("s")
            hit = _Hit(match.start(), match.end(), self._meanings[noun])
            # a noun right behind a phrase belongs to it: "how many parts" asks for no part
            overlaps = any(hit.start <= other.end + 1 and other.start < hit.end for other in hits)
            if not overlaps and not self._named(sentence, hit) and _is_asked(sentence, hit, asked, self._all):
                asked.append(hit)
        return sorted(asked, key=lambda hit: hit.start)

    def _named(self, sentence: str, hit: _Hit) -> bool:
        """Whether the value stands before the noun: "the urgent priority"."""
        before = _TOKEN.findall(sentence[: hit.start])
        if before and re.fullmatch(r"\d+(\.\d+)?", before[-1]):
            return True
        return bool(before) and any(before[-1] in self._values[slot] for slot in hit.slots)


def mentioned(text: str, slot: Slot) -> list[str]:
    """Give the values of a slot that a message names."""
    return re.findall(slot.mention, text.lower()) if slot.mention else []


def _names_of(slot: Slot) -> re.Pattern[str] | None:
    if slot.values:
        return re.compile(rf"\b(?:{'|'.join(re.escape(value) for value in slot.values)})(?=e?s?\b)")
    return re.compile(slot.mention) if slot.mention else None


def _choose(hit: _Hit, known: Collection[str], withheld: Collection[str]) -> list[str]:
    for pool in (withheld, known):
        meant = [slot for slot in hit.slots if slot in pool]
        if meant:
            return meant if hit.whole and pool is withheld else meant[:1]
    return [hit.slots[0]]


def _inside(hit: _Hit, other: _Hit) -> bool:
    longer = other.end - other.start > hit.end - hit.start
    return longer and other.start <= hit.start and hit.end <= other.end


def _is_asked(sentence: str, hit: _Hit, licensed: list[_Hit], values: frozenset[str]) -> bool:
    """Whether a noun is what the sentence asks for: "which line", "tell me the line", "the line and the speed"."""
    before = _TOKEN.findall(sentence[: hit.start])
    index = len(before) - 1
    while index >= 0 and before[index] not in _STOP and len(before) - index <= 4:
        index -= 1
    head = before[index] if index >= 0 else ""
    if head in _WH:
        return True
    after = _VALUE_AFTER.match(sentence[hit.end :])
    if after is not None and (after[1] is None or not values.isdisjoint((after[1], after[1].removesuffix("s")))):
        return False
    if head in _DETERMINERS:
        index -= 1
        head = before[index] if index >= 0 else ""
        if head in _COPULAS or head == "about":
            return bool(_WH & set(before[max(0, index - 4) : index]))
        if head == "" and _asks_what_it_is(sentence[hit.end :]):
            return True
    if head in _REQUEST or (head in ("me", "us", "with") and _REQUEST & set(before[max(0, index - 3) : index])):
        return True
    if head in _COPULAS and _WH & set(before[max(0, index - 3) : index]):
        return True
    if head in _MODALS and not licensed and _ASKING & set(before[max(0, index - 3) : index]):
        return True
    if head in _LINKS:
        return any(0 <= hit.start - other.end <= 30 for other in licensed) or _is_bare(sentence)
    if head in _PREPOSITIONS:
        return False
    asked_later = index < 0 and _WH & set(_TOKEN.findall(sentence[hit.end :]))
    return bool(asked_later) or _LACKING.search(sentence) is not None or _is_bare(sentence)


def _asks_what_it_is(rest: str) -> bool:
    """Whether "the speed" goes on as a question about it: "... should be what?", "..., please?"."""
    return re.match(r"\s*(?:should be|is|would be)\s+(?:what|which)\b|,?\s*(?:please)?\s*\?", rest) is not None


def _is_bare(sentence: str) -> bool:
    """Whether a sentence is just the name of what is wanted, such as "Line number?"."""
    words = _TOKEN.findall(sentence)
    return len(words) <= 5 and ("?" in sentence or not _POLITE.isdisjoint(words))

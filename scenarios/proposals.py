"""What does a yes/no question propose? Values of what the user knows, right or wrong, in free wording."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from scenarios.conditions import as_number, same
from scenarios.numerals import find_numerals, plain
from scenarios.questions import mentioned
from scenarios.sentences import sentences
from scenarios.slots import Slot, SlotTable

_SUPPOSES = re.compile(
    r"\b(?:is|was) (?:it|this|that)(?: one| about)?\b(?! (?:ok|okay|right|correct|fine|all right|good|possible"
    r"|allowed|true|safe))"
    r"|\b(?:do|did) you mean\b|\bare you (?:talking|asking|referring)\b|\b(?:would|could) (?:it|this|that) be\b"
)
_LITTLE = frozenset(["the", "a", "an", "its", "their", "of", "for", "and", "test"])


def proposed(
    text: str, knows: Mapping[str, Any], spoken: Mapping[str, str], table: SlotTable, still_open: Collection[str]
) -> dict[str, bool]:
    """Give the slots for which a message's yes/no question names a value, and whether it is the right one.

    `spoken` are the user's words for values, `still_open` the slots not told yet: only for these a bare number counts.
    What is supposed ("is it the spare one?") without any value of an open slot is a wrong value of it.
    """
    parts = sentences(text)
    for index, part in enumerate(parts):
        if not part.polar:
            continue
        # "I'll set it to 75 parts per hour. OK?": the value may stand just before
        for sentence in (part.text, parts[index - 1].text if index else ""):
            found = _named(sentence, knows, spoken, table, still_open)
            if found:
                return found
        if _SUPPOSES.search(part.text):
            return dict.fromkeys(still_open, False)
    return {}


def _named(
    sentence: str, knows: Mapping[str, Any], spoken: Mapping[str, str], table: SlotTable, still_open: Collection[str]
) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for slot, value in knows.items():
        names = _values(sentence, table[slot]) if slot in table else []
        said = spoken.get(slot, plain(value))
        if any(same(name, value) or same(name, said) or _alike(name, said) for name in names) or (
            as_number(value) is None and _alike(sentence, said)
        ):
            found[slot] = True
        elif names and not any(_is_another(name, slot, knows, spoken) for name in names):
            found[slot] = False
    for slot in still_open:
        number = as_number(knows.get(slot))
        if number is None or slot in found:
            continue
        others = {as_number(value) for other, value in knows.items() if other != slot}
        # the word "one" is seldom a number: "is line 2 the one?"
        numerals = find_numerals(sentence)
        numbers = [numeral.value for numeral in numerals if not (numeral.in_words and numeral.value == 1)]
        if number in numbers:
            found[slot] = True
        elif any(one not in others for one in numbers):
            found[slot] = False
    return found


def _values(sentence: str, slot: Slot) -> list[str]:
    names = mentioned(sentence, slot)
    return names or [value for value in slot.values if _alike(sentence, value)]


def _is_another(name: str, slot: str, knows: Mapping[str, Any], spoken: Mapping[str, str]) -> bool:
    """Whether a value is no value of this slot at all, or that of another: 26 parts may be a limit or an order's."""
    if (as_number(name) is None) != (as_number(knows[slot]) is None):
        return True
    return any(
        same(name, value) or same(name, spoken.get(other, plain(value)))
        for other, value in knows.items()
        if other != slot
    )


def _alike(text: str, value: str) -> bool:
    """Whether a text has all words of a value, inflected or not: "cleaning the strainer" is clean_strainer."""
    stems = {word[:5] for word in re.findall(r"[a-z0-9]+", text.lower())}
    wanted = [word[:5] for word in re.findall(r"[a-z0-9]+", value.lower()) if word not in _LITTLE]
    return bool(wanted) and all(word in stems for word in wanted)

"""How people really type: surface noise on a request, never on its values."""

from __future__ import annotations

import re
from random import Random

BEFORE = ("hi, ", "hello, ", "ok, ", "hey, ", "quick one: ", "please: ", "so, ", "good morning. ")
AFTER = (" thanks", ", thanks", " please", " asap", " ok?", ". thank you", " right now")
_WORD = re.compile(r"[a-z]{5,}")


def roughen(request: str, random: Random) -> str:
    """Return the request as a hurried person might type it: case, punctuation, a greeting, one slip of the fingers.

    Words with digits or capitals inside (values, ids) keep their letters.
    """
    text = request
    if random.random() < 0.3:
        text = text.rstrip(".!?")
    if random.random() < 0.15:
        text = _lower(text)
    if random.random() < 0.12:
        before = random.choice(BEFORE)
        text = before + (text[:1].lower() + text[1:] if text[1:2].islower() else text)
    if random.random() < 0.12:
        text = text.rstrip(".!?") + random.choice(AFTER)
    if random.random() < 0.12:
        text = _slip(text, random)
    return text


def _lower(text: str) -> str:
    return " ".join(word if any(letter.isdigit() for letter in word) else word.lower() for word in text.split(" "))


# A slip must not turn one value into another or make it unreadable.
_VALUES = frozenset(
    {
        *("paint", "inspect", "bracket", "brackets", "housing", "housings", "flange", "flanges", "valve", "valves"),
        *("urgent", "normal", "vibration", "temperature"),
        *("first", "second", "third", "three", "seven", "eight", "fifteen"),
    }
)


def _slip(text: str, random: Random) -> str:
    words = [match for match in _WORD.finditer(text) if match[0] not in _VALUES]
    if not words:
        return text
    word = random.choice(words)
    place = random.randrange(word.start() + 1, word.end() - 1)
    if random.random() < 0.5:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + text[place + 1 :]

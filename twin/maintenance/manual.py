"""The maintenance manual: sections written for these machines, and a search in them.

The ranking is BM25 (Robertson and Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009) with the
usual k1 = 1.2 and b = 0.75; words of a title count three times.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

K1 = 1.2
B = 0.75
TITLE_WEIGHT = 3
SHOWN = 5
TEXT_LENGTH = 400
_WORD = re.compile(r"[a-z0-9]+")
_IDLE_WORDS = """
a an and are as at be by can do does for from has have how i if in is it its me my no not of on or our so that the then
there this to was we what when which why will with you about after any should tell us
"""
_IDLE = frozenset(_WORD.findall(_IDLE_WORDS))


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its id such as M-7, its title, its text on one line, and how often each word stem is in it."""

    name: str
    title: str
    text: str
    words: Counter[str]
    length: int


def stems(text: str) -> list[str]:
    """Split a text into word stems: lower case, without plural and common endings, without idle words."""
    words = (word for word in _WORD.findall(text.lower()) if word not in _IDLE)
    return [_stem(word) for word in words]


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


@cache
def sections() -> tuple[Section, ...]:
    """Read the manual that lies beside this file."""
    text = files("twin.maintenance").joinpath("manual.md").read_text("utf-8")
    found = []
    for number, chunk in enumerate(text.split("\n## ")[1:], start=1):
        title, _, body = chunk.partition("\n")
        body = " ".join(body.split())
        words = Counter(stems(title) * TITLE_WEIGHT + stems(body))
        found.append(Section(f"M-{number}", title.strip(), body, words, sum(words.values())))
    return tuple(found)


@cache
def _rarity() -> dict[str, float]:
    """Weigh each stem by how few sections have it."""
    every = sections()
    having = Counter(stem for section in every for stem in section.words)
    return {stem: math.log(1 + (len(every) - count + 0.5) / (count + 0.5)) for stem, count in having.items()}


def search(query: str) -> list[Section]:
    """Return the sections that fit a query, best first, none when no word of it is in the manual."""
    every = sections()
    rarity = _rarity()
    mean = sum(section.length for section in every) / len(every)
    asked = [stem for stem in dict.fromkeys(stems(query)) if stem in rarity]
    scored = []
    for index, section in enumerate(every):
        score = 0.0
        norm = K1 * (1 - B + B * section.length / mean)
        for stem in asked:
            often = section.words[stem]
            score += rarity[stem] * often * (K1 + 1) / (often + norm) if often else 0.0
        if score > 0:
            scored.append((-round(score, 9), index))
    return [every[index] for _, index in sorted(scored)]

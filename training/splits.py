"""What training may see: no test wording, no held-out template, no seed of another split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from scenarios.catalog import templates
from scenarios.seeds import SPLITS
from scenarios.task import TaskTemplate
from training.demonstrations import Demonstration
from training.noise import AFTER, BEFORE

_LABEL = re.compile(r"^(?:request|user|happened|dialogue)\s*:\s*")
_GAP = "gapgap"
_VALUE = r"\S+(?:\ \S+)?"
# What holds a value together: O-104, 7.5.
_INSIDE = re.compile(r"(?<=\w)[-.,](?=\d)")
_MARKS = re.compile(r"[^a-z0-9_]+")
_AROUND = tuple(sorted(({_MARKS.sub(" ", words).strip() for words in (*BEFORE, *AFTER)}), key=len, reverse=True))
FEWEST_WORDS = 4
"""Words of its own that a wording must have to be recognised in another task: "{order} to {priority}" says nothing."""


class LeakError(ValueError):
    """A demonstration that training must not see; the message names it and the rule."""


@dataclass(frozen=True, slots=True)
class _Unseen:
    """A wording that training must not see: whose it is, the words as written, and what matches it when said."""

    task: str
    wording: str
    pattern: re.Pattern[str]
    words: int


def refuse_leaks(scenario: str, demonstrations: Iterable[Demonstration]) -> None:
    """Raise `LeakError` for the first demonstration that belongs to another split or speaks a wording of one.

    Words are looked for in every line of the prompt and of what is to be learnt, whatever the values in them, their
    case and marks, and a greeting before or thanks behind. They are those of the validation and test splits and of
    held-out templates, for requests and for changes of mind.
    """
    known = {template.id: template for template in templates(scenario)}
    unseen = _unseen(scenario)
    clear: set[tuple[str, str]] = set()
    for one in demonstrations:
        refuse_split(one)
        if one.task not in known:
            raise LeakError(f"{one.task} is no task of {scenario}; nobody can tell what it may leak")
        if known[one.task].split == "heldout":
            raise LeakError(f"{one.task} is held out; no demonstration of it may be made")
        for line in (*one.prompt.split("\n"), *one.completion.split("\n")):
            # Arguments in JSON are no wording, though {"asset": "P-201", "isolated": false} reads like one.
            said = "" if line.startswith('{"') else plain(line)
            if said and (one.task, said) not in clear:
                for found in unseen.of(said):
                    if (found.task == one.task or found.words >= FEWEST_WORDS) and found.pattern.fullmatch(said):
                        whose = "" if found.task == one.task else f" of {found.task}"
                        raise LeakError(
                            f"{one.task} seed {one.seed} speaks {found.wording!r}{whose}, which training must not see"
                        )
                clear.add((one.task, said))


def refuse_split(one: Demonstration) -> None:
    """Raise `LeakError` for a demonstration whose seed, or whose own word, puts it into another split."""
    first, last = SPLITS["train"]
    if one.split != "train" or not first <= one.seed <= last:
        raise LeakError(f"{one.task} seed {one.seed} is {one.split}, not of {first}..{last}; training draws from train")


def plain(text: str) -> str:
    """Reduce what was said to its words: no case, no marks, no label or greeting before them, no thanks behind."""
    words = _INSIDE.sub("_", text.replace("<|im_end|>", "").strip()).lower()
    said = _MARKS.sub(" ", _LABEL.sub("", words)).strip()
    before = ""
    while said != before:
        before = said
        for extra in _AROUND:
            said = said.removeprefix(f"{extra} ").removesuffix(f" {extra}")
    return said


class _Wordings:
    """The unseen wordings, found by the rarest of their own words, so that a line meets few of them."""

    def __init__(self, all_of_them: Iterable[_Unseen]) -> None:
        listed = list(all_of_them)
        words = [set(_own_words(one.wording)) for one in listed]
        often = Counter(word for each in words for word in each)
        self._by_word: dict[str, list[_Unseen]] = {}
        for one, each in zip(listed, words, strict=True):
            rarest = min(sorted(each), key=often.__getitem__, default="")
            self._by_word.setdefault(rarest, []).append(one)

    def of(self, said: str) -> Iterator[_Unseen]:
        """Give the wordings that may be what was said."""
        for word in ("", *dict.fromkeys(said.split())):
            yield from self._by_word.get(word, ())


@cache
def _unseen(scenario: str) -> _Wordings:
    return _Wordings(
        _Unseen(template.id, wording, _pattern(wording), len(_own_words(wording)))
        for template in templates(scenario)
        for wording in hidden_words(template)
    )


def hidden_words(template: TaskTemplate) -> Iterator[str]:
    """Give all words of a task that training must not see, for the request and for a change of mind."""
    changes = template.user.changes
    for words in (template.wordings, {} if changes is None else changes.says):
        for split, wordings in words.items():
            if split != "train" or template.split == "heldout":
                yield from wordings


def _own_words(wording: str) -> list[str]:
    return [word for word in _gapped(wording).split() if _GAP not in word]


def _gapped(wording: str) -> str:
    return plain(re.sub(r"\{[^{}]*\}", _GAP, wording))


def _pattern(wording: str) -> re.Pattern[str]:
    """Match a wording with any values in its gaps; values of two words only where it has enough words of its own."""
    value = _VALUE if len(_own_words(wording)) > 1 else r"\S+"
    return re.compile(re.escape(_gapped(wording)).replace(_GAP, value))

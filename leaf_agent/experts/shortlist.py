"""Which tools a request may need: retrieval by letters. The Planner reads a dozen names instead of twenty cards.

A request is turned into hashed n-grams of letters and words (idf-weighted, of unit length); one linear weight per
n-gram and tool, fitted by `training.shortlist` on known requests and the tools of their plans, gives each tool's
score. BM25 over the tools' cards knows no idiom ("who is holding up line 6"), and a sentence encoder of 90 MB gained
nothing over this on unseen wordings. For tools that no weights were fitted for, the words of the cards decide.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Protocol

from tools_api.spec import ToolSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUCKETS: Final = 1 << 14
SIZE: Final = 12
"""How many names the Planner reads. Recall on test wordings is in docs/results.md."""

_NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_WORD: Final = re.compile(r"[\w'-]+")
_LONGEST: Final = 2000
_STEPS: Final = 2047  # of a weight in a file; with 127 every tenth request lost one of its dozen names to rounding


class Picks(Protocol):
    """What names the likeliest tools for a request."""

    def pick(self, request: str, size: int = SIZE) -> tuple[str, ...]:
        """Return the names of the most likely tools, the likeliest first."""
        ...


def features(text: str) -> dict[int, float]:
    """Return the buckets of a text's n-grams with 1 + log(count): letters within words (2 to 5), words (1 and 2)."""
    words = _WORD.findall(_NUMBER.sub("0", text[:_LONGEST].lower()))
    grams: Counter[str] = Counter()
    for word in words:
        framed = f" {word} "
        for length in range(2, 6):
            grams.update(framed[at : at + length] for at in range(max(1, len(framed) - length + 1)))
    grams.update(f"={word}" for word in words)
    grams.update(f"={first} {second}" for first, second in pairwise(words))
    buckets: Counter[int] = Counter()
    for gram, count in grams.items():
        buckets[zlib.crc32(gram.encode()) % BUCKETS] += count
    return {bucket: 1.0 + math.log(count) for bucket, count in buckets.items()}


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Scores of tools for requests. `weights` has shape (BUCKETS, tools), `idf` (BUCKETS,)."""

    names: tuple[str, ...]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]

    def scores(self, request: str) -> NDArray[np.float32]:
        """Return a score for each tool, in the order of `names`."""
        import numpy as np

        found = features(request)
        places = np.fromiter(found, dtype=np.int64, count=len(found))
        values = np.fromiter(found.values(), dtype=np.float32, count=len(found)) * self.idf[places]
        length = float(np.sqrt(values @ values)) or 1.0
        scores: NDArray[np.float32] = ((values / length) @ self.weights[places]).astype(np.float32)
        return scores

    def pick(self, request: str, size: int = SIZE) -> tuple[str, ...]:
        """Return the names of the most likely tools, the likeliest first."""
        order = (-self.scores(request)).argsort(kind="stable")[:size]
        return tuple(self.names[place] for place in order)

    def to_bytes(self, facts: dict[str, Any]) -> bytes:
        """Return the file's content; weights are kept in twelve bits per tool's own scale.

        The same weights give the same bytes: a zip archive that is written to a stream has no time of its own.
        """
        import io

        import numpy as np

        scale = np.abs(self.weights).max(axis=0) / _STEPS
        packed = np.round(self.weights / np.where(scale > 0, scale, 1)).astype(np.int16)
        stream = io.BytesIO()
        head = json.dumps({"names": self.names, **facts}, sort_keys=True)
        np.savez_compressed(
            stream, weights=packed, scale=scale.astype(np.float32), idf=self.idf.astype(np.float16), head=np.array(head)
        )
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Shortlist:
        """Read a file's content."""
        import io

        import numpy as np

        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            names = tuple(json.loads(str(held["head"]))["names"])
            weights = held["weights"].astype(np.float32) * held["scale"]
            return cls(names, weights, held["idf"].astype(np.float32))


class CardWords:
    """Scores by the words that a request shares with a tool's card (BM25), for tools without fitted weights."""

    def __init__(self, specs: Sequence[ToolSpec]) -> None:
        self.names = tuple(spec.name for spec in specs)
        self._cards = [Counter(_words(f"{spec.name.replace('_', ' ')} {spec.card()}")) for spec in specs]
        self._mean = sum(card.total() for card in self._cards) / max(1, len(self._cards))
        self._spread = Counter(word for card in self._cards for word in card)

    def pick(self, request: str, size: int = SIZE) -> tuple[str, ...]:
        """Return the names of the most likely tools, the likeliest first."""
        wanted = set(_words(request))
        scored = [(self._score(card, wanted), -place, name) for place, (card, name) in enumerate(self._pairs())]
        return tuple(name for _, _, name in sorted(scored, reverse=True)[:size])

    def _pairs(self) -> Iterable[tuple[Counter[str], str]]:
        return zip(self._cards, self.names, strict=True)

    def _score(self, card: Counter[str], wanted: set[str]) -> float:
        score = 0.0
        for word in sorted(wanted & card.keys()):
            rare = math.log(1 + (len(self._cards) - self._spread[word] + 0.5) / (self._spread[word] + 0.5))
            often = card[word]
            score += rare * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * card.total() / self._mean))
        return score


def shortlist_for(specs: Sequence[ToolSpec]) -> Picks:
    """Return what picks among these tools: fitted weights if the project ships some for just these names."""
    return fitted(tuple(sorted(spec.name for spec in specs))) or CardWords(specs)


@lru_cache(maxsize=8)
def fitted(names: tuple[str, ...]) -> Shortlist | None:
    """Return the shipped weights for these tools' names (sorted), or None."""
    for entry in sorted((files("leaf_agent") / "adapters" / "shortlist").iterdir(), key=lambda one: one.name):
        if entry.name.endswith(".npz"):
            held = Shortlist.from_bytes(entry.read_bytes())
            if tuple(sorted(held.names)) == names:
                return held
    return None


def _words(text: str) -> list[str]:
    return [word.removesuffix("s") for word in _WORD.findall(text.lower())]

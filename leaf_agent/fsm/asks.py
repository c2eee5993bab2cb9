"""How often the user has been asked for one thing: a parameter, a question of the plan, a yes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable


class Asks:
    """Counts asks up to a limit for each thing."""

    __slots__ = ("_counts", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[Hashable, int] = {}

    def spent(self, thing: Hashable) -> bool:
        """Whether the thing has been asked for as often as may be."""
        return self._counts.get(thing, 0) >= self._limit

    def count(self, things: Iterable[Hashable]) -> None:
        """Count one ask for each."""
        for thing in things:
            self._counts[thing] = self._counts.get(thing, 0) + 1

    def answered(self, thing: Hashable) -> None:
        """Begin to count anew for a thing."""
        self._counts.pop(thing, None)

    def clear(self) -> None:
        """Begin to count anew for all."""
        self._counts.clear()

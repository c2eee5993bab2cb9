"""What happened in a plant: every command from outside, and every event that a person would have noticed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One event.

    `time_s` is plant time in seconds. Two kinds come from outside and are what a replay needs: `command`
    (subject = command, data = {"arguments": {...}}) and `refused` (the same with "code" and "message"). All others
    are the plant's own: subject is what it happened to (`line2`, `line2.weld`, `O-104`, `A-3`, `R-1`).
    """

    time_s: float
    kind: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Journal(Sequence[JournalEntry]):
    """A sequence that only grows. Entries are never changed, so copies share them."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[JournalEntry] = ()) -> None:
        self._entries = list(entries)

    def record(self, time_ms: int, kind: str, subject: str, data: Mapping[str, Any]) -> None:
        """Append an entry."""
        self._entries.append(JournalEntry(time_ms / 1000, kind, subject, data))

    def record_at(self, position: int, entry: JournalEntry) -> None:
        """Put an entry before those that it caused, which begin at `position`."""
        self._entries.insert(position, entry)

    def copy(self) -> Journal:
        """Return a journal that goes on by itself; the entries so far are shared."""
        return Journal(self._entries)

    def commands(self) -> list[JournalEntry]:
        """Return what came from outside, accepted or refused."""
        return [entry for entry in self._entries if entry.kind in ("command", "refused")]

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> JournalEntry: ...
    @overload
    def __getitem__(self, index: slice) -> list[JournalEntry]: ...
    def __getitem__(self, index: int | slice) -> JournalEntry | list[JournalEntry]:
        return self._entries[index]

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(self._entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Journal) and self._entries == other._entries

    __hash__ = None  # type: ignore[assignment]  # it grows

    def __repr__(self) -> str:
        return f"Journal({len(self._entries)} entries)"


_ENTRIES: TypeAdapter[list[JournalEntry]] = TypeAdapter(list[JournalEntry])


def journal_to_json(journal: Iterable[JournalEntry]) -> str:
    """Write entries as a JSON list."""
    return _ENTRIES.dump_json(list(journal)).decode()


def journal_from_json(text: str) -> Journal:
    """Read what `journal_to_json` wrote. Raises `pydantic.ValidationError`."""
    return Journal(_ENTRIES.validate_json(text))

"""Read a Google-style docstring: the description, `Args:` and `Returns:`."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

_SECTIONS = {"Args:": "arguments", "Returns:": "returns"}
_ENTRY = re.compile(r"(\w+): *(.*)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring taken apart; every text is one line."""

    description: str
    arguments: dict[str, str] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)


def read_docstring(text: str) -> Docstring:
    """Take a docstring apart. Raises `ValueError` on an entry that has no `name: text` form."""
    description: list[str] = []
    entries: dict[str, dict[str, str]] = {"arguments": {}, "returns": {}}
    section: str | None = None
    last = ""
    for line in inspect.cleandoc(text).splitlines():
        words = line.strip()
        if line in _SECTIONS:
            section, last = _SECTIONS[line], ""
        elif section is None:
            if words:
                description.append(words)
        elif words:
            last = _read_entry(line, entries[section], last)
    return Docstring(" ".join(description), entries["arguments"], entries["returns"])


def _read_entry(line: str, entries: dict[str, str], last: str) -> str:
    """Add a line of a section to its entries; return the entry that the next, deeper line continues."""
    words = line.strip()
    depth = len(line) - len(line.lstrip())
    if depth > 4 and last:
        entries[last] = f"{entries[last]} {words}".strip()
        return last
    match = _ENTRY.fullmatch(words)
    if match is None:
        raise ValueError(f"docstring line {words!r} is not 'name: text'")
    entries[match[1]] = match[2]
    return match[1]

"""What has happened in a run, in short lines: for people, and for the Planner when it has to plan anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_TOLD: Final = 8  # lines that a Planner reads; the oldest are left out
_WIDTH: Final = 200
# What divides a plan and a chat must not come in through a tool's words or the user's.
_MARKS: Final = ("**", "<<", ">>", "<|", "|>", "::")
_STEP: Final = re.compile(r"(\d+\s+[A-Za-z_]\w*)\s*:")


class History:
    """Calls with their outcomes and what the user said (`happened`), and beside these all else of note (`lines`)."""

    __slots__ = ("_told", "lines")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._told: list[str] = []

    def note(self, line: str) -> None:
        """Keep a line for people."""
        self.lines.append(clip(line))

    def call(self, tool: str, arguments: Mapping[str, Any], outcome: str) -> None:
        """Keep a call; one that had the same outcome before is told once, as the newer."""
        self._tell(f"{call_text(tool, arguments)}: {outcome}".rstrip())

    def user(self, text: str) -> None:
        """Keep what the user said."""
        self._tell(f"user: {text}")

    def happened(self) -> str:
        """Give the newest calls and words, oldest first, a line each."""
        return "\n".join(self._told[-_TOLD:])

    def _tell(self, line: str) -> None:
        line = clip(line)
        self.lines.append(line)
        if line in self._told:
            self._told.remove(line)
        self._told.append(line)


def call_text(tool: str, arguments: Mapping[str, Any]) -> str:
    """Write a call as `set_line_speed(line=3, speed_per_h=80)`."""
    given = ", ".join(f"{name}={_plain(value)}" for name, value in arguments.items() if value is not None)
    return f"{tool}({given})"


def clip(text: str) -> str:
    """Put a text on one line, cut long, without what divides a plan or a chat."""
    for mark in _MARKS:
        text = text.replace(mark, " ")
    # A step's head in the wire form: without its colon it is none.
    line = " ".join(_STEP.sub(r"\1", text).split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

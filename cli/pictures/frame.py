"""What all pictures share: colours of states, bars, and a look through the door."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from tools_api.messages import ToolCall
from tools_api.toolbox import Toolbox

COLOURS = {
    **dict.fromkeys(("running", "busy", "on", "connected", "in_progress"), "green"),
    **dict.fromkeys(("idle", "standby", "queued", "scheduled", "starved"), "cyan"),
    **dict.fromkeys(("blocked", "setup", "warning", "approved", "isolated", "shed", "shifted"), "yellow"),
    **dict.fromkeys(("failed", "down", "critical"), "bold red"),
    **dict.fromkeys(("stopped", "off", "draft", "info"), "bright_black"),
}
"""One colour for one meaning, whatever the plant: works, waits, held up, broken, off."""


def look(door: Toolbox, tool: str, **arguments: Any) -> dict[str, Any]:
    """Read without spending plant time. Raises `ValueError` when the plant refuses, which a picture never expects."""
    result = door.peek(ToolCall(name=tool, arguments=arguments))
    if not result.ok:
        raise ValueError(f"{tool} {arguments}: {result.code}: {result.message}")
    return dict(result.data)


def glance(door: Toolbox, tool: str, **arguments: Any) -> dict[str, Any] | None:
    """Read as `look` does, but give None where a connection is lost."""
    result = door.peek(ToolCall(name=tool, arguments=arguments))
    return None if result.code == "unavailable" else look(door, tool, **arguments)


def lost() -> Text:
    """Write that a connection is lost."""
    return Text("no connection", style="bold red")


def state_text(state: str) -> Text:
    """Write a state in its colour."""
    return Text(state, style=COLOURS.get(state, ""))


def bar(share: float, width: int = 8, *, bad_above: float | None = None) -> Text:
    """Draw how full something is, 0 to 1; red beyond `bad_above`."""
    filled = round(min(1.0, max(0.0, share)) * width)
    style = "red" if bad_above is not None and share > bad_above else "green"
    return Text("█" * filled, style=style) + Text("░" * (width - filled), style="bright_black")


def joined(*parts: str | Text, by: str = "  ") -> Text:
    """Join words and coloured words."""
    return Text(by).join(part if isinstance(part, Text) else Text(part) for part in parts)

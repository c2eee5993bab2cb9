"""A failed episode for people to read: what was asked, what was done, which checks failed, how the plant is now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scenarios.episode import Episode
from scenarios.numerals import plain
from scenarios.trajectory import Entry
from tools_api.messages import AgentMessage, ToolCall, ToolResult

LAST = 14
"""How many of the last actions and events are shown."""
SHOWN = 12
"""How many of the plant's variables are shown: those that differ most from the plant to which nobody did anything."""


def story(episode: Episode, file: Path | None = None) -> str:
    """Tell an episode that is over; `file` is where its trajectory is."""
    return "\n".join(_lines(episode, file))


def _lines(episode: Episode, file: Path | None) -> Iterator[str]:
    instance = episode.instance
    yield f"{instance.scenario} task {instance.task!r}, seed {instance.seed} ({instance.split})"
    yield f"  request: {instance.request}"
    verdict = episode.verdict
    if verdict is not None:
        yield f"  verdict: {verdict.outcome}, score {verdict.score:.2f}"
        for check in verdict.checks:
            yield f"    {'passed' if check.passed else 'FAILED'} {check.kind}: {check.reason}"
    entries = episode.trajectory.entries
    if len(entries) > LAST:
        yield f"  the last {LAST} of {len(entries)} actions and events:"
    else:
        yield "  actions and events:"
    for entry in entries[-LAST:]:
        yield f"    {_entry(entry)}"
    changed = list(episode.changed(SHOWN))
    yield (
        "  the plant, where it differs from one to which nobody did anything:"
        if changed
        else ("  the plant is as if nobody had done anything")
    )
    for name, ours, theirs in changed:
        yield f"    {name}: {plain(ours)} (else {plain(theirs)})"
    if file is not None:
        yield f"  trajectory: {file} (leaf replay {file})"


def _entry(entry: Entry) -> str:
    item = entry.item
    match item:
        case ToolCall():
            return f"call {item.name} {dict(item.arguments)}"
        case ToolResult():
            return f"  {'ok' if item.ok else item.code}: {item.message}"
        case AgentMessage():
            return f"agent: {item.text}"
    return f"{item.kind}: {getattr(item, 'text', '')}"

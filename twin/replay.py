"""Replay: build the plant anew and give it the same commands at the same times. The oracle for forks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twin.catalog import build
from twin.core import Twin
from twin.errors import TwinError
from twin.faults import FaultPlan
from twin.journal import JournalEntry


def replay(
    scenario: str,
    seed: int,
    config: Any = None,
    faults: FaultPlan | None = None,
    journal: Iterable[JournalEntry] = (),
    until: float = 0.0,
) -> Twin:
    """Run a plant from second 0 to `until` under the commands of `journal`, accepted and refused alike."""
    twin = build(scenario, seed=seed, config=config, faults=faults)
    for entry in journal:
        if entry.kind not in ("command", "refused") or entry.time_s > until:
            continue
        twin.advance(max(0.0, entry.time_s - twin.now))
        try:
            twin.command(entry.subject, **entry.data["arguments"])
        except TwinError:
            # The twin journals it as refused, as it did the first time; a test compares both journals.
            continue
    twin.advance(max(0.0, until - twin.now))
    return twin

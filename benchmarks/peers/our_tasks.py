"""Which tasks the verdicts and the resets are measured with: one instance of every template."""

from __future__ import annotations

from typing import Any

from clock import SkippedError


def instances(scenario: str) -> list[Any]:
    """Draw every task of a scenario once, the held-out ones in words of their own."""
    from scenarios.catalog import templates
    from scenarios.seeds import SPLITS

    try:
        found = templates(scenario)
    except (ValueError, OSError):
        found = ()
    if not found:
        raise SkippedError(f"{scenario} has no tasks here")
    homes = [SPLITS["train" if task.speaks("train") else "heldout"][0] for task in found]
    return [task.instance(home + place) for place, (task, home) in enumerate(zip(found, homes, strict=True))]

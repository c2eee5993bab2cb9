"""How fast the door and the verdict are, beside the named peers on equal work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers.contest import Options, Row, Target, Turn, hold
from benchmarks.peers.environments import HERE
from benchmarks.twin import SCENARIOS, machine


def _ours(case: str, scenario: str) -> Turn:
    return Turn("door", case, {"scenario": scenario})


def _row(
    what: str,
    case: str,
    scenario: str,
    target: Target | None = None,
    beside: tuple[str, ...] = ("eval-mock", "bfcl-eval"),
) -> Row:
    return Row(f"{what}, {scenario}", _ours(case, scenario), tuple(Turn(peer, case) for peer in beside), target)


ROWS: tuple[Row, ...] = (
    *(_row("call that looks", "read", name, Target("≤ 40 µs", at_most_s=40e-6)) for name in SCENARIOS),
    *(_row("call that acts", "act", name) for name in SCENARIOS),
    *(_row("look while no time passes", "peek", name, beside=()) for name in SCENARIOS),
    *(_row("verdict on a task", "verify", name, Target("≤ 1 ms", at_most_s=1e-3)) for name in SCENARIOS),
    *(_row("replay of a task with its verdict", "replay", name, beside=("bfcl-eval",)) for name in SCENARIOS),
)


def measure(options: Options | None = None, advance: Callable[[int, int, str], None] | None = None) -> dict[str, Any]:
    """Measure; `rows` has one entry for each contender of each row, in seconds."""
    result = hold(ROWS, {"door": HERE / "our_door.py"}, options or Options(), advance)
    return {"benchmark": "tools", "machine": machine(), **result}

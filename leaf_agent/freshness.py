"""Which readings are too old to be told: they are read again rather than reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from leaf_agent.blackboard import Blackboard, Output
from tools_api.spec import ToolSpec


def stale(board: Blackboard, specs: Mapping[str, ToolSpec], now: str, fresh_s: float) -> tuple[Output, ...]:
    """Find the outputs of the plan at hand that may be read again, and are older than `fresh_s` of plant time.

    Only what is going to be told, and only readings of a tool that changes nothing. Older values that the plan keeps on
    purpose stay: those from before an act or a wait of ours, and those that were read again by a later step.
    """
    told = board.recent_outputs()
    later = list(board.outputs.values())
    found = []
    for place, output in enumerate(later):
        after = later[place + 1 :]
        spec = specs.get(output.result.name)
        if output not in told or not output.result.ok or spec is None or not _only_reads(spec):
            continue
        if any(_acts(specs, other) or _same_reading(output, other) for other in after):
            continue
        if _seconds(output.time, now) > fresh_s:
            found.append(output)
    return tuple(found)


def as_of(outputs: Iterable[Output]) -> str:
    """Say of when the oldest of some readings is: ` (as of 10:05)`; nothing where there are none."""
    times = sorted(output.time for output in outputs)
    return f" (as of {datetime.fromisoformat(times[0]):%H:%M})" if times else ""


def done(calls: Sequence[Output], specs: Mapping[str, ToolSpec]) -> list[Output]:
    """List the calls that changed the plant, in their order."""
    return [call for call in calls if call.result.ok and call.result.name in specs and specs[call.result.name].mutates]


def _acts(specs: Mapping[str, ToolSpec], output: Output) -> bool:
    spec = specs.get(output.result.name)
    return output.result.ok and (spec is None or not _only_reads(spec))


def _only_reads(spec: ToolSpec) -> bool:
    return not spec.mutates and spec.duration_argument is None  # a wait changes nothing, but time passes on purpose


def _same_reading(one: Output, other: Output) -> bool:
    return one.result.name == other.result.name and dict(one.arguments) == dict(other.arguments)


def _seconds(since: str, now: str) -> float:
    return (datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds()

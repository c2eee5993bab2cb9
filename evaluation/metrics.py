"""Tool, Execute and Inform: how much of what the task needs an agent did, beside whether the plant is satisfied.

Tool = matched required calls / required calls; Execute = right arguments / required arguments, over matched calls;
Inform = share of the things to be told that were told and true. The required calls are those that the reference
makes in the same world. Named after the columns of LEAF's Table 1, whose judge was a model; here all is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.goals import CheckResult
from tools_api.messages import ToolCall
from tools_api.spec import ToolSpec

TOLD = frozenset({"reported", "compared", "refused"})
"""Kinds of check that judge what the user was told."""

_UNCOUNTED = frozenset({"wait"})
# How long and how often to wait is the agent's own affair; what it saw and did is not.


@dataclass(frozen=True, slots=True)
class Score:
    """The metrics of one episode, each in [0, 1]; None where there is nothing to divide by.

    `tool_precision` is the share of the agent's calls that the reference makes too: over-calling is not free.
    """

    tool: float | None
    tool_precision: float | None
    execute: float | None
    inform: float | None


def score(
    required: Sequence[ToolCall],
    made: Sequence[ToolCall],
    checks: Iterable[CheckResult],
    specs: Mapping[str, ToolSpec],
) -> Score:
    """Measure an episode's calls against the reference's, and its words by the checks on them."""
    wanted, given = _distinct(required, specs), _distinct(made, specs)
    pairs = _matched(wanted, given)
    right = sum(_right(want, give) for want, give in pairs)
    asked = sum(len(want.arguments) for want, _ in pairs)
    told = [check.passed for check in checks if check.kind in TOLD]
    return Score(
        tool=_share(len(pairs), len(wanted)),
        tool_precision=_share(len(pairs), len(given)),
        execute=_share(right, asked),
        inform=_share(sum(told), len(told)),
    )


def _distinct(calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> list[ToolCall]:
    """Drop waits and repetitions of the same call: a poll counts once. Left-out arguments take their defaults."""
    found: dict[str, ToolCall] = {}
    for call in calls:
        if call.name in _UNCOUNTED:
            continue
        spec = specs.get(call.name)
        defaults = {p.name: p.default for p in spec.parameters if p.default is not None} if spec else {}
        given = {name: value for name, value in call.arguments.items() if value is not None}
        full = {name: _plain(value) for name, value in {**defaults, **given}.items()}
        found.setdefault(f"{call.name} {json.dumps(full, sort_keys=True)}", ToolCall(name=call.name, arguments=full))
    return list(found.values())


def _matched(wanted: Sequence[ToolCall], given: Sequence[ToolCall]) -> list[tuple[ToolCall, ToolCall]]:
    """Join each wanted call to one given call of the same tool, those with most right arguments first."""
    candidates = sorted(
        ((-_right(want, give), i, j) for i, want in enumerate(wanted) for j, give in enumerate(given)),
    )
    used_wanted: set[int] = set()
    used_given: set[int] = set()
    pairs = []
    for _, i, j in candidates:
        if wanted[i].name == given[j].name and i not in used_wanted and j not in used_given:
            used_wanted.add(i)
            used_given.add(j)
            pairs.append((wanted[i], given[j]))
    return pairs


def _right(want: ToolCall, give: ToolCall) -> int:
    return sum(give.arguments.get(name) == value for name, value in want.arguments.items())


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

"""What an agent may do in a task: the acts that the reference makes, in every way that the episode allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from scenarios.conditions import same
from scenarios.evidence import Evidence
from scenarios.rendering import USER, Placeholder, fill, placeholders
from scenarios.steps import AnyStep, Call, Until, walk
from twin.journal import JournalEntry


def strays(evidence: Evidence, kind: str = "command") -> Iterator[JournalEntry]:
    """Give the commands that neither the reference makes nor the user asked for; accepted ones, or `refused` ones."""
    first, then = (_allowed(steps, evidence) for steps in (evidence.instance.reference, evidence.instance.revised))
    for entry in evidence.journal:
        if entry.kind == kind:
            allowed = first if entry.time_s < evidence.changed_s else then
            arguments = entry.data.get("arguments", {})
            if not any(
                name == entry.subject and all(any(same(arguments.get(n), v) for v in vs) for n, vs in wanted.items())
                for name, wanted in allowed
            ):
                yield entry


def _allowed(steps: Iterable[AnyStep], evidence: Evidence) -> list[tuple[str, dict[str, list[Any]]]]:
    """List the acts of a reference: tool, and for each argument the values that it may take.

    An argument taken from an earlier answer may have any value that such an answer gave in the evidence.
    """
    saved: dict[str, str] = {}
    allowed = []
    for step in walk(tuple(steps)):
        if isinstance(step, Call | Until):
            if step.save:
                saved[step.save] = step.call
            wanted = {name: _values(value, saved, evidence) for name, value in step.arguments.items()}
            allowed.append((step.call, wanted))
    return allowed


def _values(value: Any, saved: Mapping[str, str], evidence: Evidence) -> list[Any]:
    names = list(placeholders(value))
    if not names:
        return [value]

    misled = {} if evidence.stress is None else evidence.stress.misled

    def known(place: int, told: Mapping[str, Any]) -> Callable[[Placeholder], Any]:
        def find(name: Placeholder) -> Any:
            if name.name == USER:
                return told.get(name.field or "")
            call, result = evidence.calls[place]
            return result.data.get(name.field or "") if result.ok and call.name == saved.get(name.name) else None

        return find

    knows = evidence.instance.user.knows
    tellings = [knows, *({**knows, slot: wrong} for slot, wrongs in misled.items() for wrong in wrongs)]
    return [fill(value, known(place, told)) for told in tellings for place in range(len(evidence.calls))]

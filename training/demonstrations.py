"""Demonstrations: what each expert is asked in a reference episode, and what a good expert answers.

The real agent plays the real episode; an oracle that knows the task answers in place of the model. So the prompts are
exactly those of run time, and only episodes whose verdict is success are kept: the plant vouches for the data.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

from leaf_agent.backends.base import Completion, Request
from leaf_agent.experts.shortlist import Picks
from scenarios.task import TaskInstance
from training.reference_player import ReferencePlayer


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One prompt of one expert with the answer to learn, and where it comes from."""

    expert: str
    prompt: str
    completion: str
    task: str
    seed: int
    split: str

    def to_json(self) -> str:
        """Return the demonstration as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(slots=True)
class Tally:
    """How the episodes ended, by task, and why some were not kept."""

    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)


class Teacher(ReferencePlayer):
    """Plays one instance with the reference's answers and keeps what was asked."""

    def __init__(self, instance: TaskInstance, phrasings: int | None = None, shortlist: Picks | None = None) -> None:
        super().__init__(instance, phrasings=phrasings, shortlist=shortlist)
        self._from = (instance.task, instance.seed, instance.split)
        self.demonstrations: list[Demonstration] = []

    def complete(self, requests: list[Request]) -> list[Completion]:
        """Answer the agent's requests and keep each with its answer."""
        completions = super().complete(requests)
        for request, completion in zip(requests, completions, strict=True):
            expert = request.adapter or "engine"
            self.demonstrations.append(Demonstration(expert, request.prompt, completion.text, *self._from))
        return completions


def demonstrate(
    instances: Iterable[TaskInstance],
    tally: Tally,
    phrasings: int | None = None,
    shortlist: Callable[[TaskInstance], Picks] | None = None,
) -> Iterator[Demonstration]:
    """Yield the demonstrations of every instance whose episode succeeds; count all in `tally`.

    `phrasings` keeps the answers to the first so many of the ways in which the task's author would say them;
    `shortlist` says which tools the Planner is shown.
    """
    for instance in instances:
        teacher = Teacher(instance, phrasings, shortlist(instance) if shortlist else None)
        verdict = teacher.play().verdict
        if verdict is not None and verdict.outcome == "success":
            tally.kept[instance.task] += 1
            yield from teacher.demonstrations
        else:
            tally.dropped[instance.task] += 1
            failed = [] if verdict is None else [check.reason for check in verdict.checks if not check.passed]
            tally.reasons[instance.task] = f"seed {instance.seed}: {'; '.join(failed) or 'no verdict'}"

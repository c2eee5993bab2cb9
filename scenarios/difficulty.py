"""How hard a task is, worked out from its reference: calls, branches, questions, and the traits that follow."""

from __future__ import annotations

from collections.abc import Iterable

from scenarios.document import Document
from scenarios.goals import Refused
from scenarios.rendering import USER, placeholders
from scenarios.steps import AnyStep, Ask, Call, Until, When, branches, walk
from scenarios.task import TaskTemplate
from tools_api.spec import ToolSpec


class Difficulty(Document):
    """What the reference of a task takes.

    `calls` are those of its longest way (a poll counts once, the wish before a change of mind is left out), `branches`
    its conditions and polls, `questions` the slots that must be asked for. `traits` say what is special, of
    `lookup` (one call that only reads), `multi_step`, `conditional`, `poll`, `clarify`, `contradictory`, `refuse`,
    `changed_mind`, and those that the document declares (`two_goals`, `infeasible`, `must_not_act`).
    """

    calls: int
    branches: int
    questions: int
    traits: tuple[str, ...]


def difficulty(task: TaskTemplate, specs: Iterable[ToolSpec]) -> Difficulty:
    """Work out how hard a task is."""
    steps = task.revised or task.reference
    every = list(walk(steps))
    acts = {spec.name for spec in specs if spec.mutates}
    calls = longest(steps)
    asked = {place.field for place in placeholders([s.model_dump() for s in every]) if place.name == USER}
    asked |= {step.ask for step in every if isinstance(step, Ask)}
    looks = not any(isinstance(step, Call | Until) and step.call in acts for step in every)
    found = {
        "lookup": calls == 1 and looks and not asked,
        "multi_step": calls > 1,
        "conditional": any(isinstance(step, When) for step in every),
        "poll": any(isinstance(step, Until) for step in every),
        "clarify": bool(asked - set(task.user.torn)),
        "contradictory": bool(task.user.torn),
        "refuse": any(isinstance(check, Refused) for check in task.checks),
        "changed_mind": task.user.changes is not None,
    }
    return Difficulty(
        calls=calls,
        branches=sum(isinstance(step, When | Until) for step in every),
        questions=len(asked),
        traits=(*(name for name, is_so in found.items() if is_so), *task.traits),
    )


def longest(steps: tuple[AnyStep, ...]) -> int:
    """Count the tool calls of the longest way through a reference; what follows a refused call is left out."""
    total = 0
    for step in steps:
        total += isinstance(step, Call | Until)
        if not isinstance(step, Call):
            total += max((longest(branch) for branch in branches(step)), default=0)
    return total

"""Which jumps of a control statement are open: judged by code on the outcomes so far, or all that it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leaf_agent.plan.checks import destination
from leaf_agent.plan.conditions import Outcome, judge
from leaf_agent.plan.language import Jump, Plan, PlanStep


def open_jumps(
    plan: Plan, step: PlanStep, last: Outcome | None, outcomes: Mapping[int, Outcome]
) -> tuple[tuple[Jump, ...], tuple[str, ...]]:
    """Give the jumps that may be taken, the default last, and what to note about conditions without a value.

    Of several jumps to one place one is given; more than one is left only where free text has to be read.
    """
    found: list[Jump] = []
    notes: list[str] = []
    for clause in step.clauses:
        if clause.condition is None:
            found.append(clause.jump)
            break
        judgement = judge(clause.condition, last, outcomes)
        if judgement.unknown:
            notes.append(f"step {step.number}: {judgement.why}")
        if judgement.holds is not False:
            found.append(clause.jump)
        if judgement.holds:
            break
    return _one_each(plan, step, found), tuple(notes)


def named_jumps(plan: Plan, step: PlanStep) -> tuple[Jump, ...]:
    """Give all jumps of the statement, the default last, whatever its conditions say; one of several to one place."""
    return _one_each(plan, step, [clause.jump for clause in step.clauses])


def _one_each(plan: Plan, step: PlanStep, jumps: Iterable[Jump]) -> tuple[Jump, ...]:
    offered: list[Jump] = []
    for jump in reversed(list(jumps)):  # the last of several to one place stays, and so the default comes last
        if destination(plan, step, jump) not in [destination(plan, step, other) for other in offered]:
            offered.insert(0, jump)
    return tuple(offered)

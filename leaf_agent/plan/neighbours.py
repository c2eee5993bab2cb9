"""Steps of a plan that stand side by side and read."""

from __future__ import annotations

from collections.abc import Collection

from leaf_agent.plan.language import Plan, PlanStep


def side_by_side(plan: Plan, step: PlanStep, reads: Collection[str]) -> tuple[PlanStep, ...]:
    """List a step that reads and those after it that read too and follow by nothing but `next`."""
    group: list[PlanStep] = []
    at: PlanStep | None = step
    while at is not None and at.tool in reads:
        group.append(at)
        (clause, *more) = at.clauses
        at = plan.step(at.number + 1) if not more and clause.jump.kind == "next" else None
    return tuple(group)

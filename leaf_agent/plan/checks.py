"""Whether a plan can be walked: with these tools, and to its end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from leaf_agent.plan.language import MAX_STEPS, Comparison, Jump, Plan, PlanError, PlanStep


def check_plan(plan: Plan, tool_names: Collection[str] | None = None, *, strict: bool = False) -> None:
    """Raise `PlanError` for the first thing that makes the plan unfit to be walked.

    At most 20 steps, numbered 1, 2, 3, ...; a goto names another step that exists; a tool is one of `tool_names`
    (None: any will do); a condition names a tool step that exists; from every step that can be reached END can be
    reached. With `strict`, what `plan_warnings` finds is an error too. `line` of the error is the step's place.
    """
    for fault in _faults(plan, tool_names):
        raise fault
    if strict:
        for warning in plan_warnings(plan):
            raise warning


def plan_warnings(plan: Plan) -> tuple[PlanError, ...]:
    """Find what an engine can walk but a good plan does not have, in the steps' order.

    A step that cannot be reached; a plan that runs off its last step without END; a plan that ends without telling
    the user anything. Presumes that `check_plan` passes.
    """
    reached = _reachable(plan)
    found = []
    for step in plan.steps:
        if step.number not in reached:
            rule = f"no step leads to step {step.number}"
            found.append(PlanError(step.number, str(step), rule, "drop it, or let a clause go to it"))
            continue
        for clause in step.clauses:
            if clause.jump.kind == "next" and step.number == len(plan):
                rule = f"there is no step after {step.number}"
                found.append(PlanError(step.number, str(clause), rule, "end the last step with END"))
            elif clause.jump.kind == "end" and step.kind != "tell":
                rule = "a plan ends by telling the user how it went"
                found.append(PlanError(step.number, str(clause), rule, "put a Dialog step before END"))
    return tuple(found)


def destination(plan: Plan, step: PlanStep, jump: Jump) -> int | None:
    """Say which step a jump of `step` leads to, as written; None: to the end of the plan.

    `next` from the last step ends the plan, as END does.
    """
    if jump.kind == "goto":
        return jump.target
    return step.number + 1 if jump.kind == "next" and step.number < len(plan) else None


def successors(plan: Plan, step: PlanStep) -> tuple[int | None, ...]:
    """Say where each clause of a step leads: a step's number, or None for the end of the plan."""
    return tuple(destination(plan, step, clause.jump) for clause in step.clauses)


def _faults(plan: Plan, tool_names: Collection[str] | None) -> Iterator[PlanError]:
    if len(plan) > MAX_STEPS:
        yield PlanError(None, f"{len(plan)} steps", f"a plan has at most {MAX_STEPS} steps", "plan fewer steps")
    for place, step in enumerate(plan.steps, start=1):
        if step.number != place:
            rule = "steps are numbered 1, 2, 3, ..."
            yield PlanError(place, f"step {step.number}", rule, f"write {place}")
    for step in plan.steps:
        if step.tool is not None and tool_names is not None and step.tool not in tool_names:
            yield _unknown_tool(step.number, step.tool, tool_names)
        yield from _clause_faults(plan, step)
    yield from _traps(plan)


def _clause_faults(plan: Plan, step: PlanStep) -> Iterator[PlanError]:
    for clause in step.clauses:
        target = clause.jump.target
        if target == step.number:
            yield PlanError(step.number, str(clause), "a step does not go to itself", "put a step in between")
        elif target is not None and target > len(plan):
            remedy = f"go to one of 1..{len(plan)}, or END"
            yield PlanError(step.number, str(clause), f"there is no step {target}", remedy)
        if isinstance(clause.condition, Comparison) and clause.condition.step is not None:
            named = plan.step(clause.condition.step)
            if named is None or named.kind != "tool":
                rule = f"step {clause.condition.step} " + ("does not exist" if named is None else "calls no tool")
                yield PlanError(step.number, str(clause), rule, "name a tool step, or leave the s and number out")


def _unknown_tool(number: int, tool: str, tool_names: Collection[str]) -> PlanError:
    near = get_close_matches(tool, sorted(tool_names), n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(tool_names)) or 'no tools'}"
    return PlanError(number, tool, f"no tool {tool!r}", remedy)


def _traps(plan: Plan) -> Iterator[PlanError]:
    """Find the first reachable step that no way leads from to the end. Presumes that every target exists."""
    ways = {step.number: successors(plan, step) for step in plan.steps}
    ending = {number for number, targets in ways.items() if None in targets}
    grown = True
    while grown:
        more = {number for number, targets in ways.items() if number not in ending and not ending.isdisjoint(targets)}
        ending |= more
        grown = bool(more)
    for number in sorted(_reachable(plan) - ending):
        rule = f"no way leads from step {number} to END"
        yield PlanError(number, str(plan.steps[number - 1]), rule, "let one of its clauses lead out of the loop")


def _reachable(plan: Plan) -> set[int]:
    reached: set[int] = set()
    ahead = [1]
    while ahead:
        number = ahead.pop()
        if number not in reached:
            reached.add(number)
            ahead += [target for target in successors(plan, plan.steps[number - 1]) if target is not None]
    return reached

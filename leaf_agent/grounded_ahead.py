"""Arguments of look-ups that stand side by side in a plan, filled in one go and kept until their turn comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from leaf_agent.blackboard import Blackboard
from leaf_agent.experts.executor import Executor
from leaf_agent.fsm.budget import Budget
from leaf_agent.plan.language import Plan, PlanStep
from leaf_agent.plan.neighbours import side_by_side
from tools_api.spec import ToolSpec

_SPARE: Final = 6  # model calls that filling ahead leaves to the rest of the run


class GroundedAhead:
    """What was filled ahead, by step.

    A value is kept only if it stands in the step's own instruction: then no output that comes later can change it.
    """

    def __init__(self, executor: Executor, specs: Mapping[str, ToolSpec]) -> None:
        self._executor = executor
        self._specs = specs
        self._kept: dict[int, dict[str, Any]] = {}

    def clear(self) -> None:
        """Forget what was filled: another plan begins."""
        self._kept.clear()

    def take(self, step: PlanStep) -> dict[str, Any] | None:
        """Hand out what was filled for a step, once."""
        return self._kept.pop(step.number, None)

    def beside(self, plan: Plan, step: PlanStep, budget: Budget) -> tuple[PlanStep, ...]:
        """List the steps to fill together with this one; none where the budget is short."""
        spec = self._specs[str(step.tool)]
        if spec.mutates or spec.duration_argument is not None:
            return ()
        reads = {one.name for one in self._specs.values() if not one.mutates and one.duration_argument is None}
        found = tuple(one for one in side_by_side(plan, step, reads)[1:] if self._specs[str(one.tool)].parameters)
        return found if budget.left("model_calls") >= 2 * len(found) + _SPARE else ()

    def keep(self, step: PlanStep, written: str, board: Blackboard) -> bool:
        """Keep what the Executor wrote for a step, if it holds whatever comes; say whether."""
        arguments, missing = self._executor.read(self._specs[str(step.tool)], written, board)
        said = _plain(step.instruction).split()
        if missing or not all(_stands(_plain(value), said) for value in arguments.values()):
            return False
        self._kept[step.number] = arguments
        return True


def _stands(value: str, said: list[str]) -> bool:
    words = value.split()
    return any(said[at : at + len(words)] == words for at in range(len(said) - len(words) + 1))


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).casefold().replace("_", " ").replace(",", " ").replace(":", " ")

"""What can be varied about a LEAF agent: its prompts, its adapters, its constraints and its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Expert = Literal["planner", "executor", "interactor", "engine"]
Conditions = Literal["code", "model"]
EXPERTS: tuple[Expert, ...] = ("planner", "executor", "interactor", "engine")


@dataclass(frozen=True, slots=True)
class LeafConfig:
    """Settings of one agent.

    prompts: `tuned` are the short ones that the shipped adapters were trained on; `untuned` explain the role, the
        plan language and every tool to a base model that has seen none of it.
    adapters: whether each expert names its own adapter; without, all speak through the bare base.
    constrained: whether plan grammar and tool schemas are enforced while decoding (form and types, never ranges).
    grounded: whether a number or id that occurs nowhere in the context counts as not given.
    conditions: who judges the conditions of a plan. `code`: comparisons and `error` by code, free text by the bare
        base. `model`: the bare base is asked at every control statement with more than one place to go, as the
        paper's engine does. An error that the statement does not foresee leads to a replan either way.
    *_tokens: longest completion of each expert.
    batch_reads: whether look-ups that stand side by side in a plan are grounded in one list of requests.
    fresh_s: how old, in plant seconds, a reading may be that is told to the user; an older one is read again first.
        None: any age.
    confirm: tools that change the plant only after the user's yes, each entry the name of a tool or of a device,
        or `*`. Empty: none; the plant's own permissions hold all the same.
    most_tokens: tokens that all experts may write in one episode; None: as many as the engine's bounds allow.
    most_plant_s: plant seconds after which an episode is brought to its end; None: no such bound.
    """

    prompts: Literal["tuned", "untuned"] = "tuned"
    adapters: bool = True
    constrained: bool = True
    grounded: bool = True
    conditions: Conditions = "code"
    planner_tokens: int = 600
    executor_tokens: int = 96
    interactor_tokens: int = 96
    engine_tokens: int = 8
    batch_reads: bool = False
    fresh_s: float | None = 300.0
    confirm: frozenset[str] = frozenset()
    most_tokens: int | None = None
    most_plant_s: float | None = None

    def adapter(self, expert: Expert) -> str | None:
        """Return the adapter that answers for an expert. The engine's conditions go to the bare base."""
        return expert if self.adapters and expert != "engine" else None


UNTUNED = LeafConfig(prompts="untuned", adapters=False)

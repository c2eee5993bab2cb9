"""What can be varied about a LEAF agent: its prompts, its adapters, its constraints and its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Expert = Literal["planner", "executor", "interactor", "engine"]
EXPERTS: tuple[Expert, ...] = ("planner", "executor", "interactor", "engine")


@dataclass(frozen=True, slots=True)
class LeafConfig:
    """Settings of one agent.

    prompts: `tuned` are the short ones that the shipped adapters were trained on; `untuned` explain the role, the
        plan language and every tool to a base model that has seen none of it.
    adapters: whether each expert names its own adapter; without, all speak through the bare base.
    constrained: whether plan grammar and tool schemas are enforced while decoding (form and types, never ranges).
    grounded: whether a required number or id that occurs nowhere in the context counts as missing.
    *_tokens: longest completion of each expert.
    """

    prompts: Literal["tuned", "untuned"] = "tuned"
    adapters: bool = True
    constrained: bool = True
    grounded: bool = True
    planner_tokens: int = 400
    executor_tokens: int = 96
    interactor_tokens: int = 96
    engine_tokens: int = 8

    def adapter(self, expert: Expert) -> str | None:
        """Return the adapter that answers for an expert. The engine's free-text conditions go to the bare base."""
        return expert if self.adapters and expert != "engine" else None


UNTUNED = LeafConfig(prompts="untuned", adapters=False)

"""What an agent tells about its own run: one line per thing that happened, for people who watch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from leaf_agent.config import EXPERTS, Expert

StoryKind = Literal["plan", "state", "note"]


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One thing that happened inside the agent."""

    kind: StoryKind
    text: str


@dataclass(slots=True)
class Spent:
    """What one expert has used: generations, tokens read and written, and milliseconds."""

    calls: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    milliseconds: float = 0.0


@dataclass(slots=True)
class Usage:
    """What an episode has used, by expert (the columns of the paper's Tables 2 and 3).

    `refused_plans`: plans that could not be read or walked.
    """

    experts: dict[Expert, Spent] = field(default_factory=lambda: {expert: Spent() for expert in EXPERTS})
    refused_plans: int = 0

    def add(self, expert: Expert, prompt_tokens: int, output_tokens: int, milliseconds: float) -> None:
        """Charge one completion to an expert."""
        spent = self.experts[expert]
        spent.calls += 1
        spent.prompt_tokens += prompt_tokens
        spent.output_tokens += output_tokens
        spent.milliseconds += milliseconds

    @property
    def output_tokens(self) -> int:
        """Tokens written by all experts."""
        return sum(spent.output_tokens for spent in self.experts.values())

    @property
    def milliseconds(self) -> float:
        """Model time of all experts."""
        return sum(spent.milliseconds for spent in self.experts.values())

"""One episode as it is played and as it is written down."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from leaf_agent.backends.base import Completion, Request
from leaf_agent.config import EXPERTS
from leaf_agent.story import Usage
from scenarios.goals import CheckResult
from tools_api.messages import Action, Observation

Columns = dict[str, float]
"""One number for each expert, and `total`."""


class Record(BaseModel):
    """Base of what is written to disk."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Job(Record):
    """What to play: a task's instance, perhaps in other words, perhaps under a stress profile."""

    task: str
    seed: int
    request: str | None = None
    stress: str | None = None


class Strained(Record):
    """How an episode of a stress test went, beside its verdict.

    `stressed_calls` got another answer than the plant gave, or none; of these `lost_calls` got none. `recovered_after`
    counts, for each lost call whose tool answered later, the calls until it did. `refused`: calls, not the reference's
    own, that an interlock or a permission stopped; `alarms`: alarms that the plant would not have had by itself;
    `strays`: accepted acts that the task did not ask for.
    """

    stressed_calls: int
    lost_calls: int
    recovered_after: tuple[int, ...]
    refused: int
    alarms: int
    strays: int

    @property
    def violations(self) -> int:
        """All that was not safe."""
        return self.refused + self.alarms + self.strays


class EpisodeRecord(Record):
    """A line of `episodes.jsonl`.

    Tokens are written ones; `prompt_tokens` are read ones. Milliseconds are each expert's share of the calls that
    served it. `refused_plans` could not be read or walked. `plant_s` is plant time used. `elapsed_s` is wall time since
    the line before it, so that they add up. `strained` is there in stress tests alone.
    """

    job: Job
    family: str
    request: str
    outcome: str
    score: float
    checks: tuple[CheckResult, ...]
    tool: float | None
    tool_precision: float | None
    execute: float | None
    inform: float | None
    tool_calls: int
    messages: int
    replies: int
    output_tokens: Columns
    prompt_tokens: Columns
    milliseconds: Columns
    refused_plans: int = 0
    plant_s: float
    elapsed_s: float
    said: str
    strained: Strained | None = None

    @property
    def success(self) -> bool:
        """Whether all checks passed."""
        return self.outcome == "success"


class Watcher(Protocol):
    """Hears an episode as it happens."""

    def opened(self, observation: Observation) -> None:
        """Hear the request."""

    def acted(self, action: Action) -> None:
        """Hear what the agent does."""

    def observed(self, observation: Observation) -> None:
        """Hear what came of it."""


Thinking = Generator[list[Request], list[Completion], Action]


def thinking(agent: Any, observation: Observation) -> Thinking:
    """Let an agent think: one that can `think` yields its requests, any other acts at once."""
    if hasattr(agent, "think"):
        action: Action = yield from agent.think(observation)
        return action
    acted: Action = agent.act(observation)
    return acted


def columns(usage: Usage | None, field: str) -> Columns:
    """Lay out one figure of a usage by expert, with its total; zeros where an agent keeps no account."""
    values: Columns = {name: float(getattr(usage.experts[name], field)) if usage else 0.0 for name in EXPERTS}
    return {**values, "total": sum(values.values())}

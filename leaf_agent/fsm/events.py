"""What the driver of an engine reports to it: one dataclass per event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leaf_agent.plan.language import Jump, Plan


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """The user's request; opens the run."""

    text: str


@dataclass(frozen=True, slots=True)
class PlanReady:
    """The Planner wrote a plan that parses and passes `check_plan`."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class PlanFailed:
    """The Planner wrote no plan; `reason` is what the parser or the check says."""

    reason: str


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """The model's choice among the jumps of a `NeedDecision`; None, or a jump not offered: no usable choice."""

    jump: Jump | None


@dataclass(frozen=True, slots=True)
class ArgumentsReady:
    """The Executor filled every required argument."""

    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArgumentsMissing:
    """The Executor could not fill these required arguments."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfirmationNeeded:
    """The Executor filled every required argument, and by policy the user must agree to the call first."""

    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallReturned:
    """The tool answered. `missing` names the parameters when `code` is missing_argument, where they are known.

    `heard` is what the user said meanwhile, which changes the request: then the plan is not followed any further.
    """

    ok: bool
    code: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    missing: tuple[str, ...] = ()
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class UtteranceReady:
    """The Interactor's words, which now go to the user."""

    text: str


@dataclass(frozen=True, slots=True)
class ReadingsStale:
    """What these steps of the plan read is too old to be told; they are called again first, with equal arguments."""

    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReplyArrived:
    """The user answered the question."""

    text: str


@dataclass(frozen=True, slots=True)
class UserSilent:
    """The user gave no answer, or an empty one."""


@dataclass(frozen=True, slots=True)
class CallConfirmed:
    """The user agreed to the call."""


@dataclass(frozen=True, slots=True)
class CallDeclined:
    """The user did not agree to the call."""


@dataclass(frozen=True, slots=True)
class UserChangedMind:
    """The user changed the request, or added to it: unasked, or instead of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The user, or whoever runs the agent, stops the run: nothing more is said or done."""

    reason: str = "cancelled"


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """A bound outside the engine (time, tokens, the episode's length) is reached; said to the user, then the end."""

    reason: str


Event = (
    RequestArrived
    | PlanReady
    | PlanFailed
    | DecisionMade
    | ArgumentsReady
    | ArgumentsMissing
    | ConfirmationNeeded
    | CallReturned
    | UtteranceReady
    | ReadingsStale
    | ReplyArrived
    | UserSilent
    | CallConfirmed
    | CallDeclined
    | UserChangedMind
    | Cancelled
    | BudgetSpent
)

"""What an engine waits for: one dataclass per need. Each names the events that answer it.

`Cancelled` and `BudgetSpent` answer every need but `Finished`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from leaf_agent.fsm.budget import Budget, Resource
from leaf_agent.fsm.events import (
    ArgumentsMissing,
    ArgumentsReady,
    BudgetSpent,
    CallReturned,
    Cancelled,
    DecisionMade,
    Event,
    PlanFailed,
    PlanReady,
    ReplyArrived,
    RequestArrived,
    UserChangedMind,
    UserSilent,
    UtteranceReady,
)
from leaf_agent.plan.conditions import Outcome
from leaf_agent.plan.language import Jump, PlanStep

PlanCause = Literal["request", "unusable_plan", "unforeseen_error", "changed_request"]
UtteranceKind = Literal["step", "ask", "close", "give_up"]
Ending = Literal["done", "gave_up", "cancelled"]


@dataclass(frozen=True, slots=True)
class NeedRequest:
    """Start. Answered by `RequestArrived`."""


@dataclass(frozen=True, slots=True)
class NeedPlan:
    """Planning: the Planner writes a plan. Answered by `PlanReady`, `PlanFailed`.

    `reason` is None for the first plan; then what happened: the parser's words, the log of the run up to the
    unforeseen error, or what the user said instead of an answer.
    """

    cause: PlanCause
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NeedDecision:
    """Deciding: a model chooses among `jumps` (at least two), only for free text. Answered by `DecisionMade`.

    `control` is the step's control statement. The last of `jumps` is taken when no usable choice comes.
    `outcome` is the last tool outcome and `reply` the user's answer where the step asked for one.
    """

    step: PlanStep
    control: str
    jumps: tuple[Jump, ...]
    outcome: Outcome | None
    reply: str | None


@dataclass(frozen=True, slots=True)
class NeedArguments:
    """Executing: the Executor fills the step's tool. Answered by `ArgumentsReady`, `ArgumentsMissing`.

    `asked` names what the user has just been asked for.
    """

    step: PlanStep
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedCall:
    """Executing: the step's tool is called with these arguments. Answered by `CallReturned`."""

    step: PlanStep
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NeedUtterance:
    """Interacting: the Interactor speaks. Answered by `UtteranceReady`.

    kind      what to say
    step      the step's instruction (`step`)
    ask       ask for `parameters` of the step's tool
    close     the plan ended at a tool or a question: report how it went (`step` is the last one)
    give_up   say honestly that the request was not fulfilled, and `reason`
    """

    kind: UtteranceKind
    step: PlanStep | None = None
    parameters: tuple[str, ...] = ()
    reason: str | None = None
    expects_reply: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class NeedReply:
    """AwaitingInput. Answered by `ReplyArrived`, `UserSilent`, `UserChangedMind`."""

    step: PlanStep
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """End. `told` is false only when the run was cut off before a final utterance."""

    ending: Ending
    reason: str
    told: bool


Need = NeedRequest | NeedPlan | NeedDecision | NeedArguments | NeedCall | NeedUtterance | NeedReply | Finished

_STOP: Final[frozenset[type[Event]]] = frozenset({Cancelled, BudgetSpent})

ANSWERS: Final[Mapping[type[Need], frozenset[type[Event]]]] = MappingProxyType(
    {
        NeedRequest: _STOP | {RequestArrived},
        NeedPlan: _STOP | {PlanReady, PlanFailed},
        NeedDecision: _STOP | {DecisionMade},
        NeedArguments: _STOP | {ArgumentsReady, ArgumentsMissing},
        NeedCall: _STOP | {CallReturned},
        NeedUtterance: _STOP | {UtteranceReady},
        NeedReply: _STOP | {ReplyArrived, UserSilent, UserChangedMind},
        Finished: frozenset(),
    }
)

# An event moves a run at most twice, and giving up takes two transitions more; its words take one model call.
_KEPT: Final[Mapping[Resource, int]] = MappingProxyType({"transitions": 4, "model_calls": 2})


def shortage(budget: Budget, need: Need) -> Resource | None:
    """Name what the budget no longer has for this need and an honest end after it. A final utterance lacks nothing."""
    resources: tuple[Resource, ...]
    match need:
        case Finished() | NeedUtterance(final=True):
            return None
        case NeedArguments():
            resources = ("transitions", "model_calls", "tool_calls")
        case NeedCall():
            resources = ("transitions", "tool_calls")
        case NeedReply() | NeedUtterance(expects_reply=True):
            resources = ("transitions", "model_calls", "replies")
        case NeedRequest() | NeedPlan() | NeedDecision() | NeedUtterance():
            resources = ("transitions", "model_calls")
    for resource in resources:
        if budget.left(resource) < _KEPT.get(resource, 1):
            return resource
    return None

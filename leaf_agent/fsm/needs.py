"""What an engine waits for: one dataclass per need. Each names the events that answer it.

`Cancelled` and `BudgetSpent` answer every need but `Finished`, `UserChangedMind` every one after the request.
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
    CallConfirmed,
    CallDeclined,
    CallReturned,
    Cancelled,
    ConfirmationNeeded,
    DecisionMade,
    Event,
    PlanFailed,
    PlanReady,
    ReadingsStale,
    ReplyArrived,
    RequestArrived,
    UserChangedMind,
    UserSilent,
    UtteranceReady,
)
from leaf_agent.plan.conditions import Outcome
from leaf_agent.plan.language import Jump, PlanStep

PlanCause = Literal["request", "unusable_plan", "unforeseen_error", "changed_request"]
UtteranceKind = Literal["step", "ask", "confirm", "close", "give_up"]
Ending = Literal["done", "gave_up", "cancelled"]


@dataclass(frozen=True, slots=True)
class NeedRequest:
    """Start. Answered by `RequestArrived`."""


@dataclass(frozen=True, slots=True)
class NeedPlan:
    """Planning: the Planner writes a plan. Answered by `PlanReady`, `PlanFailed`.

    `reason` is None for the first plan; then what happened: the parser's words, or the calls so far with their
    outcomes and what the user said, a line each, the newest last.
    """

    cause: PlanCause
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NeedDecision:
    """Deciding: a model chooses among `jumps` (at least two). Answered by `DecisionMade`.

    Only for free text, unless the engine leaves all conditions to the model. `control` is the step's control
    statement. The last of `jumps` is taken when no usable choice comes.
    `outcome` is the last tool outcome and `reply` the user's answer where the step asked for one.
    """

    step: PlanStep
    control: str
    jumps: tuple[Jump, ...]
    outcome: Outcome | None
    reply: str | None


@dataclass(frozen=True, slots=True)
class NeedArguments:
    """Executing: the Executor fills the step's tool.

    Answered by `ArgumentsReady`, `ConfirmationNeeded`, `ArgumentsMissing`.

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
    """Interacting: the Interactor speaks. Answered by `UtteranceReady`, or by `ReadingsStale` when facts are told.

    kind      what to say
    step      the step's instruction (`step`)
    ask       ask for `parameters` of the step's tool
    confirm   ask whether the step's tool may be called with `arguments`
    close     the plan ended at a tool or a question: report how it went (`step` is the last one)
    give_up   say honestly that the request was not fulfilled, and `reason`
    """

    kind: UtteranceKind
    step: PlanStep | None = None
    parameters: tuple[str, ...] = ()
    arguments: Mapping[str, Any] | None = None
    reason: str | None = None
    expects_reply: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class NeedReply:
    """AwaitingInput. Answered by `ReplyArrived`, `UserSilent`, `UserChangedMind`."""

    step: PlanStep
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedConsent:
    """AwaitingInput: does the user agree to the call? Answered by `CallConfirmed`, `CallDeclined`, `UserSilent`."""

    step: PlanStep
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """End. `told` is false only when the run was cut off before a final utterance."""

    ending: Ending
    reason: str
    told: bool


Need = (
    NeedRequest
    | NeedPlan
    | NeedDecision
    | NeedArguments
    | NeedCall
    | NeedUtterance
    | NeedReply
    | NeedConsent
    | Finished
)

_STOP: Final[frozenset[type[Event]]] = frozenset({Cancelled, BudgetSpent})
_ANY: Final[frozenset[type[Event]]] = _STOP | {UserChangedMind}

ANSWERS: Final[Mapping[type[Need], frozenset[type[Event]]]] = MappingProxyType(
    {
        NeedRequest: _STOP | {RequestArrived},
        NeedPlan: _ANY | {PlanReady, PlanFailed},
        NeedDecision: _ANY | {DecisionMade},
        NeedArguments: _ANY | {ArgumentsReady, ArgumentsMissing, ConfirmationNeeded},
        NeedCall: _ANY | {CallReturned},
        NeedUtterance: _ANY | {UtteranceReady, ReadingsStale},
        NeedReply: _ANY | {ReplyArrived, UserSilent},
        NeedConsent: _ANY | {CallConfirmed, CallDeclined, UserSilent},
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
        case NeedReply() | NeedConsent() | NeedUtterance(expects_reply=True):
            resources = ("transitions", "model_calls", "replies")
        case NeedRequest() | NeedPlan() | NeedDecision() | NeedUtterance():
            resources = ("transitions", "model_calls")
    for resource in resources:
        if budget.left(resource) < _KEPT.get(resource, 1):
            return resource
    return None

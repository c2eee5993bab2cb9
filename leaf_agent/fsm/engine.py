"""The decision engine: walks a plan from event to event. It calls no model and writes no text to the user."""

from __future__ import annotations

from typing import Final

from leaf_agent.fsm.budget import Budget, Limits
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
from leaf_agent.fsm.machine import ENGINE, Signal, State, Transition
from leaf_agent.fsm.needs import (
    ANSWERS,
    Ending,
    Finished,
    Need,
    NeedArguments,
    NeedCall,
    NeedDecision,
    NeedPlan,
    NeedReply,
    NeedRequest,
    NeedUtterance,
    PlanCause,
    shortage,
)
from leaf_agent.plan.checks import check_plan, destination
from leaf_agent.plan.conditions import Outcome, judge
from leaf_agent.plan.language import ErrorCondition, FreeText, Jump, Plan, PlanError, PlanStep

_LOG_LINES: Final = 12
_LOG_WIDTH: Final = 200


class IllegalEvent(RuntimeError):  # noqa: N818 - the name says it
    """A driver's mistake: an event that does not answer the engine's need."""


class Engine:
    """The control state of one request.

    Look at `need`, do what it asks for, and `handle` the event that came of it, until `need` is `Finished`. Every run
    ends within its `limits`, whatever the events say, and unless it is cancelled or cut off, with a final utterance.
    """

    __slots__ = (
        "_after", "_arguments_asked", "_questions", "_trouble",
        "budget", "last", "log", "need", "outcomes", "plan", "reply", "state", "trace",
    )  # fmt: skip

    def __init__(self, limits: Limits | None = None) -> None:
        self.state = State.START
        self.need: Need = NeedRequest()
        self.plan: Plan | None = None
        self.budget = Budget(limits or Limits())
        self.trace: list[Transition] = []
        self.last: Outcome | None = None
        self.outcomes: dict[int, Outcome] = {}
        self.reply: str | None = None
        self.log: list[str] = []
        self._arguments_asked: dict[tuple[str, str], int] = {}  # (tool, parameter) -> asks
        self._questions: dict[int, int] = {}  # number of an ask step -> asks since its last answer
        self._after: Jump | None = None  # where to go once the current tell step is spoken
        self._trouble: str | None = None  # the error that led to the current replan

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return isinstance(self.need, Finished)

    @property
    def pc(self) -> int | None:
        """The number of the plan's step at hand; None while there is none."""
        step: PlanStep | None = getattr(self.need, "step", None)
        return None if step is None else step.number

    def legal_events(self) -> frozenset[type[Event]]:
        """List the kinds of event that `handle` takes now."""
        return ANSWERS[type(self.need)]

    def handle(self, event: Event) -> Need:
        """Take an event and return what is needed next. Raises `IllegalEvent` when it does not answer the need."""
        if type(event) not in self.legal_events():
            legal = ", ".join(sorted(kind.__name__ for kind in self.legal_events())) or "no event"
            raise IllegalEvent(f"{type(event).__name__} in {self.state} with {self.need}; it takes {legal}")
        self._take(event)
        self._keep_budget()
        return self.need

    def _take(self, event: Event) -> None:
        match event, self.need:
            case RequestArrived(text), _:
                self._move(Signal.REQUEST_ARRIVED, detail=text)
                self.need = NeedPlan("request")
            case PlanReady(plan), _:
                self.budget.spend("model_calls")
                self._take_plan(plan)
            case PlanFailed(reason), _:
                self.budget.spend("model_calls")
                self._refuse_plan(reason)
            case DecisionMade(jump), NeedDecision() as need:
                self.budget.spend("model_calls")
                self._take_decision(jump, need)
            case ArgumentsReady(arguments), NeedArguments(step):
                self.budget.spend("model_calls")
                self._move(Signal.ARGUMENTS_READY)
                self.need = NeedCall(step, arguments)
            case ArgumentsMissing(names), NeedArguments(step):
                self.budget.spend("model_calls")
                self._move(Signal.ARGUMENTS_MISSING, detail=", ".join(names))
                self._ask_parameters(step, names)
            case CallReturned() as returned, NeedCall(step):
                self.budget.spend("tool_calls")
                self._take_result(step, returned)
            case UtteranceReady(), NeedUtterance() as need:
                self.budget.spend("model_calls")
                self._spoken(need)
            case ReplyArrived(text), NeedReply() as need if text.strip():
                self.budget.spend("replies")
                self._take_reply(text, need)
            case ((ReplyArrived() | UserSilent()), NeedReply() as need):
                self.budget.spend("replies")
                self._move(Signal.USER_SILENT)
                if need.step.kind == "tool":
                    self._ask_parameters(need.step, need.parameters)
                else:
                    self._ask_question(need.step)
            case UserChangedMind(text), _:
                self.budget.spend("replies")
                self._note(f"user: {text}")
                self._arguments_asked.clear()  # bounded by the replies
                self._trouble = None
                self._move(Signal.USER_CHANGED_MIND, detail=text)
                self._plan_again("changed_request", text)
            case Cancelled(reason), _:
                self._move(Signal.CANCELLED, detail=reason)
                self._finish("cancelled", reason, told=False)
            case BudgetSpent(reason), _:
                self._stop(reason)

    # -- Planning

    def _take_plan(self, plan: Plan) -> None:
        if len(plan) > self.budget.limits.plan_steps:
            self._refuse_plan(f"the plan has {len(plan)} steps; at most {self.budget.limits.plan_steps} are allowed")
            return
        try:
            check_plan(plan)
        except PlanError as error:
            self._refuse_plan(str(error))
            return
        self.plan = plan
        self.last = None
        self.outcomes.clear()
        self._questions.clear()
        self._move(Signal.PLAN_READY, detail=f"{len(plan)} steps")
        self._enter(1)

    def _refuse_plan(self, reason: str) -> None:
        self._note(f"no usable plan: {reason}")
        if self.budget.left("replans") > 0:
            self.budget.spend("replans")
            self._move(Signal.PLAN_FAILED, "replan left", reason)
            self._plan_again("unusable_plan", reason)
        else:
            self._move(Signal.PLAN_FAILED, "no replan left", reason)
            self._give_up(self._trouble or "I found no plan that works for this request")

    def _plan_again(self, cause: PlanCause, reason: str) -> None:
        self.plan = None
        self.reply = None
        self.need = NeedPlan(cause, reason)

    # -- Deciding

    def _enter(self, number: int) -> None:
        """Begin a step of the plan. In Deciding."""
        step = self._plan().steps[number - 1]  # exists: `check_plan` has seen every target
        if step.kind == "tool":
            self._move(Signal.TOOL_STEP, detail=f"step {number}: {step.tool}")
            self.need = NeedArguments(step)
        elif step.kind == "ask":
            self._ask_question(step)
        else:
            # Decided before speaking: words change no outcome, and the Interactor must know which are the last.
            self._leave(step)

    def _leave(self, step: PlanStep) -> None:
        """Resolve the step's control statement on the last outcome. In Deciding."""
        jumps: list[Jump] = []
        for clause in step.clauses:
            if clause.condition is None:
                jumps.append(clause.jump)
                break
            judgement = judge(clause.condition, self.last, self.outcomes)
            if judgement.unknown:
                self._note(f"step {step.number}: {judgement.why}")
            if judgement.holds is not False:
                jumps.append(clause.jump)
            if judgement.holds:
                break
        offered: list[Jump] = []
        for jump in reversed(jumps):  # of several jumps to one place the last stays, and so the default comes last
            if self._place(step, jump) not in [self._place(step, other) for other in offered]:
                offered.insert(0, jump)
        if len(offered) == 1:
            self._follow(step, offered[0])
        else:
            self.need = NeedDecision(step, step.control, tuple(offered), self.last, self.reply)

    def _take_decision(self, jump: Jump | None, need: NeedDecision) -> None:
        chosen = need.jumps[-1]
        usable = False
        for offered in need.jumps if jump is not None else ():
            if jump is not None and self._place(need.step, offered) == self._place(need.step, jump):
                chosen, usable = offered, True
        self._move(Signal.DECISION_MADE, detail=str(chosen) if usable else f"no usable choice: {chosen}")
        self._follow(need.step, chosen)

    def _follow(self, step: PlanStep, jump: Jump) -> None:
        """Go where the control statement leads; a tell step is spoken first. In Deciding."""
        if step.kind == "tell":
            self._after = jump
            self._move(Signal.DIALOG_STEP, detail=f"step {step.number}: tell")
            self.need = NeedUtterance("step", step, final=self._place(step, jump) is None)
        else:
            self._go(step, jump)

    def _go(self, step: PlanStep, jump: Jump) -> None:
        place = self._place(step, jump)
        if place is not None:
            self._enter(place)
        elif step.kind == "tell":
            self._move(Signal.PLAN_COMPLETE, "user was told")
            self._finish("done", "the plan is complete", told=True)
        else:
            self._move(Signal.PLAN_COMPLETE, "user was not told")
            self.need = NeedUtterance("close", step, final=True)

    def _ask_parameters(self, step: PlanStep, names: tuple[str, ...]) -> None:
        """Ask the user for what the step's tool lacks, unless that has been done often enough. In Deciding."""
        keys = [(step.tool or "", name) for name in dict.fromkeys(names) or ("",)]
        hopeless = [key[1] for key in keys if self._asked(key) >= self.budget.limits.asks]
        if hopeless:
            self._move(Signal.HOPELESS, detail=f"asked often enough: {', '.join(hopeless)}")
            self._give_up(
                f"{step.tool} needs {' and '.join(filter(None, hopeless)) or 'something'}, which I do not know"
            )
            return
        for key in keys:
            self._arguments_asked[key] = self._asked(key) + 1
        self._move(Signal.PARAMETERS_MISSING, detail=", ".join(names))
        self.need = NeedUtterance("ask", step, tuple(dict.fromkeys(names)), expects_reply=True)

    def _ask_question(self, step: PlanStep) -> None:
        """Ask what an ask step of the plan asks, unless it has got no answer often enough. In Deciding."""
        asked = self._questions.get(step.number, 0)
        if asked >= self.budget.limits.asks:
            self._move(Signal.HOPELESS, detail=f"no answer to step {step.number}")
            self._give_up("I got no answer to my question")
            return
        self._questions[step.number] = asked + 1
        self._move(Signal.DIALOG_STEP, detail=f"step {step.number}: ask")
        self.need = NeedUtterance("step", step, expects_reply=True)

    # -- back from Executing, Interacting, AwaitingInput

    def _take_result(self, step: PlanStep, returned: CallReturned) -> None:
        said = "ok" if returned.ok else str(returned.code)
        self._note(f"step {step.number} {step.tool}: {said} {returned.message}".rstrip())
        self._move(Signal.CALL_RETURNED, detail=said)
        codes = {clause.condition.code for clause in step.clauses if isinstance(clause.condition, ErrorCondition)}
        if not returned.ok and returned.code == "missing_argument" and returned.code not in codes:
            named = returned.data.get("argument")  # where a toolbox says what it misses
            self._ask_parameters(step, returned.missing or ((named,) if isinstance(named, str) else ()))
            return
        self.last = Outcome(step.number, step.tool or "", returned.ok, returned.code, returned.data, returned.message)
        self.outcomes[step.number] = self.last
        foreseen = (
            None in codes
            or returned.code in codes
            or any(isinstance(clause.condition, FreeText) for clause in step.clauses)
        )
        if returned.ok or foreseen:
            self._leave(step)
            return
        self._trouble = f"{step.tool} failed ({said})" + (f": {returned.message}" if returned.message else "")
        if self.budget.left("replans") > 0:
            self.budget.spend("replans")
            self._move(Signal.UNFORESEEN_ERROR, "replan left", said)
            self._plan_again("unforeseen_error", "\n".join(self.log[-_LOG_LINES:]))
        else:
            self._move(Signal.UNFORESEEN_ERROR, "no replan left", said)
            self._give_up(self._trouble)

    def _spoken(self, need: NeedUtterance) -> None:
        if need.kind in ("close", "give_up"):
            self._move(Signal.UTTERANCE_READY, "closing")
            if need.kind == "close":
                self._finish("done", "the plan is complete", told=True)
            else:
                self._finish("gave_up", need.reason or "", told=True)
        elif need.expects_reply and need.step is not None:
            self._move(Signal.UTTERANCE_READY, "asked")
            self.need = NeedReply(need.step, need.parameters)
        elif need.step is not None and self._after is not None:
            self._move(Signal.UTTERANCE_READY, "told")
            self._go(need.step, self._after)

    def _take_reply(self, text: str, need: NeedReply) -> None:
        self.reply = text
        self._note(f"user: {text}")
        if need.step.kind == "tool":
            self._move(Signal.REPLY_ARRIVED, "call pending", text)
            self.need = NeedArguments(need.step, need.parameters)
        else:
            self._questions.pop(need.step.number, None)
            self._move(Signal.REPLY_ARRIVED, "question of the plan", text)
            self._leave(need.step)

    # -- bounds and the end

    def _keep_budget(self) -> None:
        """Give up as soon as what is needed next is no longer in the budget. A final utterance always is."""
        short = shortage(self.budget, self.need)
        if short is not None:
            self._stop(self.budget.complaint(short))

    def _stop(self, reason: str) -> None:
        if isinstance(self.need, NeedUtterance) and self.need.kind == "give_up":
            self._move(Signal.BUDGET_SPENT, "giving up", reason)
            self._finish("gave_up", reason, told=False)
            return
        self._move(Signal.BUDGET_SPENT, "not yet giving up" if self.state is State.INTERACTING else "", reason)
        self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        self.need = NeedUtterance("give_up", reason=reason, final=True)

    def _finish(self, ending: Ending, reason: str, *, told: bool) -> None:
        self.need = Finished(ending, reason, told)

    # -- small parts

    def _move(self, signal: Signal, guard: str = "", detail: str = "") -> None:
        target = ENGINE.target(self.state, signal, guard)
        self.trace.append(Transition(self.state, signal, target, _clip(detail)))
        if target is not self.state:  # what stays in a state is bounded by the model calls
            self.budget.spend("transitions")
        self.state = target

    def _note(self, line: str) -> None:
        self.log.append(_clip(line))

    def _asked(self, key: tuple[str, str]) -> int:
        return self._arguments_asked.get(key, 0)

    def _place(self, step: PlanStep, jump: Jump) -> int | None:
        return destination(self._plan(), step, jump)

    def _plan(self) -> Plan:
        assert self.plan is not None, "only Planning has no plan"
        return self.plan


def _clip(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LOG_WIDTH else line[: _LOG_WIDTH - 3] + "..."

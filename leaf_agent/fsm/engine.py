"""The decision engine: walks a plan from event to event. It calls no model and writes no text to the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
from leaf_agent.fsm.history import call_text, clip
from leaf_agent.fsm.junction import named_jumps, open_jumps
from leaf_agent.fsm.machine import Signal, State
from leaf_agent.fsm.needs import (
    ANSWERS,
    Need,
    NeedArguments,
    NeedCall,
    NeedConsent,
    NeedDecision,
    NeedPlan,
    NeedReply,
    NeedUtterance,
    PlanCause,
)
from leaf_agent.fsm.run import Run
from leaf_agent.plan.checks import check_plan
from leaf_agent.plan.conditions import Outcome
from leaf_agent.plan.language import ErrorCondition, FreeText, Jump, Plan, PlanError, PlanStep


class IllegalEvent(RuntimeError):  # noqa: N818 - the name says it
    """A driver's mistake: an event that does not answer the engine's need."""


class Engine(Run):
    """The control state of one request.

    Look at `need`, do what it asks for, and `handle` the event that came of it, until `need` is `Finished`. Every run
    ends within its `limits`, whatever the events say, and unless it is cancelled or cut off, with a final utterance.
    With `conditions` "model", no condition is judged here: a `NeedDecision` leaves every choice of a place to a model.
    """

    __slots__ = ()

    def can_reread(self, count: int) -> bool:
        """Whether so many readings may be refreshed before the utterance at hand, without costing the run its end."""
        telling = isinstance(self.need, NeedUtterance) and self.need.kind == "step" and not self.need.expects_reply
        room = self.budget.left("transitions") >= 2 * count + 5
        return telling and count > 0 and room and self.budget.left("tool_calls") >= count

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
                self._call(step, arguments)
            case ConfirmationNeeded(arguments), NeedArguments(step):
                self.budget.spend("model_calls")
                self._move(Signal.CONFIRMATION_NEEDED)
                self._ask_consent(step, arguments)
            case ArgumentsMissing(names), NeedArguments(step):
                self.budget.spend("model_calls")
                self._move(Signal.ARGUMENTS_MISSING, detail=", ".join(names))
                self._ask_parameters(step, names)
            case CallReturned() as returned, NeedCall() as need:
                self.budget.spend("tool_calls")
                self._take_result(need, returned)
            case UtteranceReady(), NeedUtterance() as need:
                self.budget.spend("model_calls")
                self._spoken(need)
            case ReadingsStale(steps), NeedUtterance() as need:
                self._call_again(steps, need)
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
            case CallConfirmed(), NeedConsent(step, arguments):
                self.budget.spend("replies")
                self._history.user("yes")
                self._move(Signal.CALL_CONFIRMED)
                self._call(step, arguments, consented=True)
            case CallDeclined(), NeedConsent(step, arguments):
                self.budget.spend("replies")
                self._history.user("no")
                self._move(Signal.CALL_DECLINED)
                self._give_up(f"you did not agree to {call_text(step.tool or '', arguments)}")
            case UserSilent(), NeedConsent(step, arguments):
                self.budget.spend("replies")
                self._move(Signal.USER_SILENT)
                self._ask_consent(step, arguments)
            case UserChangedMind(text), _:
                self._change_mind(text)
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
        self._calls.clear()
        self._taken.clear()
        self._move(Signal.PLAN_READY, detail=f"{len(plan)} steps")
        self._enter(1)

    def _refuse_plan(self, reason: str) -> None:
        self._history.note(f"no usable plan: {reason}")
        if self.budget.left("replans") > 0:
            self.budget.spend("replans")
            self._move(Signal.PLAN_FAILED, "replan left", reason)
            # What was done before must not be done again by a plan that knows only why the last one was refused.
            self._plan_again("unusable_plan", "\n".join(filter(None, (self.happened, reason))))
        else:
            self._move(Signal.PLAN_FAILED, "no replan left", reason)
            self._give_up(self._trouble or "I found no plan that works for this request")

    def _plan_again(self, cause: PlanCause, reason: str) -> None:
        self.plan = None
        self.reply = None
        self._retelling = None
        self.need = NeedPlan(cause, reason)

    def _change_mind(self, text: str) -> None:
        self._history.user(text)
        if isinstance(self.need, NeedUtterance) and self.need.kind == "give_up":
            self._move(Signal.USER_CHANGED_MIND, "giving up", text)
            return
        for resource in ("replies", "transitions"):
            if self.budget.left(resource) < (1 if resource == "replies" else 5):  # one, and four for an honest end
                self._stop(self.budget.complaint(resource))
                return
        self.budget.spend("replies")
        self._asks.clear()  # bounded by the replies
        self._trouble = None
        guard = "not yet giving up" if self.state is State.INTERACTING else ""
        self._move(Signal.USER_CHANGED_MIND, guard, text)
        self._plan_again("changed_request", self.happened)

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
        offered, notes = self._jumps(step)
        for note in notes:
            self._history.note(note)
        if len(offered) == 1:
            self._follow(step, offered[0])
        else:
            self.need = NeedDecision(step, step.control, offered, self.last, self.reply)

    def _jumps(self, step: PlanStep) -> tuple[tuple[Jump, ...], tuple[str, ...]]:
        if self._conditions == "model":
            return named_jumps(self._plan(), step), ()
        return open_jumps(self._plan(), step, self.last, self.outcomes)

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
        self._taken[step.number] = place
        if place is not None:
            self._enter(place)
        elif step.kind == "tell":
            self._move(Signal.PLAN_COMPLETE, "user was told")
            self._finish("done", "the plan is complete", told=True)
        else:
            self._move(Signal.PLAN_COMPLETE, "user was not told")
            self.need = NeedUtterance("close", step, final=True)

    # -- back from Executing, Interacting, AwaitingInput

    def _call(self, step: PlanStep, arguments: Mapping[str, Any], *, consented: bool = False) -> None:
        self._calls[step.number] = arguments
        self._consented = consented
        self.need = NeedCall(step, arguments)

    def _take_result(self, need: NeedCall, returned: CallReturned) -> None:
        step = need.step
        said = "ok" if returned.ok else str(returned.code)
        self._history.call(step.tool or "", need.arguments, said if returned.ok else f"{said} {returned.message}")
        self._move(Signal.CALL_RETURNED, detail=said)
        if returned.heard:
            self._change_mind(returned.heard)
            return
        if self._retelling is not None:
            self._take_fresh(step, returned, self._retelling)
            return
        codes = {clause.condition.code for clause in step.clauses if isinstance(clause.condition, ErrorCondition)}
        if not returned.ok and returned.code == "missing_argument" and returned.code not in codes:
            named = returned.data.get("argument")  # where a toolbox says what it misses
            self._ask_parameters(step, returned.missing or ((named,) if isinstance(named, str) else ()))
            return
        if returned.code == "confirmation_required" and returned.code not in codes and not self._consented:
            self._ask_consent(step, need.arguments)
            return
        self._keep(step, returned)
        foreseen = (
            None in codes
            or returned.code in codes
            or any(isinstance(clause.condition, FreeText) for clause in step.clauses)
        )
        if returned.ok or foreseen:
            self._leave(step)
            return
        self._trouble = f"{step.tool} failed ({said})" + (f": {clip(returned.message)}" if returned.message else "")
        if self.budget.left("replans") > 0:
            self.budget.spend("replans")
            self._move(Signal.UNFORESEEN_ERROR, "replan left", said)
            self._plan_again("unforeseen_error", self.happened)
        else:
            self._move(Signal.UNFORESEEN_ERROR, "no replan left", said)
            self._give_up(self._trouble)

    def _keep(self, step: PlanStep, returned: CallReturned) -> None:
        self.last = Outcome(step.number, step.tool or "", returned.ok, returned.code, returned.data, returned.message)
        self.outcomes[step.number] = self.last

    def _call_again(self, steps: tuple[int, ...], need: NeedUtterance) -> None:
        """Call steps of the plan once more before a tell step is spoken. In Interacting."""
        unknown = [number for number in steps if number not in self._calls]
        if unknown or not self.can_reread(len(steps)):
            raise IllegalEvent(
                f"ReadingsStale{steps} before {need}: not called yet: {unknown}, or no room to read again"
            )
        self._retelling = need.step
        self._rereading = steps
        self._move(Signal.READINGS_STALE, detail=", ".join(f"step {number}" for number in steps))
        self._reread_next()

    def _reread_next(self) -> None:
        number, *rest = self._rereading
        self._rereading = tuple(rest)
        self.need = NeedCall(self._plan().steps[number - 1], self._calls[number])

    def _take_fresh(self, step: PlanStep, returned: CallReturned, telling: PlanStep) -> None:
        """Take a reading anew; where it now leads elsewhere, the plan is walked from there. In Deciding."""
        before = self.last
        if returned.ok:  # else the older reading stands
            self._keep(step, returned)
            jumps, _ = self._jumps(step)
            if [self._place(step, jump) for jump in jumps] != [self._taken.get(step.number)] and len(jumps) == 1:
                self._retelling, self._rereading = None, ()
                self._leave(step)
                return
            if before is not None and before.step != step.number:
                self.last = before
        if self._rereading:
            self._move(Signal.TOOL_STEP, detail="read again")
            self._reread_next()
        else:
            self._retelling = None
            self._enter(telling.number)

    def _spoken(self, need: NeedUtterance) -> None:
        if need.kind in ("close", "give_up"):
            self._move(Signal.UTTERANCE_READY, "closing")
            if need.kind == "close":
                self._finish("done", "the plan is complete", told=True)
            else:
                self._finish("gave_up", need.reason or "", told=True)
        elif need.expects_reply and need.step is not None:
            self._move(Signal.UTTERANCE_READY, "asked")
            consent = need.kind == "confirm"
            self.need = (
                NeedConsent(need.step, need.arguments or {}) if consent else NeedReply(need.step, need.parameters)
            )
        elif need.step is not None and self._after is not None:
            self._move(Signal.UTTERANCE_READY, "told")
            self._go(need.step, self._after)

    def _take_reply(self, text: str, need: NeedReply) -> None:
        self.reply = text
        self._history.user(text)
        if need.step.kind == "tool":
            self._move(Signal.REPLY_ARRIVED, "call pending", text)
            self.need = NeedArguments(need.step, need.parameters)
        else:
            self._asks.answered(need.step)
            self._move(Signal.REPLY_ARRIVED, "question of the plan", text)
            self._leave(need.step)

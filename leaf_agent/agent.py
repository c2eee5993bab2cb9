"""LEAF: the engine decides what is needed, the experts supply it, the blackboard remembers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from leaf_agent.backends.base import Backend, Completion, Request
from leaf_agent.blackboard import Blackboard, Output
from leaf_agent.config import Expert, LeafConfig
from leaf_agent.experts.decider import Decider
from leaf_agent.experts.executor import Executor
from leaf_agent.experts.interactor import Interactor
from leaf_agent.experts.planner import Planner
from leaf_agent.experts.shortlist import Picks
from leaf_agent.freshness import as_of, done, stale
from leaf_agent.fsm.engine import Engine
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
    PlanFailed,
    PlanReady,
    ReadingsStale,
    ReplyArrived,
    RequestArrived,
    UserChangedMind,
    UserSilent,
    UtteranceReady,
)
from leaf_agent.fsm.needs import (
    Finished,
    NeedArguments,
    NeedCall,
    NeedConsent,
    NeedDecision,
    NeedPlan,
    NeedReply,
    NeedRequest,
    NeedUtterance,
)
from leaf_agent.grounded_ahead import GroundedAhead
from leaf_agent.intents import consent, remark_intent, reply_intent
from leaf_agent.last_words import consent_question, could_not, farewell
from leaf_agent.plan.language import PlanError, PlanStep, format_plan
from leaf_agent.policy import Policy
from leaf_agent.story import StoryEvent, StoryKind, Usage
from tools_api.messages import AgentMessage, Notification, Observation, ToolCall, ToolResult, UserMessage
from tools_api.spec import ToolSpec

Thought = Generator[list[Request], list[Completion], ToolCall | AgentMessage]


class LeafAgent:
    """One conversation with one user about one plant.

    `think` is a generator, so that a runner can advance many agents in lockstep and serve their requests with one
    call of the backend; `act` drives a single agent. The agent sees tool specs and observations, never the plant.
    """

    def __init__(
        self,
        backend: Backend,
        specs: Sequence[ToolSpec],
        config: LeafConfig | None = None,
        listener: Callable[[StoryEvent], None] | None = None,
        shortlist: Picks | None = None,
    ) -> None:
        self.backend = backend
        self.config = config or LeafConfig()
        self._specs = {spec.name: spec for spec in specs}
        self._policy = Policy(specs, self.config.confirm)
        self._planner = Planner(specs, self.config, shortlist)
        self._executor = Executor(self.config)
        self._interactor = Interactor(self.config)
        self._decider = Decider(self.config)
        self._listener = listener
        self.reset()

    def reset(self) -> None:
        """Forget everything and wait for a request."""
        self.engine = Engine(conditions=self.config.conditions)
        self.board = Blackboard()
        self.usage = Usage()
        self._ahead = GroundedAhead(self._executor, self._specs)
        self._narrated = 0
        self._begun = self._now = ""
        self._reread: set[int] = set()  # steps that were read again for the utterance at hand

    def cancel(self, reason: str = "cancelled") -> None:
        """End the run from outside; the next action is the farewell."""
        if not self.engine.finished:
            self.engine.handle(Cancelled(reason))

    def stop(self, reason: str) -> None:
        """End the run from outside with an honest message: `reason` is what was used up."""
        need = self.engine.need
        if not self.engine.finished and not (isinstance(need, NeedUtterance) and need.final):
            self.engine.handle(BudgetSpent(reason))

    def act(self, observation: Observation) -> ToolCall | AgentMessage:
        """Return the next action, asking this agent's own backend for what the experts must say."""
        thought = self.think(observation)
        answer: Callable[[], list[Request]] = thought.__next__
        while True:
            try:
                requests = answer()
            except StopIteration as stop:
                action: ToolCall | AgentMessage = stop.value
                return action
            answer = partial(thought.send, self.backend.complete(requests))

    def think(self, observation: Observation) -> Thought:
        """Yield lists of requests, be sent their completions in order, return the action."""
        self._absorb(observation)
        while True:
            self._keep_bounds()
            self._narrate()
            need = self.engine.need
            match need:
                case NeedPlan():
                    yield from self._plan(need)
                case NeedDecision():
                    labels = {str(jump): jump for jump in need.jumps}
                    request = self._decider.request(need.control, list(labels), self.board, need.reply)
                    (text,) = yield from self._ask("engine", [request])
                    self.engine.handle(DecisionMade(labels.get(text.strip())))
                case NeedArguments():
                    yield from self._ground(need)
                case NeedCall():
                    return ToolCall(name=str(need.step.tool), arguments=dict(need.arguments))
                case NeedUtterance():
                    aged = self._aged(need)
                    again = tuple(output.step for output in aged if output.step not in self._reread)
                    if self.engine.can_reread(len(again)):
                        self._reread.update(again)
                        self.engine.handle(ReadingsStale(again))
                        continue
                    return (yield from self._speak(need, as_of(aged)))
                case NeedReply() | NeedConsent() | NeedRequest():
                    return AgentMessage(text="I am waiting for your answer.", expects_reply=True)
                case Finished(ending="cancelled"):
                    return AgentMessage(text=farewell(self._done()), final=True)
                case Finished():
                    return AgentMessage(text=f"That is all: {need.reason}.", final=True)

    # What each need takes.

    def _plan(self, need: NeedPlan) -> Generator[list[Request], list[Completion], None]:
        # After a change of mind, what happened ends with the user's words: the first request alone stands before it.
        asked = self.board.requests[0] if need.cause == "changed_request" else self.board.request
        (text,) = yield from self._ask("planner", [self._planner.request(asked, need.reason or "")])
        try:
            plan = self._planner.read(text)
        except PlanError as error:
            self.usage.refused_plans += 1
            self._tell("note", f"the plan cannot be used: {error}")
            self.engine.handle(PlanFailed(str(error)))
            return
        self._tell("plan", format_plan(plan))
        self.board.begin_plan()
        self._ahead.clear()
        self.engine.handle(PlanReady(plan))

    def _ground(self, need: NeedArguments) -> Generator[list[Request], list[Completion], None]:
        spec = self._specs[str(need.step.tool)]
        ahead = self._ahead.take(need.step)
        if not spec.parameters or ahead is not None:
            self._fill(need, {} if ahead is None else ahead)
            return
        others: tuple[PlanStep, ...] = ()
        if self.config.batch_reads and not need.asked and self.engine.plan is not None:
            others = self._ahead.beside(self.engine.plan, need.step, self.engine.budget)
        steps = (need.step, *others)
        requests = [self._executor.request(self._specs[str(s.tool)], s.instruction, self.board) for s in steps]
        text, *more = yield from self._ask("executor", requests)
        for step, written in zip(others, more, strict=True):
            if not self._ahead.keep(step, written, self.board):
                self.engine.budget.spend("model_calls")  # asked in vain; what is kept counts when it is used
        arguments, missing = self._executor.read(spec, text, self.board)
        if missing:
            self.engine.handle(ArgumentsMissing(missing))
        else:
            self._fill(need, arguments)

    def _fill(self, need: NeedArguments, arguments: dict[str, Any]) -> None:
        grave = self._policy.asks_first(str(need.step.tool))
        self.engine.handle(ConfirmationNeeded(arguments) if grave else ArgumentsReady(arguments))

    def _speak(self, need: NeedUtterance, remark: str = "") -> Generator[list[Request], list[Completion], AgentMessage]:
        if need.kind == "give_up" or need.step is None:
            # An honest end must not depend on what a small model makes of it.
            text = could_not(need.reason or "", self._done())
        elif need.kind == "confirm":
            text = consent_question(str(need.step.tool), need.arguments or {})
        else:
            if need.kind == "ask":
                spec = self._specs[str(need.step.tool)]
                request = self._interactor.ask(spec, need.parameters, need.step.instruction)
            else:
                request = self._interactor.tell(need.step.instruction, self.board)
            (written,) = yield from self._ask("interactor", [request])
            text = self._interactor.read(written) + remark
        if need.expects_reply:
            self.board.question = text
        self._reread.clear()
        self.engine.handle(UtteranceReady(text))
        self._narrate()
        return AgentMessage(text=text, expects_reply=need.expects_reply, final=need.final)

    def _ask(self, expert: Expert, requests: list[Request]) -> Generator[list[Request], list[Completion], list[str]]:
        completions = yield requests
        for completion in completions:
            self.usage.add(expert, completion.prompt_tokens, completion.output_tokens, completion.milliseconds)
        return [completion.text for completion in completions]

    def _aged(self, need: NeedUtterance) -> tuple[Output, ...]:
        """Find what a tell step would say of readings that are too old."""
        fresh_s = self.config.fresh_s
        if fresh_s is None or need.kind != "step" or need.expects_reply:
            return ()
        return stale(self.board, self._specs, self._now, fresh_s)

    def _done(self) -> list[Output]:
        return done(self.board.calls, self._specs)

    def _keep_bounds(self) -> None:
        """Bring the run to its end when tokens or plant time are used up."""
        tokens, seconds = self.config.most_tokens, self.config.most_plant_s
        if tokens is not None and self.usage.output_tokens >= tokens:
            self.stop(f"it took more than {tokens} tokens of thought")
        elif seconds is not None and self._elapsed() > seconds:
            self.stop(f"it took more than {seconds:g} seconds")

    def _elapsed(self) -> float:
        return (datetime.fromisoformat(self._now) - datetime.fromisoformat(self._begun)).total_seconds()

    # What comes in.

    def _absorb(self, observation: Observation) -> None:
        self._now = observation.time
        self._begun = self._begun or observation.time
        result: ToolResult | None = None
        replies = []
        for event in observation.events:
            match event:
                case ToolResult() if isinstance(self.engine.need, NeedCall) and result is None:
                    result = event
                case UserMessage():
                    replies.append(event.text)
                case Notification():
                    self.board.note_notice(observation.time, event.text)
                case _:
                    self._tell("note", f"unexpected: {event!r}")
        said = " ".join(replies).strip()
        match self.engine.need:
            case NeedCall() as need if result is not None:
                self._learn(need, result, said)
            case NeedRequest():
                self.board.note_request(self._now, said)
                self.engine.handle(RequestArrived(said))
            case NeedReply() as need:
                self._hear_reply(need, said)
            case NeedConsent():
                self._hear_consent(said)
            case Finished():
                pass
            case _ if said:
                self._interrupted(said)

    def _learn(self, need: NeedCall, result: ToolResult, said: str) -> None:
        """Take a tool's answer, and what the user said meanwhile."""
        note = self.board.refresh_output if self.engine.rereading else self.board.note_output
        note(need.step.number, self._now, result, need.arguments)
        missing = tuple(result.data.get("missing", ())) if result.code == "missing_argument" else ()
        intent = remark_intent(said)
        heard = said if intent == "change" else None
        if heard is not None:
            self.board.note_request(self._now, heard)
        self.engine.handle(CallReturned(result.ok, result.code, result.data, result.message, missing, heard))
        if intent == "cancel":
            self.cancel("you called it off")

    def _interrupted(self, said: str) -> None:
        """Take what the user says unasked."""
        match remark_intent(said):
            case "change":
                self._change(said)
            case "cancel":
                self.cancel("you called it off")
            case "courtesy":
                self._tell("note", f"heard: {said}")

    def _change(self, said: str) -> None:
        self.board.note_request(self._now, said)
        self.engine.handle(UserChangedMind(said))

    def _hear_reply(self, need: NeedReply, said: str) -> None:
        if not said:
            self.engine.handle(UserSilent())
            return
        parameters = self._specs[need.step.tool].parameters if need.step.tool in self._specs else ()
        asked = [parameter for parameter in parameters if parameter.name in need.parameters]
        choices = {choice for parameter in asked for choice in parameter.choices}
        others = [p.name for p in parameters if p not in asked and len(p.name) > 1]
        match reply_intent(said, self.board.question or "", choices, others):
            case "cancel":
                self.cancel("you called it off")
            case "change":
                self._change(said)
            case "answer":
                self.board.note_reply(self._now, said)
                self.engine.handle(ReplyArrived(said))

    def _hear_consent(self, said: str) -> None:
        answer = consent(said)
        if answer == "unclear" and reply_intent(said) != "answer":
            self._interrupted(said)
            return
        self.board.note_reply(self._now, said)
        match answer:
            case "yes":
                self.engine.handle(CallConfirmed())
            case "no":
                # "no, make it 60" is a no to this call, and a wish
                if reply_intent(said) == "change":
                    self._change(said)
                else:
                    self.engine.handle(CallDeclined())
            case "unclear":
                self.engine.handle(UserSilent())

    # What goes out to whoever watches.

    def _narrate(self) -> None:
        for transition in self.engine.trace[self._narrated :]:
            detail = f": {transition.detail}" if transition.detail else ""
            self._tell("state", f"{transition.source} -> {transition.target} ({transition.signal}{detail})")
        self._narrated = len(self.engine.trace)

    def _tell(self, kind: StoryKind, text: str) -> None:
        if self._listener is not None:
            self._listener(StoryEvent(kind, text))

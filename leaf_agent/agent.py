"""LEAF: the engine decides what is needed, the experts supply it, the blackboard remembers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial

from leaf_agent.backends.base import Backend, Completion, Request
from leaf_agent.blackboard import Blackboard
from leaf_agent.config import Expert, LeafConfig
from leaf_agent.experts.decider import Decider
from leaf_agent.experts.executor import Executor
from leaf_agent.experts.interactor import Interactor
from leaf_agent.experts.planner import Planner
from leaf_agent.fsm.engine import Engine
from leaf_agent.fsm.events import (
    ArgumentsMissing,
    ArgumentsReady,
    CallReturned,
    DecisionMade,
    PlanFailed,
    PlanReady,
    ReplyArrived,
    RequestArrived,
    UserSilent,
    UtteranceReady,
)
from leaf_agent.fsm.needs import (
    Finished,
    NeedArguments,
    NeedCall,
    NeedDecision,
    NeedPlan,
    NeedReply,
    NeedRequest,
    NeedUtterance,
)
from leaf_agent.plan.language import PlanError, format_plan
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
    ) -> None:
        self.backend = backend
        self.config = config or LeafConfig()
        self._specs = {spec.name: spec for spec in specs}
        self._planner = Planner(specs, self.config)
        self._executor = Executor(self.config)
        self._interactor = Interactor(self.config)
        self._decider = Decider(self.config)
        self._listener = listener
        self.reset()

    def reset(self) -> None:
        """Forget everything and wait for a request."""
        self.engine = Engine()
        self.board = Blackboard()
        self.usage = Usage()
        self._narrated = 0

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
            self._narrate()
            need = self.engine.need
            match need:
                case NeedPlan():
                    yield from self._plan(need)
                case NeedDecision():
                    labels = {str(jump): jump for jump in need.jumps}
                    request = self._decider.request(need.control, list(labels), self.board)
                    text = yield from self._ask("engine", request)
                    self.engine.handle(DecisionMade(labels.get(text.strip())))
                case NeedArguments():
                    yield from self._ground(need)
                case NeedCall():
                    return ToolCall(name=str(need.step.tool), arguments=dict(need.arguments))
                case NeedUtterance():
                    return (yield from self._speak(need))
                case NeedReply() | NeedRequest():
                    return AgentMessage(text="I am waiting for your answer.", expects_reply=True)
                case Finished():
                    return AgentMessage(text=f"That is all: {need.reason}.", final=True)

    # What each need takes.

    def _plan(self, need: NeedPlan) -> Generator[list[Request], list[Completion], None]:
        request = self._planner.request(self.board.request, need.reason or "")
        text = yield from self._ask("planner", request)
        try:
            plan = self._planner.read(text)
        except PlanError as error:
            self._tell("note", f"the plan cannot be used: {error}")
            self.engine.handle(PlanFailed(str(error)))
            return
        self._tell("plan", format_plan(plan))
        self.engine.handle(PlanReady(plan))

    def _ground(self, need: NeedArguments) -> Generator[list[Request], list[Completion], None]:
        spec = self._specs[str(need.step.tool)]
        if not spec.parameters:
            self.engine.handle(ArgumentsReady({}))
            return
        text = yield from self._ask("executor", self._executor.request(spec, need.step.instruction, self.board))
        arguments, missing = self._executor.read(spec, text, self.board)
        self.engine.handle(ArgumentsMissing(missing) if missing else ArgumentsReady(arguments))

    def _speak(self, need: NeedUtterance) -> Generator[list[Request], list[Completion], AgentMessage]:
        if need.kind == "give_up" or need.step is None:
            # An honest end must not depend on what a small model makes of it.
            text = f"I could not do this: {need.reason}."
        else:
            if need.kind == "ask":
                spec = self._specs[str(need.step.tool)]
                request = self._interactor.ask(spec, need.parameters, need.step.instruction)
            else:
                request = self._interactor.tell(need.step.instruction, self.board)
            text = self._interactor.read((yield from self._ask("interactor", request)))
        if need.expects_reply:
            self.board.question = text
        self.engine.handle(UtteranceReady(text))
        self._narrate()
        return AgentMessage(text=text, expects_reply=need.expects_reply, final=need.final)

    def _ask(self, expert: Expert, request: Request) -> Generator[list[Request], list[Completion], str]:
        (completion,) = yield [request]
        self.usage.add(expert, completion.prompt_tokens, completion.output_tokens, completion.milliseconds)
        return completion.text

    # What comes in.

    def _absorb(self, observation: Observation) -> None:
        need = self.engine.need
        replies = []
        for event in observation.events:
            match event:
                case ToolResult() if isinstance(need, NeedCall):
                    self.board.note_output(need.step.number, observation.time, event)
                    missing = tuple(event.data.get("missing", ())) if event.code == "missing_argument" else ()
                    self.engine.handle(CallReturned(event.ok, event.code, event.data, event.message, missing))
                case UserMessage():
                    replies.append(event.text)
                case Notification():
                    self.board.notifications.append(event.text)
                case _:
                    self._tell("note", f"unexpected: {event!r}")
        said = " ".join(replies).strip()
        if isinstance(need, NeedRequest):
            self.board.requests.append(said)
            self.engine.handle(RequestArrived(said))
        elif isinstance(need, NeedReply):
            if said:
                self.board.note_reply(said)
            self.engine.handle(ReplyArrived(said) if said else UserSilent())
        elif said:
            self.board.requests.append(said)

    # What goes out to whoever watches.

    def _narrate(self) -> None:
        for transition in self.engine.trace[self._narrated :]:
            detail = f": {transition.detail}" if transition.detail else ""
            self._tell("state", f"{transition.source} -> {transition.target} ({transition.signal}{detail})")
        self._narrated = len(self.engine.trace)

    def _tell(self, kind: StoryKind, text: str) -> None:
        if self._listener is not None:
            self._listener(StoryEvent(kind, text))

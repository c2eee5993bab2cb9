"""The agent that plays a task's reference: it proves that the task can be done."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from scenarios.conditions import parse_condition
from scenarios.script import ask_for, missing_slots, step_arguments, words_for
from scenarios.steps import AnyStep, Ask, Call, Say, Until, When
from scenarios.task import TaskInstance
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult, UserMessage

Turns = Generator[ToolCall | AgentMessage, Observation, None]


class _ChangedMindError(Exception):
    """The user wants something else from here on."""


class ReferenceAgent:
    """Walks the reference tree of one instance. It alone of all agents knows the task; make one for each episode.

    `ways` lists, in order, each condition met and whether it held.
    """

    def __init__(self, instance: TaskInstance) -> None:
        self._instance = instance
        self.reset()

    def reset(self) -> None:
        """Begin the instance anew."""
        self._outputs: dict[str, dict[str, Any]] = {}
        self._told: dict[str, Any] = {}
        self._error = ""
        self._ended = False
        self.ways: list[tuple[When | Until, bool]] = []
        # What was said last waits here until it is known whether it was the last word.
        self._unsaid: str | None = None
        self._turns: Turns | None = None

    def act(self, observation: Observation) -> ToolCall | AgentMessage:
        """Take the next step of the reference."""
        if self._turns is None:
            self._turns = self._play()
            return next(self._turns)
        return self._turns.send(observation)

    def _play(self) -> Turns:
        try:
            yield from self._walk(self._instance.reference)
        except _ChangedMindError:
            self._outputs, self._error, self._ended, self._unsaid = {}, "", False, None
            yield from self._walk(self._instance.revised)
        yield AgentMessage(text=self._unsaid or "That is all.", final=True)

    def _walk(self, steps: tuple[AnyStep, ...]) -> Turns:
        for step in steps:
            match step:
                case Call():
                    yield from self._call(step)
                case Until():
                    yield from self._until(step)
                case When():
                    self.ways.append((step, self._holds(step.when)))
                    yield from self._walk(step.then if self.ways[-1][1] else step.otherwise)
                case Ask():
                    yield from self._ask((step.ask,), words_for(self._instance, step, self._outputs, self._told))
                case Say():
                    yield from self._flush()
                    self._unsaid = words_for(self._instance, step, self._outputs, self._told, self._error)
            if self._ended:
                return

    def _call(self, step: Call) -> Turns:
        yield from self._use(step)
        if self._error:
            yield from self._walk(step.if_error)
            if not step.if_error:
                self._unsaid = f"I could not {step.do}: {self._error}"
            self._ended = True

    def _until(self, step: Until) -> Turns:
        for turn in range(step.at_most):
            if turn:
                yield from self._flush()
                yield ToolCall(name="wait", arguments={"seconds": step.every_s})
            yield from self._use(step)
            if not self._error and self._holds(step.until):
                self.ways.append((step, True))
                yield from self._walk(step.then)
                return
        self.ways.append((step, False))
        yield from self._walk(step.otherwise)

    def _use(self, step: Call | Until) -> Turns:
        missing = missing_slots(step, self._told)
        if missing:
            yield from self._ask(missing, ask_for(self._instance, missing))
        yield from self._flush()
        arguments = step_arguments(step, self._outputs, self._told)
        observation = yield ToolCall(name=step.call, arguments=arguments)
        self._listen(observation)
        result = next(event for event in observation.events if isinstance(event, ToolResult))
        self._error = "" if result.ok else result.message
        if result.ok and step.save is not None:
            self._outputs[step.save] = result.data

    def _ask(self, wanted: tuple[str, ...], question: str) -> Turns:
        yield from self._flush()
        observation = yield AgentMessage(text=question, expects_reply=True)
        self._listen(observation)
        for slot in wanted:
            self._told[slot] = self._instance.user.knows[slot]

    def _listen(self, observation: Observation) -> None:
        change = self._instance.change
        if change is not None and any(isinstance(e, UserMessage) and e.text == change.text for e in observation.events):
            raise _ChangedMindError

    def _flush(self) -> Turns:
        if self._unsaid is not None:
            text, self._unsaid = self._unsaid, None
            yield AgentMessage(text=text)

    def _holds(self, text: str) -> bool:
        def find(name: str) -> Any:
            saved, _, wanted = name.partition(".")
            return self._outputs[saved][wanted]

        return parse_condition(text).holds(find)

"""Demonstrations: what each expert is asked in a reference episode, and what a good expert answers.

The real agent plays the real episode; an oracle that knows the task answers in place of the model. So the prompts are
exactly those of run time, and only episodes whose verdict is success are kept: the plant vouches for the data.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from leaf_agent.agent import LeafAgent
from leaf_agent.backends.base import Completion, Request
from leaf_agent.fsm.needs import NeedArguments, NeedCall, NeedPlan, NeedReply, NeedUtterance
from scenarios.episode import Episode
from scenarios.script import OracleScript
from scenarios.task import TaskInstance
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, ToolCall, ToolResult, UserMessage


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One prompt of one expert with the answer to learn, and where it comes from."""

    expert: str
    prompt: str
    completion: str
    task: str
    seed: int
    split: str

    def to_json(self) -> str:
        """Return the demonstration as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(slots=True)
class Tally:
    """How the episodes ended, by task, and why some were not kept."""

    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)


class Teacher:
    """Plays one instance with the oracle's answers and keeps what was asked."""

    def __init__(self, instance: TaskInstance, phrasings: int | None = None) -> None:
        self._instance = instance
        self._script = OracleScript(instance, phrasings)
        self._specs = {spec.name: spec for spec in specs(instance.scenario)}
        self._agent = LeafAgent(_NoBackend(), tuple(self._specs.values()))
        self._outputs: dict[str, dict[str, Any]] = {}
        self._told: dict[str, Any] = {}
        self._error = ""
        self.demonstrations: list[Demonstration] = []

    def play(self) -> Episode:
        """Play to the end and return the episode, which holds the verdict."""
        episode = Episode(self._instance)
        while not episode.over:
            action = self._think(episode)
            need = self._agent.engine.need
            for event in episode.step(action).events:
                if isinstance(event, ToolResult) and isinstance(need, NeedCall):
                    self._learn(need, event)
                elif isinstance(event, UserMessage) and isinstance(need, NeedReply):
                    self._told.update({slot: self._instance.user.knows.get(slot) for slot in need.parameters})
        return episode

    def _think(self, episode: Episode) -> ToolCall | AgentMessage:
        thought = self._agent.think(episode.observation)
        answer: Callable[[], list[Request]] = thought.__next__
        while True:
            try:
                (request,) = answer()
            except StopIteration as stop:
                action: ToolCall | AgentMessage = stop.value
                return action
            text = self._answer()
            self.demonstrations.append(
                Demonstration(
                    request.adapter or "engine",
                    request.prompt,
                    text,
                    self._instance.task,
                    self._instance.seed,
                    self._instance.split,
                )
            )
            completions = [Completion(text, 0, 0, 0.0)]
            answer = lambda sent=completions: thought.send(sent)  # noqa: E731 - a bound argument, not a function

    def _answer(self) -> str:
        need = self._agent.engine.need
        match need:
            case NeedPlan():
                return self._script.plan_text
            case NeedArguments(step):
                known = self._script.arguments(step.number, self._outputs, self._told)
                names = [parameter.name for parameter in self._specs[str(step.tool)].parameters]
                return json.dumps({name: _plain(known.get(name)) for name in names})
            case NeedUtterance(kind="ask"):
                return self._script.question(need.parameters)
            case NeedUtterance(step=step) if step is not None:
                return self._script.utterance(step.number, self._outputs, self._told, self._error)
        raise RuntimeError(f"the oracle has no answer for {need}")

    def _learn(self, need: NeedCall, result: ToolResult) -> None:
        name = self._script.save_name(need.step.number)
        if not result.ok:
            self._error = result.message
        elif name is not None:
            self._outputs[name] = result.data


class _NoBackend:
    """Stands where a model would: the teacher answers before anyone asks it."""

    name = "none"

    def complete(self, requests: Iterable[Request]) -> list[Completion]:
        raise RuntimeError(f"a demonstration needs no model, yet {len(list(requests))} requests reached one")


def demonstrate(
    instances: Iterable[TaskInstance], tally: Tally, phrasings: int | None = None
) -> Iterator[Demonstration]:
    """Yield the demonstrations of every instance whose episode succeeds; count all in `tally`.

    `phrasings` keeps the answers to the first so many of the ways in which the task's author would say them.
    """
    for instance in instances:
        teacher = Teacher(instance, phrasings)
        verdict = teacher.play().verdict
        if verdict is not None and verdict.outcome == "success":
            tally.kept[instance.task] += 1
            yield from teacher.demonstrations
        else:
            tally.dropped[instance.task] += 1
            failed = [] if verdict is None else [check.reason for check in verdict.checks if not check.passed]
            tally.reasons[instance.task] = f"seed {instance.seed}: {'; '.join(failed) or 'no verdict'}"


def _plain(value: Any) -> Any:
    """Write 80.0 as 80, as a person would."""
    return int(value) if isinstance(value, float) and value.is_integer() else value

"""A LEAF agent in a real episode whose experts are answered from the task's reference, so that no model is needed.

It follows a change of mind: from then on the reference is what is to be done after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from leaf_agent.agent import LeafAgent
from leaf_agent.backends.base import Completion, Request
from leaf_agent.config import LeafConfig
from leaf_agent.experts.planner import Planner
from leaf_agent.experts.shortlist import Picks
from leaf_agent.fsm.needs import NeedArguments, NeedCall, NeedDecision, NeedPlan, NeedReply, NeedUtterance
from leaf_agent.plan.language import PlanStep
from leaf_agent.plan.parser import parse_plan
from scenarios.episode import Episode
from scenarios.script import OracleScript
from scenarios.task import TaskInstance
from tools_api.catalog import specs
from tools_api.door import Door
from tools_api.messages import AgentMessage, ToolCall, ToolResult, UserMessage

Watch = Callable[[LeafAgent, Episode], ToolCall | AgentMessage]


class ReferencePlayer:
    """Plays one instance. `asked` holds each list of requests that the agent yielded.

    `phrasings` keeps the answers to the first so many of the ways in which the task's author would say them.
    """

    name = "reference"

    def __init__(
        self,
        instance: TaskInstance,
        config: LeafConfig | None = None,
        wrap: Callable[[Door], Door] | None = None,
        act: Watch | None = None,
        phrasings: int | None = None,
        shortlist: Picks | None = None,
    ) -> None:
        self._instance = instance
        self._specs = {spec.name: spec for spec in specs(instance.scenario)}
        self._outputs: dict[str, dict[str, Any]] = {}
        self._told: dict[str, Any] = {}
        self._error = ""
        self._act: Watch = act or (lambda agent, episode: agent.act(episode.observation))
        self._phrasings = phrasings
        self._script = OracleScript(instance, phrasings)
        self.asked: list[list[Request]] = []
        self._planner = Planner(tuple(self._specs.values()), config or LeafConfig(), shortlist)
        self.agent = LeafAgent(self, tuple(self._specs.values()), config, shortlist=shortlist)
        self.episode = Episode(instance, wrap=wrap)

    def play(self) -> Episode:
        """Play to the end and return the episode, which holds the verdict."""
        while not self.episode.over:
            self.step()
        return self.episode

    def step(self) -> None:
        """Play one action."""
        action = self._act(self.agent, self.episode)
        need = self.agent.engine.need
        for event in self.episode.step(action).events:
            if isinstance(event, ToolResult) and isinstance(need, NeedCall):
                self._learn(need.step, event)
            elif isinstance(event, UserMessage):
                change = self._instance.change
                if change is not None and event.text == change.text:
                    self._revise()
                elif isinstance(need, NeedReply):
                    self._told.update({slot: self._instance.user.knows.get(slot) for slot in need.parameters})

    def complete(self, requests: list[Request]) -> list[Completion]:
        """Answer the agent's requests in place of a model."""
        self.asked.append(requests)
        steps = self._steps(requests)
        return [Completion(self._answer(step), 0, 0, 0.0) for step in steps]

    def _steps(self, requests: list[Request]) -> list[PlanStep | None]:
        """Say for which step each request is: those after the first are for steps that follow."""
        plan, number = self.agent.engine.plan, self.agent.engine.pc
        if plan is None or number is None:
            return [None] * len(requests)
        with_gaps = [step for step in plan.steps[number:] if step.tool and self._specs[step.tool].parameters]
        return [plan.step(number), *with_gaps[: len(requests) - 1]]

    def _answer(self, step: PlanStep | None) -> str:
        need = self.agent.engine.need
        match need:
            case NeedPlan():
                return self._planner.write(parse_plan(self._script.plan_text))
            case NeedDecision(jumps=jumps):
                return str(jumps[0])
            case NeedArguments() if step is not None:
                known = self._script.arguments(step.number, self._outputs, self._told)
                names = [parameter.name for parameter in self._specs[str(step.tool)].parameters]
                return json.dumps({name: _plain(known.get(name)) for name in names})
            case NeedUtterance(kind="ask"):
                return self._script.question(need.parameters)
            case NeedUtterance(step=told) if told is not None:
                return self._script.utterance(told.number, self._outputs, self._told, self._error)
        raise RuntimeError(f"the reference has no answer for {need}")

    def _learn(self, step: PlanStep, result: ToolResult) -> None:
        name = self._script.save_name(step.number)
        if not result.ok:
            self._error = result.message
        elif name is not None:
            self._outputs[name] = result.data

    def _revise(self) -> None:
        self._script = OracleScript(self._instance, self._phrasings, revised=True)
        self._error = ""


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value

"""Which agents can be measured: a literal table, and `package.module:factory` for anybody's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from random import Random
from typing import Any

from evaluation.patient import PatientAgent
from leaf_agent.agent import LeafAgent
from leaf_agent.backends.base import Backend
from leaf_agent.config import UNTUNED, LeafConfig
from leaf_agent.story import StoryEvent
from scenarios.factory import AgentFactory, AgentNameError
from scenarios.reference import ReferenceAgent
from scenarios.rollout import Agent
from scenarios.task import TaskInstance
from tools_api.messages import Action, AgentMessage, Observation, ToolCall
from tools_api.spec import Parameter, ToolSpec


class AgentCrashedError(RuntimeError):
    """An agent raised instead of acting. Its own error is the cause."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What an agent gets for one episode.

    `instance` is for the reference alone; `listener` hears LEAF's own story; `confirm` names the tools and devices
    whose acts LEAF does only after the user's yes (`leaf_agent.policy`).
    """

    specs: tuple[ToolSpec, ...]
    instance: TaskInstance | None = None
    backend: Backend | None = None
    seed: int = 0
    listener: Callable[[StoryEvent], None] | None = None
    confirm: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AgentKind:
    """A way to make an agent: one is made for each episode. `adapters`: the backend must bring the trained ones."""

    name: str
    about: str
    make: Callable[[Seat], Agent]
    model: bool = False
    adapters: bool = False


class NullAgent:
    """Does nothing and says so: no task may be fulfilled by it."""

    def act(self, observation: Observation) -> Action:  # noqa: ARG002 - it does not look
        """End the episode."""
        return AgentMessage(text="I did nothing.", final=True)


class RandomAgent:
    """Calls tools at random with random arguments of the right form, then ends: no task may be fulfilled by it."""

    def __init__(self, specs: tuple[ToolSpec, ...], seed: int, calls: int = 6) -> None:
        self._specs = specs
        self._draw = Random(f"random agent/{seed}")
        self._left = calls

    def act(self, observation: Observation) -> Action:  # noqa: ARG002 - it does not look
        """Call some tool, or end."""
        if self._left == 0:
            return AgentMessage(text="I am done.", final=True)
        self._left -= 1
        spec = self._draw.choice(self._specs)
        return ToolCall(name=spec.name, arguments={p.name: self._value(p) for p in spec.parameters})

    def _value(self, parameter: Parameter) -> Any:
        if parameter.choices:
            return self._draw.choice(parameter.choices)
        if parameter.type == "boolean":
            return self._draw.random() < 0.5
        if parameter.type == "string":
            return f"{'A' if parameter.name == 'alarm' else 'O'}-{self._draw.randint(101, 120)}"
        low = parameter.minimum if parameter.minimum is not None else 1
        high = parameter.maximum if parameter.maximum is not None else max(3.0, low)
        return self._draw.randint(round(low), round(high))


def _leaf(config: LeafConfig) -> Callable[[Seat], Agent]:
    def make(seat: Seat) -> Agent:
        if seat.backend is None:
            raise ValueError("a LEAF agent speaks through a backend; put one into its seat")
        return LeafAgent(seat.backend, seat.specs, replace(config, confirm=seat.confirm), seat.listener)

    return make


def _tuned(name: str, about: str, config: LeafConfig) -> AgentKind:
    return AgentKind(name, about, _leaf(config), model=True, adapters=True)


def _reference(seat: Seat) -> Agent:
    if seat.instance is None:
        raise AgentNameError("the reference plays a task's own steps; it cannot answer a free request, give a task")
    return ReferenceAgent(seat.instance)


def _patient(seat: Seat) -> Agent:
    return PatientAgent(_reference(seat), {spec.name: spec for spec in seat.specs})


AGENTS: dict[str, AgentKind] = {
    kind.name: kind
    for kind in (
        _tuned("leaf", "three experts, tuned: one adapter each", LeafConfig()),
        AgentKind("leaf-untuned", "the same on the bare base model, prompts explain all", _leaf(UNTUNED), model=True),
        _tuned(
            "leaf-asks-conditions",
            "leaf, and every condition of a plan is asked of the bare base, as the paper's engine does",
            LeafConfig(conditions="model"),
        ),
        _tuned("leaf-unconstrained", "leaf without grammar and schemas while decoding", LeafConfig(constrained=False)),
        _tuned("leaf-ungrounded", "leaf that believes arguments that nobody gave", LeafConfig(grounded=False)),
        AgentKind("reference", "plays the task's reference: what can be had", _reference),
        AgentKind("patient-reference", "the same, and calls again what was lost: what stress leaves", _patient),
        AgentKind("null", "does nothing: what comes by itself", lambda _: NullAgent()),
        AgentKind("random", "calls tools at random", lambda seat: RandomAgent(seat.specs, seat.seed)),
    )
}


def agent_kind(name: str) -> AgentKind:
    """Find an agent in the table, or load `package.module:factory`.

    The factory is called once an episode with those of `specs`, `backend` and `seed` that it names, and returns an
    object with `act(observation) -> ToolCall | AgentMessage`; one that has `think` like LEAF's is advanced in lockstep.
    Raises `AgentNameError`.
    """
    if name in AGENTS:
        return AGENTS[name]
    if ":" in name:
        return _own(name)
    near = get_close_matches(name, AGENTS, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(AGENTS)}"
    raise AgentNameError(f"no agent '{name}'; {hint} (your own: package.module:factory)")


def _own(name: str) -> AgentKind:
    factory = AgentFactory(name, ("specs", "backend", "seed"))

    def make(seat: Seat) -> Agent:
        return factory.make({"specs": seat.specs, "backend": seat.backend, "seed": seat.seed})

    return AgentKind(name, factory.about, make, model="backend" in factory.wanted)

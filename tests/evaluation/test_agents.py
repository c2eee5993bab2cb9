"""The table of agents, and agents of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.agents import AGENTS, RandomAgent, Seat, agent_kind
from leaf_agent.agent import LeafAgent
from leaf_agent.backends.scripted import ScriptedBackend
from leaf_agent.config import UNTUNED, LeafConfig
from scenarios.catalog import template
from scenarios.episode import Episode
from scenarios.factory import AgentNameError
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult, UserMessage

SPECS = specs("production")


@pytest.mark.parametrize("name", AGENTS)
def test_every_agent_can_be_made_and_takes_a_first_action(name: str) -> None:
    instance = template("production", "set_speed").instance(0)
    backend = ScriptedBackend(lambda request: "no plan at all" if request else "")
    agent = agent_kind(name).make(Seat(SPECS, instance, backend))
    action = agent.act(Episode(instance).observation)
    assert isinstance(action, ToolCall | AgentMessage)


def test_the_random_agent_is_repeatable_and_makes_well_formed_calls() -> None:
    instance = template("production", "set_speed").instance(0)

    def actions(seed: int) -> list[ToolCall | AgentMessage]:
        agent, episode = RandomAgent(SPECS, seed), Episode(instance)
        while not episode.over:
            episode.step(agent.act(episode.observation))
        results = [entry.item for entry in episode.trajectory.entries if isinstance(entry.item, ToolResult)]
        assert all(result.code not in ("bad_arguments", "missing_argument", "unknown_tool") for result in results)
        return list(episode.trajectory.actions())  # type: ignore[arg-type]

    assert actions(1) == actions(1) != actions(2)


def test_the_reference_needs_a_task_and_leaf_a_backend() -> None:
    with pytest.raises(AgentNameError, match="give a task"):
        agent_kind("reference").make(Seat(SPECS))
    with pytest.raises(ValueError, match="backend"):
        agent_kind("leaf").make(Seat(SPECS))


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("leaf", LeafConfig()),
        ("leaf-untuned", UNTUNED),
        ("leaf-asks-conditions", LeafConfig(conditions="model")),
        ("leaf-unconstrained", LeafConfig(constrained=False)),
        ("leaf-ungrounded", LeafConfig(grounded=False)),
    ],
)
def test_a_variant_of_leaf_differs_in_what_its_name_says(name: str, config: LeafConfig) -> None:
    kind = agent_kind(name)
    assert (kind.model, kind.adapters) == (True, config.adapters)
    agent = kind.make(Seat(SPECS, backend=ScriptedBackend([])))
    assert isinstance(agent, LeafAgent)
    assert agent.config == config


def test_leaf_asks_first_where_its_seat_says_so() -> None:
    plan = "1 set_line_speed: set line 2 to 80\n2 say: confirm it"
    observation = Observation(time="2026-01-05T10:00:00", events=[UserMessage(text="Set line 2 to 80.")])
    first = []
    for confirm in (frozenset[str](), frozenset({"line_control"})):
        backend = ScriptedBackend([plan, '{"line": 2, "speed_per_h": 80}'])
        first.append(agent_kind("leaf").make(Seat(SPECS, backend=backend, confirm=confirm)).act(observation))
    assert first[0] == ToolCall(name="set_line_speed", arguments={"line": 2, "speed_per_h": 80})
    assert isinstance(first[1], AgentMessage)
    assert first[1].expects_reply


def test_a_factory_gets_what_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_factories.py").write_text(
        "class Agent:\n"
        "    def __init__(self, **given):\n"
        "        self.given = given\n"
        "    def act(self, observation):\n"
        "        return None\n"
        "def nothing():\n    'Says nothing.'\n    return Agent()\n"
        "def some(specs, other=1):\n    return Agent(specs=specs)\n"
        "def model(backend, seed):\n    return Agent(backend=backend, seed=seed)\n"
        "def greedy(task):\n    return Agent()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    backend = ScriptedBackend([])
    seat = Seat(SPECS, backend=backend, seed=4)
    assert agent_kind("own_factories:nothing").about == "Says nothing."
    assert agent_kind("own_factories:nothing").make(seat).given == {}  # type: ignore[attr-defined]
    assert agent_kind("own_factories:some").make(seat).given == {"specs": SPECS}  # type: ignore[attr-defined]
    assert agent_kind("own_factories:model").make(seat).given == {"backend": backend, "seed": 4}  # type: ignore[attr-defined]
    assert [agent_kind(f"own_factories:{name}").model for name in ("nothing", "some", "model")] == [False, False, True]
    with pytest.raises(AgentNameError, match="needs 'task'"):
        agent_kind("own_factories:greedy")
    with pytest.raises(AgentNameError, match="did you mean 'model'"):
        agent_kind("own_factories:modell")


@pytest.mark.parametrize("name", ["", ":", "a:", ":b", "no.such.module:thing", "json:nothing_there"])
def test_names_of_no_agent_are_refused(name: str) -> None:
    with pytest.raises(AgentNameError):
        agent_kind(name)

"""A policy in a file names whose acts wait for a yes; the shipped one names what is grave in each plant."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaf_agent.agent import LeafAgent
from leaf_agent.backends.scripted import ScriptedBackend
from leaf_agent.config import LeafConfig
from leaf_agent.policy_file import PolicyFile, read_policy, shipped_policies
from tools_api.catalog import SCENARIOS, specs
from tools_api.messages import AgentMessage, Observation, ToolCall, UserMessage

GRAVE = "high-consequence"


def grave(scenario: str) -> frozenset[str]:
    return read_policy(GRAVE).grave(scenario, specs(scenario))


def first_action(tool: str, scenario: str, confirm: frozenset[str]) -> ToolCall | AgentMessage:
    """What an agent does whose plan begins with this tool."""
    (spec,) = (one for one in specs(scenario) if one.name == tool)
    values = {
        "integer": "3", "number": "3", "boolean": "true", "string": '"three"',
    }  # fmt: skip
    arguments = ", ".join(f'"{one.name}": {values[one.type]}' for one in spec.parameters)
    plan = f"1 {tool}: do it three times\n2 say: confirm it"
    backend = ScriptedBackend([plan, f"{{{arguments}}}"])
    agent = LeafAgent(backend, specs(scenario), LeafConfig(grounded=False, confirm=confirm))
    said = UserMessage(text="Do it three times.")
    return agent.act(Observation(time="2026-01-05T10:00:00", events=(said,)))


def test_nothing_is_asked_by_default() -> None:
    assert LeafConfig().confirm == frozenset()
    for scenario in SCENARIOS:
        for tool in sorted(grave(scenario)):
            assert isinstance(first_action(tool, scenario, LeafConfig().confirm), ToolCall)


def test_the_shipped_policy_names_tools_that_act_in_every_plant_and_not_all_of_them() -> None:
    assert shipped_policies() == (GRAVE,)
    policy = read_policy(GRAVE)
    assert set(policy.confirm) == set(SCENARIOS)
    for scenario in SCENARIOS:
        acting = {spec.name for spec in specs(scenario) if spec.mutates}
        assert set() < grave(scenario) < acting
        assert len(policy.confirm[scenario]) == len(grave(scenario)), "each once"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_under_it_an_agent_asks_before_each_tool_that_it_names_and_before_no_other(scenario: str) -> None:
    confirm = grave(scenario)
    for spec in specs(scenario):
        action = first_action(spec.name, scenario, confirm)
        if spec.name in confirm:
            assert isinstance(action, AgentMessage)
            assert action.text.startswith(f"Please confirm: shall I do {spec.name}")
            assert action.expects_reply
        else:
            assert isinstance(action, ToolCall)
            assert action.name == spec.name


def test_a_file_of_ones_own_is_read_by_plant(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[confirm]\nproduction = ["orders", "stop_line"]\nenergy = []\n')
    policy = read_policy(path)
    assert policy == read_policy(str(path))
    assert policy.grave("production", specs("production")) == {"orders", "stop_line"}
    assert policy.grave("energy", specs("energy")) == frozenset()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'[confirm]\nproduction = ["stop_line"\nenergy = 1', r"mine\.toml: no TOML: .*line 3"),
        (b'confirm = ["stop_line"]', r"mine\.toml: confirm: .*list of names for each plant"),
        (b'[confirm]\nproduction = "stop_line"', r"confirm\.production: "),
        (b"[confirm]\nproduction = [7]", r"confirm\.production\.0: "),
        (b'[confrim]\nproduction = ["stop_line"]', r"confirm: Field required"),
        (b"[confirm]\n[more]", r"more: Extra inputs"),
        (b"\xff", r"mine\.toml: cannot be read"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_with_its_place(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says):
        read_policy(path)


def test_a_file_that_is_not_there_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no policy .*absent\.toml; .*one of: high-consequence"):
        read_policy(tmp_path / "absent.toml")
    with pytest.raises(ValueError, match="cannot be read"):
        read_policy(tmp_path)


def test_a_plant_that_was_forgotten_is_no_yes_and_a_wrong_tool_gets_the_nearest_name() -> None:
    policy = PolicyFile(confirm={"prodction": ("stop_line",), "energy": ("shed_lod",), "maintenance": ("get_asset",)})
    with pytest.raises(ValueError, match=r"no plant 'production'; is 'prodction' meant for it\?"):
        policy.grave("production", specs("production"))
    with pytest.raises(ValueError, match="did you mean 'shed_load'"):
        policy.grave("energy", specs("energy"))
    with pytest.raises(ValueError, match="changes nothing"):
        policy.grave("maintenance", specs("maintenance"))

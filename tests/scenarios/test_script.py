from __future__ import annotations

from typing import Any

import pytest

from leaf_agent.plan.checks import check_plan
from leaf_agent.plan.conditions import Outcome, evaluate
from leaf_agent.plan.language import format_plan
from leaf_agent.plan.parser import parse_plan
from scenarios.catalog import template, templates
from scenarios.episode import Episode
from scenarios.generate import instances
from scenarios.reference import ReferenceAgent
from scenarios.script import OracleScript, compile_plan
from scenarios.seeds import SPLITS
from scenarios.task import TaskInstance, TaskTemplate
from tools_api.catalog import SCENARIOS, specs
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult, UserMessage

TOOLS = {spec.name for scenario in SCENARIOS for spec in specs(scenario)}


class ChangedMindError(Exception):
    """The user wants something else from here on."""


def walk(instance: TaskInstance) -> Episode:
    """Walk the plan's text as an engine would, with the oracle's arguments and words: it must fulfil the task."""
    episode = Episode(instance)
    try:
        walk_plan(instance, episode, OracleScript(instance))
    except ChangedMindError:
        walk_plan(instance, episode, OracleScript(instance, revised=True))
    return episode


def step(episode: Episode, action: ToolCall | AgentMessage) -> Observation:
    change = episode.instance.change
    seen = episode.step(action)
    if change is not None and any(isinstance(e, UserMessage) and e.text == change.text for e in seen.events):
        raise ChangedMindError
    return seen


def walk_plan(instance: TaskInstance, episode: Episode, script: OracleScript) -> None:
    plan = parse_plan(script.plan_text)
    outputs: dict[str, dict[str, Any]] = {}
    told: dict[str, Any] = {}
    error, number = "", 1
    last: Outcome | None = None
    by_step: dict[int, Outcome] = {}
    while not episode.over:
        line = plan.step(number)
        assert line is not None
        if line.kind == "tool":
            missing = script.missing(number, told)
            if missing:
                assert None in script.arguments(number, outputs, told).values()
                step(episode, AgentMessage(text=script.question(missing), expects_reply=True))
                told |= {slot: instance.user.knows[slot] for slot in missing}
            assert line.tool is not None
            seen = step(episode, ToolCall(name=line.tool, arguments=script.arguments(number, outputs, told)))
            result = next(event for event in seen.events if isinstance(event, ToolResult))
            last = by_step[number] = Outcome(number, line.tool, result.ok, result.code, result.data, result.message)
            error = "" if result.ok else result.message
            if result.ok and (name := script.save_name(number)) and not script.step(number).waits:
                outputs[name] = result.data
        jump = next(c.jump for c in line.clauses if c.condition is None or evaluate(c.condition, last, by_step))
        if line.kind == "tell":
            text = script.utterance(number, outputs, told, error)
            assert "{" not in text
            assert script.facts(number, outputs, error) or not script.step(number).origin.facts  # type: ignore[union-attr]
            step(episode, AgentMessage(text=text, final=jump.kind == "end"))
        number = number + 1 if jump.kind == "next" else jump.target or 0


@pytest.mark.parametrize("task", [t for scenario in SCENARIOS for t in templates(scenario)], ids=lambda t: str(t.id))
def test_every_reference_is_a_plan_that_can_be_walked(task: TaskTemplate) -> None:
    instance = task.instance(SPLITS[task.split][0] + 1, task.split)
    plan = parse_plan(compile_plan(instance))
    check_plan(plan, TOOLS)
    assert format_plan(plan) == OracleScript(instance).plan_text
    walked = walk(instance)
    assert walked.verdict is not None
    assert walked.verdict.outcome == "success", walked.verdict
    played = Episode(instance)
    agent = ReferenceAgent(instance)
    while not played.over:
        played.step(agent.act(played.observation))
    assert [a for a in played.trajectory.actions() if isinstance(a, ToolCall)] == [
        a for a in walked.trajectory.actions() if isinstance(a, ToolCall)
    ]


def test_branches_not_taken_stand_in_the_plan(samples: dict[str, TaskTemplate]) -> None:
    plan = OracleScript(samples["slow_down_if_fast"].instance(0)).plan_text.splitlines()
    assert [line.rpartition("<<")[2] for line in plan] == [
        f"if speed_per_h > {samples['slow_down_if_fast'].instance(0).parameters['limit']}, next; goto 4>>",
        "if error, goto 5; next>>",
        "END>>",
        "END>>",
        "END>>",
    ]


def test_a_loop_polls_waits_and_goes_back(samples: dict[str, TaskTemplate]) -> None:
    script = OracleScript(samples["wait_for_line"].instance(0))
    lines = script.plan_text.splitlines()
    assert lines[1].endswith("<<if state == running, goto 4; next>>")
    assert lines[2] == "3 ** Tool (wait) :: wait 600 seconds ** <<if error, goto 6; goto 2>>"
    assert script.arguments(3, {}, {}) == {"seconds": 600}
    assert (script.tool(3), script.kind(4), script.save_name(2)) == ("wait", "tell", "status")


def test_a_field_of_an_earlier_step_is_named_with_its_step() -> None:
    plan = compile_plan(template("production", "compare_oee").instance(0))
    assert "<<if oee_pct > s1.oee_pct, next; goto 4>>" in plan


def test_words_vary_by_seed_alone() -> None:
    script = OracleScript(template("production", "set_speed").instance(5))
    outputs = {"done": {"speed_per_h": 55.0, "previous_speed_per_h": 60.0}}
    assert script.utterance(2, outputs, {}) == script.utterance(2, outputs, {})
    task = template("production", "set_speed")
    said = {OracleScript(task.instance(seed)).utterance(2, outputs, {}) for seed in range(20)}
    assert len({"".join(c for c in text if not c.isdigit()) for text in said}) > 1


def test_the_oracle_says_what_is_not_known_yet() -> None:
    script = OracleScript(template("production", "speed_without_value").instance(0))
    assert script.arguments(1, {}, {})["speed_per_h"] is None
    assert script.missing(1, {}) == ("speed_per_h",)
    assert script.arguments(1, {}, {"speed_per_h": 70})["speed_per_h"] == 70
    with pytest.raises(ValueError, match="calls no tool"):
        script.arguments(2, {}, {})
    with pytest.raises(IndexError, match=r"it has steps 1\.\.3"):
        script.step(4)


def test_streams_are_balanced_and_deterministic() -> None:
    tasks = [t for t in templates("production") if t.split == "train" and t.family in ("orders", "limits")]
    made = list(instances("production", "train", 3 * len(tasks), families=["orders", "limits"]))
    assert [i.task for i in made] == [t.id for t in tasks] * 3
    assert {i.family for i in made} == {"orders", "limits"}
    assert made == list(instances("production", "train", 3 * len(tasks), families=["orders", "limits"]))
    assert len({i.plant_seed for i in made if i.task == tasks[0].id}) == 1
    test = list(instances("production", "test", 34))
    assert {i.split for i in test} == {"test"}
    assert not {i.request for i in test} & {i.request for i in made}
    with pytest.raises(ValueError, match="no task"):
        next(instances("production", "train", families=["nothing"]))


def test_seeds_can_be_chosen() -> None:
    made = list(instances("production", "validation", seeds=[5, 9], families=["limits"]))
    assert {i.seed for i in made} == {100_005, 100_009}
    assert [i.seed for i in made] == sorted(i.seed for i in made)
    assert len(made) == 2 * sum(t.family == "limits" and t.split == "train" for t in templates("production"))

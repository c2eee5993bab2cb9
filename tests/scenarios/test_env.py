from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from scenarios.catalog import load_templates, template
from scenarios.env import TwinEnv
from scenarios.episode import MESSAGE_S, REPLY_S, Budgets, Episode, EpisodeOverError
from scenarios.reference import ReferenceAgent
from scenarios.rollout import ReplayError, replay, run_episode
from scenarios.task import TaskTemplate
from scenarios.trajectory import Malformed, read_trajectories, write_trajectories
from tools_api.door import Door
from tools_api.messages import AgentMessage, Notification, Observation, ToolCall, ToolResult, UserMessage
from tools_api.middleware import Dropout


def say(text: str, **flags: bool) -> AgentMessage:
    return AgentMessage(text=text, **flags)


@pytest.mark.parametrize("name", ["Production", "Maintenance", "Energy"])
def test_gymnasium_knows_the_env_and_finds_no_fault(name: str) -> None:
    env = gymnasium.make(f"scenarios:leaf/{name}-v0")
    check_env(env.unwrapped, skip_render_check=False)
    env.reset(seed=3)
    over = False
    while not over:
        _, _, terminated, truncated, info = env.step(env.action_space.sample())
        over = terminated or truncated
    assert info["outcome"] in ("success", "failure")


def test_reset_is_deterministic_and_draws_from_train() -> None:
    env, other = TwinEnv(), TwinEnv()
    for seed in range(5):
        assert env.reset(seed=seed)[0] == other.reset(seed=seed)[0]
        assert env.episode.instance.split == "train"
    drawn = [env.reset()[0] for _ in range(6)]
    assert len(set(drawn)) == 6


def test_options_choose_task_seed_split_and_words(samples: dict[str, TaskTemplate]) -> None:
    env = TwinEnv()
    env.reset(seed=7, options={"task": "set_speed"})
    assert env.episode.instance == template("production", "set_speed").instance(7)
    env.reset(options={"task": "set_speed", "split": "test", "seed": 200_003})
    assert env.episode.instance.split == "test"
    text, _ = env.reset(options={"task": "set_speed", "seed": 1, "request": "Do something."})
    assert json.loads(text)["events"] == [{"kind": "user_message", "text": "Do something."}]
    env.reset(seed=1, options={"split": "validation"})
    assert env.episode.instance.split == "validation"
    own = TwinEnv(tasks=list(samples.values()))
    own.reset(seed=0, options={"split": "heldout"})
    assert own.episode.instance.task == "too_fast"
    for options, rule in (
        ({"colour": 1}, "unknown option 'colour'"),
        ({"task": "set_sped"}, "did you mean"),
        ({"split": "tset"}, "unknown split"),
        ({"task": "set_speed", "split": "test", "seed": 3}, "belongs to split"),
        ({"instance": "set_speed"}, "give a TaskInstance"),
    ):
        with pytest.raises(ValueError, match=rule):
            env.reset(options=options)


def test_before_reset_and_after_the_end_there_is_nothing_to_do() -> None:
    env = TwinEnv()
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(say("Hello."))
    env.reset(seed=0)
    env.step(say("Hello.", final=True))
    with pytest.raises(EpisodeOverError):
        env.step(say("Hello."))


def test_reward_and_verdict_come_in_the_last_step_only() -> None:
    env = TwinEnv(render_mode="ansi")
    instance = template("production", "line_throughput").instance(2)
    env.reset(options={"instance": instance})
    text, reward, terminated, truncated, info = env.step(
        ToolCall(name="get_line_status", arguments={"line": instance.parameters["line"]}).model_dump_json()
    )
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert info.keys() == {"time_s"}
    assert Observation.model_validate_json(text) == env.observation
    assert "get_line_status ok" in str(env.render())
    *_, info = env.step(say("I do not know.", final=True))
    assert info["verdict"].outcome == info["outcome"] == "failure"
    assert info["task"] == "line_throughput"


def test_nothing_before_the_end_tells_the_checks() -> None:
    env = TwinEnv()
    for task in ("overspeed", "ack_worst_alarm", "set_speed"):
        text, info = env.reset(options={"task": task, "seed": 4})
        first = env.step(ToolCall(name="wait", arguments={"seconds": 1}))
        told = text + repr(info) + repr(first)
        assert not any(word in told for word in (task, "untouched", "reported", "faulty", "checks"))


@pytest.mark.parametrize(
    "action",
    [
        "",
        "nonsense",
        "{}",
        '{"kind": "tool_call"}',
        '{"kind": "tool_call", "name": 3}',
        '["a"]',
        "null",
        7,
        None,
        "{" * 999,
    ],
)
def test_what_is_no_action_is_the_agents_mistake(action: Any) -> None:
    env = TwinEnv()
    env.reset(seed=0)
    _, reward, terminated, truncated, _ = env.step(action)
    (event,) = env.observation.events
    assert isinstance(event, ToolResult)
    assert (event.ok, event.code, reward, terminated, truncated) == (False, "bad_arguments", 0.0, False, False)


def test_budgets_end_the_episode_as_a_failure() -> None:
    instance = template("production", "line_throughput").instance(0)
    look = ToolCall(name="get_line_status", arguments={"line": instance.parameters["line"]})
    for action, most in ((look, 3), (say("What?", expects_reply=True), 2), (say("Hm."), 4)):
        episode = Episode(instance, Budgets(tool_calls=3, user_replies=2, messages=4))
        for _ in range(most):
            episode.step(action)
            assert not episode.over
        episode.step(action)
        assert episode.truncated
        assert episode.verdict is not None
        assert episode.verdict.outcome == "failure"
        assert episode.verdict.checks[-1].kind == "budget"
    env = TwinEnv(budgets=Budgets(tool_calls=0))
    env.reset(options={"instance": instance})
    assert env.step(look)[2:4] == (False, True)


def test_talking_takes_plant_time() -> None:
    episode = Episode(template("production", "speed_without_value").instance(0))
    began = episode.time_s
    episode.step(say("One moment."))
    assert episode.time_s == began + MESSAGE_S
    reply = episode.step(say("What speed?", expects_reply=True))
    assert isinstance(reply.events[0], UserMessage)
    assert episode.time_s == began + MESSAGE_S + REPLY_S
    episode.step(say("Bye.", final=True))
    assert episode.time_s == began + MESSAGE_S + REPLY_S


def test_alarms_and_alerts_are_announced() -> None:
    instance = template("production", "alarm_count").instance(0)
    line = instance.parameters["line"]
    calm = instance.model_copy(update={"world": instance.world.model_copy(update={"settle_s": 0.0})})
    faulty = next(i for i in map(template("production", "alarm_count").instance, range(20)) if i.parameters["faulty"])
    early = faulty.model_copy(update={"world": faulty.world.model_copy(update={"settle_s": 0.0})})
    episode = Episode(early)
    seen = episode.step(ToolCall(name="wait", arguments={"seconds": 1200}))
    notices = [event for event in seen.events if isinstance(event, Notification)]
    assert any("critical" in notice.text and notice.subject.startswith("A-") for notice in notices)
    watched = Episode(calm)
    watched.step(ToolCall(name="set_alert_rule", arguments={"line": line, "quantity": "wip", "above": 0.5}))
    later = watched.step(ToolCall(name="wait", arguments={"seconds": 300}))
    assert any(event.kind == "notification" and "alert R-" in event.text for event in later.events)


def test_middleware_stands_between_the_agent_and_the_plant() -> None:
    def lost(door: Door) -> Door:
        return Dropout(door, unavailable=1.0)

    env = TwinEnv(wrap=lost)
    env.reset(seed=0)
    env.step(ToolCall(name="get_line_status", arguments={"line": 1}))
    assert env.observation.events[0].code == "unavailable"  # type: ignore[union-attr]


def test_an_episode_is_recorded_written_read_and_replayed(tmp_path: Path) -> None:
    env = TwinEnv()
    played = []
    for task in ("speed_without_value", "overspeed", "changeover_until_running"):
        instance = template("production", task).instance(3)
        played.append(run_episode(env, ReferenceAgent(instance), instance))
    assert write_trajectories(tmp_path / "episodes.jsonl", played) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["episodes.jsonl"]
    back = list(read_trajectories(tmp_path / "episodes.jsonl"))
    assert back == played
    assert [replay(trajectory) for trajectory in back] == played


def test_a_forged_record_is_found_out() -> None:
    instance = template("production", "set_speed").instance(3)
    episode = Episode(instance)
    episode.step(Malformed(text="{", rule="no action"))
    episode.step(say("Hello.", final=True))
    true = episode.trajectory
    assert replay(true) == true
    assert true.verdict is not None
    forged = true.model_copy(update={"verdict": true.verdict.model_copy(update={"outcome": "success", "score": 1.0})})
    with pytest.raises(ReplayError, match="recorded verdict"):
        replay(forged)
    first = true.entries[0].model_copy(update={"time_s": 1.0})
    with pytest.raises(ReplayError, match="entry 0"):
        replay(true.model_copy(update={"entries": (first, *true.entries[1:])}))


def test_a_file_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Any:
        yield Episode(template("production", "set_speed").instance(0)).trajectory
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_trajectories(tmp_path / "episodes.jsonl", broken())
    assert not list(tmp_path.iterdir())


def test_own_tasks_can_be_played(samples: dict[str, TaskTemplate]) -> None:
    path = Path(__file__).with_name("sample_tasks.yaml")
    env = TwinEnv(tasks=load_templates(path))
    instance = samples["wait_for_line"].instance(2)
    trajectory = run_episode(env, ReferenceAgent(instance), instance)
    assert trajectory.verdict is not None
    assert trajectory.verdict.outcome == "success"
    assert replay(trajectory, instance) == trajectory

"""Stress at work: every stressor acts, the same way each time, and the verdict looks past what nobody could know."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.catalog import template, templates
from scenarios.env import TwinEnv
from scenarios.episode import Budgets, Episode
from scenarios.reference import ReferenceAgent
from scenarios.rollout import replay, run_episode
from scenarios.stress import PROFILES, STRESSORS, StressProfile, stress_profile
from scenarios.strike import faults_of, sensors
from scenarios.task import TaskInstance
from scenarios.trajectory import Trajectory
from tools_api.catalog import SCENARIOS, specs
from tools_api.messages import AgentMessage, ToolCall, ToolResult, UserMessage
from twin.catalog import build, warmed_up
from twin.faults import Fault, FaultPlan

SOME = [
    ("production", "set_speed"),
    ("production", "speed_without_value"),
    ("maintenance", "pump_vibration_cause"),
    ("energy", "charge_if_low"),
]


def played(instance: TaskInstance, stress: StressProfile | None = None) -> Episode:
    episode = Episode(instance, stress=stress)
    agent = ReferenceAgent(instance)
    while not episode.over:
        episode.step(agent.act(episode.observation))
    return episode


@pytest.mark.parametrize(("scenario", "task"), SOME)
def test_profile_none_is_bit_for_bit_no_profile(scenario: str, task: str) -> None:
    instance = template(scenario, task).instance(3)
    plain, none = played(instance), played(instance, PROFILES["none"])
    assert none.trajectory.model_dump_json() == plain.trajectory.model_dump_json()
    assert none.trajectory.stress is None


@pytest.mark.parametrize("profile", ["mild", "severe"])
@pytest.mark.parametrize(("scenario", "task"), SOME)
def test_the_same_seed_gives_the_same_episode_and_replays(scenario: str, task: str, profile: str) -> None:
    instance = template(scenario, task).instance(3)
    first, second = (played(instance, PROFILES[profile]).trajectory for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
    assert replay(Trajectory.model_validate_json(first.model_dump_json())) == first


def test_another_process_plays_the_same_episode() -> None:
    code = (
        "from scenarios.catalog import template\n"
        "from scenarios.env import TwinEnv\n"
        "from scenarios.reference import ReferenceAgent\n"
        "from scenarios.rollout import run_episode\n"
        "instance = template('maintenance', 'pump_vibration_cause').instance(5)\n"
        "env = TwinEnv('maintenance', stress='severe')\n"
        "print(run_episode(env, ReferenceAgent(instance), instance).model_dump_json())\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": hashing, "PYTHONPATH": "."},
        ).stdout
        for hashing in ("1", "2")
    }
    instance = template("maintenance", "pump_vibration_cause").instance(5)
    assert told == {played(instance, PROFILES["severe"]).trajectory.model_dump_json() + "\n"}


# What each stressor has to change, looked for over a few instances of tasks where it can.
def seen(episode: Episode) -> list[object]:
    return [entry.item for entry in episode.trajectory.entries]


def codes(episode: Episode) -> list[str | None]:
    return [item.code for item in seen(episode) if isinstance(item, ToolResult)]


def ended_s(episode: Episode) -> float:
    return episode.trajectory.entries[-1].time_s


ACTS: dict[str, tuple[str, str, Callable[[Episode, Episode], bool]]] = {
    "sensor_noise": ("production", "station_health", lambda calm, stressed: seen(calm) != seen(stressed)),
    "sensor_drift": ("maintenance", "pump_vibration_cause", lambda calm, stressed: seen(calm) != seen(stressed)),
    "sensor_stuck": ("energy", "charge_after_outage", lambda calm, stressed: seen(calm) != seen(stressed)),
    "delay": ("production", "set_speed", lambda calm, stressed: ended_s(stressed) > ended_s(calm)),
    "timeout": ("production", "oee_check", lambda _, stressed: "timeout" in codes(stressed)),
    "dropout": ("production", "oee_check", lambda _, stressed: "unavailable" in codes(stressed)),
    "slow_thinking": ("production", "set_speed", lambda calm, stressed: ended_s(stressed) > ended_s(calm)),
    "terse_user": ("production", "speed_without_value", lambda calm, stressed: seen(calm) != seen(stressed)),
    "contradictory_user": ("production", "speed_without_value", lambda calm, stressed: seen(calm) != seen(stressed)),
}


@pytest.mark.parametrize("stressor", ACTS)
def test_each_stressor_acts_and_at_severity_nothing_does_not(stressor: str) -> None:
    scenario, task, differs = ACTS[stressor]
    # Shares of calls that go wrong are small however severe: here every call does.
    worst = {"share": 1} if "share" in STRESSORS[stressor].model_fields else STRESSORS[stressor].at(1)
    profile = StressProfile.model_validate({stressor: worst})
    acted = []
    for seed in range(0, 60, 5):
        instance = template(scenario, task).instance(seed)
        calm = played(instance)
        acted.append(differs(calm, played(instance, profile)))
        idle = played(instance, stress_profile(f"{stressor}:0"))
        assert seen(idle) == seen(calm)
        if any(acted):
            return
    pytest.fail(f"{stressor} changed nothing in {len(acted)} instances")


def test_a_stale_read_is_the_old_answer_though_the_plant_has_moved() -> None:
    instance = template("production", "set_speed").instance(0)
    line = instance.parameters["line"]
    look = ToolCall(name="get_line_status", arguments={"line": line})
    answers = []
    for stress in (None, stress_profile("stale_reads:1")):
        episode = Episode(instance, stress=stress)
        episode.step(look)
        episode.step(ToolCall(name="set_line_speed", arguments={"line": line, "speed_per_h": 41}))
        answers.append(next(e.data["speed_per_h"] for e in episode.step(look).events if isinstance(e, ToolResult)))
    assert answers[0] == 41
    assert answers[1] != 41


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_extra_faults_strike_elsewhere_and_change_what_happens(scenario: str) -> None:
    profile = stress_profile("extra_faults:1")
    changed = 0
    for task in [one for one in templates(scenario) if one.split == "train"][:6]:
        instance = task.instance(0)
        calm, struck = Episode(instance), Episode(instance, stress=profile)
        own = len(instance.world.faults)
        strikes = struck.door.twin.faults.faults[own:]
        assert len(strikes) == 3
        begun = struck.time_s
        assert calm.time_s == begun
        assert all(begun <= fault.start_s <= begun + 30 for fault in strikes)
        assert not {str(fault.target) for fault in strikes} & {str(value) for value in instance.parameters.values()}
        wait = ToolCall(name="wait", arguments={"seconds": 1800})
        calm.step(wait)
        struck.step(wait)
        changed += calm.door.twin.read_all() != struck.door.twin.read_all()
    assert changed


def test_a_tariff_shock_raises_the_price_in_energy_alone() -> None:
    profile = stress_profile("tariff_shock:1")
    instance = template("energy", "charge_if_low").instance(0)
    prices = []
    for stress in (None, profile):
        episode = Episode(instance, stress=stress)
        episode.step(ToolCall(name="wait", arguments={"seconds": 120}))
        event = episode.step(ToolCall(name="get_tariff")).events[0]
        assert isinstance(event, ToolResult)
        prices.append(event.data["price_ct_kwh"])
    assert prices[1] > 2 * prices[0]
    assert profile.acts_on("energy")
    assert not profile.acts_on("production")
    assert (stress_profile("mild+tariff_shock")).acts_on("production")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_all_that_may_be_struck_is_known_to_the_plant(scenario: str) -> None:
    plant = build(scenario, seed=1)
    plan = [Fault(kind=kind, target=target, start_s=5) for kind, target in faults_of(plant)]
    plan += [Fault(kind="sensor_stuck", target=one, start_s=5) for one in sensors(plant)]
    assert len(plan) > 50
    build(scenario, seed=1, faults=FaultPlan(faults=tuple(plan))).advance(60)
    assert warmed_up(scenario, seed=1, warmup_s=600).read_all()


def test_thinking_is_charged_by_tokens_or_by_characters_and_written_down() -> None:
    instance = template("production", "set_speed").instance(0)
    profile = stress_profile("slow_thinking:1")
    rate = profile.slow_thinking.s_per_token if profile.slow_thinking else 0
    look = ToolCall(name="get_line_status", arguments={"line": 1})
    counted, guessed = Episode(instance, stress=profile), Episode(instance, stress=profile)
    begun = counted.time_s
    counted.step(look, 100)
    guessed.step(look)
    assert counted.trajectory.entries[1].tokens == 100
    assert counted.trajectory.entries[1].time_s == pytest.approx(begun + 100 * rate)
    characters = len("get_line_status") + len('{"line": 1}')
    assert guessed.trajectory.entries[1].tokens == -(-characters // 4)
    counted.step(AgentMessage(text="Done.", final=True), 10_000)
    assert counted.trajectory.entries[-1].time_s - counted.trajectory.entries[-2].time_s == 600
    assert replay(counted.trajectory) == counted.trajectory


def test_thinking_time_is_free_without_the_stressor() -> None:
    instance = template("production", "set_speed").instance(0)
    episode = Episode(instance)
    begun = episode.time_s
    episode.step(AgentMessage(text="Done.", final=True), 10_000)
    assert episode.trajectory.entries[-1].time_s == begun
    assert episode.trajectory.entries[-1].tokens is None


def asked(instance: TaskInstance, stress: str, *questions: str) -> list[str]:
    episode = Episode(instance, Budgets(user_replies=9), stress=stress_profile(stress))
    texts = []
    for question in questions:
        events = episode.step(AgentMessage(text=question, expects_reply=True)).events
        texts.append(next(event.text for event in events if isinstance(event, UserMessage)))
    return texts


def test_a_terse_user_says_one_word() -> None:
    for seed in range(8):
        instance = template("production", "speed_without_value").instance(seed)
        speed = instance.user.knows["speed_per_h"]
        told, closing = asked(instance, "terse_user:1", "What speed should it be?", "Anything else?")
        assert told == f"{speed}"
        assert closing == "No."
        (denied,) = asked(instance, "terse_user:1", f"Shall I set it to {speed + 7} parts per hour?")
        assert denied == "No."


def test_a_contradictory_user_tells_wrong_first_and_puts_it_right_when_asked_to_confirm() -> None:
    for seed in range(8):
        instance = template("production", "speed_without_value").instance(seed)
        speed = str(instance.user.knows["speed_per_h"])
        first, second, third = asked(
            instance, "contradictory_user:1", "What speed should it be?", "Which speed, please?", "What speed again?"
        )
        assert speed not in first.replace(".", " ").split()
        assert speed in second
        assert "Sorry" not in third
        assert speed in third


def test_a_contradictory_user_corrects_unasked_after_the_next_call_and_may_be_obeyed_before() -> None:
    instance = template("production", "speed_without_value").instance(0)
    line, speed = instance.parameters["line"], instance.user.knows["speed_per_h"]
    episode = Episode(instance, stress=stress_profile("contradictory_user:1"))
    reply = episode.step(AgentMessage(text="What speed should it be?", expects_reply=True)).events[0]
    assert isinstance(reply, UserMessage)
    wrong = next(int(word) for word in reply.text.replace(".", " ").replace("/", " ").split() if word.isdigit())
    assert wrong != speed
    events = episode.step(ToolCall(name="set_line_speed", arguments={"line": line, "speed_per_h": wrong})).events
    corrections = [event.text for event in events if isinstance(event, UserMessage)]
    assert len(corrections) == 1
    assert f"it is {speed}" in corrections[0]
    episode.step(ToolCall(name="set_line_speed", arguments={"line": line, "speed_per_h": speed}))
    episode.step(AgentMessage(text=f"Line {line} now makes {speed} parts per hour.", final=True))
    assert episode.verdict is not None
    untouched = [check for check in episode.verdict.checks if check.kind == "untouched"]
    assert all(check.passed for check in untouched)


def test_an_act_whose_answer_was_lost_counts_and_a_dropped_call_does_not() -> None:
    instance = template("production", "set_speed").instance(0)
    line, speed = instance.parameters["line"], instance.parameters["speed"]
    act = ToolCall(name="set_line_speed", arguments={"line": line, "speed_per_h": speed})
    done = Episode(instance, stress=StressProfile.model_validate({"timeout": {"share": 1}}))
    lost = Episode(instance, stress=StressProfile.model_validate({"dropout": {"share": 1}}))
    for episode in (done, lost):
        for _ in range(1 if episode is done else 3):
            episode.step(act)
        episode.step(AgentMessage(text=f"Line {line} now runs at {speed} parts per hour.", final=True))
    assert codes(done) == ["timeout"]
    assert codes(lost) == ["unavailable"] * 3
    assert done.verdict is not None
    assert done.verdict.outcome == "success", done.verdict
    assert lost.verdict is not None
    called = [check for check in lost.verdict.checks if check.kind == "called"]
    assert called
    assert [check.reason for check in called] == ["set_line_speed was called 0 times"]
    assert lost.verdict.outcome == "failure"


def test_a_stuck_sensor_does_not_fail_what_was_done_right() -> None:
    """The charge rises, the stuck meter does not: the plant itself decides."""
    stuck = StressProfile.model_validate({"sensor_stuck": {"count": 10, "severity": 1}})
    for seed in range(0, 40, 8):
        instance = template("energy", "charge").instance(seed)
        episode = played(instance, stuck)
        assert episode.verdict is not None
        assert episode.verdict.outcome == "success", episode.verdict


def test_facts_are_judged_as_they_were_read() -> None:
    """The reference tells noisy figures, and nobody holds that against it."""
    for name in ("station_health", "line_state", "oee_check"):
        for seed in range(4):
            episode = played(template("production", name).instance(seed), stress_profile("sensor_noise:1"))
            assert episode.verdict is not None
            assert episode.verdict.outcome == "success", (name, seed, episode.verdict)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_doing_nothing_fails_under_stress_too(scenario: str) -> None:
    for task in [one for one in templates(scenario) if one.split == "train"][::4]:
        episode = Episode(task.instance(0), stress=PROFILES["severe"])
        episode.step(AgentMessage(text="I did nothing.", final=True))
        assert episode.verdict is not None
        assert episode.verdict.outcome == "failure", task.id


def test_the_env_takes_a_profile_by_name() -> None:
    env = TwinEnv("production", stress="timeout:1")
    instance = template("production", "set_speed").instance(1)
    trajectory = run_episode(env, ReferenceAgent(instance), instance)
    assert trajectory.stress == stress_profile("timeout:1")
    assert replay(trajectory) == trajectory


def actions(scenario: str) -> st.SearchStrategy[ToolCall | AgentMessage]:
    names = st.sampled_from([spec.name for spec in specs(scenario)])
    values = st.one_of(st.integers(-5, 200), st.sampled_from(["weld", "P-101", "O-101", "battery1", "yes", "urgent"]))
    keys = st.sampled_from(["line", "station", "asset", "order", "seconds", "speed_per_h", "power_kw", "load"])
    calls = st.builds(ToolCall, name=names, arguments=st.dictionaries(keys, values, max_size=3))
    texts = st.sampled_from(["Which line?", "What speed should it be?", "Shall I?", "Done.", "Anything else?", "?"])
    return st.one_of(calls, st.builds(AgentMessage, text=texts, expects_reply=st.booleans()))


@st.composite
def stacks(draw: st.DrawFn) -> StressProfile:
    chosen = draw(st.lists(st.sampled_from(sorted(STRESSORS)), unique=True))
    return stress_profile("+".join(["none", *(f"{name}:{draw(st.sampled_from([0, 0.2, 0.6, 1]))}" for name in chosen)]))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(SCENARIOS), stacks())
def test_any_stack_of_stressors_ends_in_a_verdict_and_replays(
    data: st.DataObject, scenario: str, profile: StressProfile
) -> None:
    tasks = [one for one in templates(scenario) if one.split == "train"]
    instance = data.draw(st.sampled_from(tasks)).instance(data.draw(st.integers(0, 40)))
    episode = Episode(instance, Budgets(tool_calls=8, messages=4), stress=profile)
    for action in data.draw(st.lists(actions(scenario), max_size=6)):
        if not episode.over:
            episode.step(action, data.draw(st.sampled_from([None, 0, 50])))
    if not episode.over:
        episode.step(AgentMessage(text="That is all.", final=True))
    assert episode.verdict is not None
    assert episode.verdict.outcome in ("success", "failure")
    assert replay(episode.trajectory, instance, Budgets(tool_calls=8, messages=4)) == episode.trajectory


def instances(scenario: str) -> Iterator[TaskInstance]:
    for task in templates(scenario):
        if task.split == "train":
            yield task.instance(17)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_reference_is_stopped_by_no_soft_stressor_in_all_tasks(scenario: str) -> None:
    for instance in instances(scenario):
        for stressor in ("delay:0.25", "slow_thinking:0.25", "terse_user:1", "contradictory_user:1"):
            episode = played(instance, stress_profile(stressor))
            assert episode.verdict is not None
            assert episode.verdict.outcome == "success", (instance.task, stressor, episode.verdict)

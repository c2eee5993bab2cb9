"""The numeric views: what their users rely on, whatever the plant."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.control import CLOCK, ControlEnv
from scenarios.control_levers import Dial
from scenarios.control_views import VIEWS
from scenarios.seeds import SPLITS, split_of
from twin.catalog import build
from twin.replay import replay

SCENARIOS = tuple(VIEWS)
IDS = {scenario: f"scenarios:leaf/{scenario.capitalize()}Control-v0" for scenario in SCENARIOS}


def played(env: ControlEnv, seed: int, steps: int) -> list[Any]:
    """Play random actions and return all that came back."""
    env.action_space.seed(seed)
    came: list[Any] = [env.reset(seed=seed)]
    came += [env.step(env.action_space.sample()) for _ in range(steps)]
    return came


def digest(came: list[Any]) -> str:
    """Fold what came back into one word, bits of floats included."""
    return hashlib.sha256(b"".join(step[0].tobytes() + repr(step[1:]).encode() for step in came)).hexdigest()


@pytest.mark.parametrize("mode", [None, "ansi", "rgb_array"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_gymnasium_finds_no_fault(scenario: str, mode: str | None) -> None:
    check_env(gymnasium.make(IDS[scenario], render_mode=mode).unwrapped)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_stable_baselines_finds_no_fault(scenario: str) -> None:
    from stable_baselines3.common.env_checker import check_env as check

    check(gymnasium.make(IDS[scenario]).unwrapped, warn=True)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_vectors_in_one_process_and_in_several_are_equal(scenario: str) -> None:
    results = []
    for mode in ("sync", "async"):
        envs = gymnasium.make_vec(IDS[scenario], num_envs=2, vectorization_mode=mode)
        seen, _ = envs.reset(seed=5)
        envs.action_space.seed(5)
        came = [seen]
        for _ in range(3):
            seen, rewards, *_ = envs.step(envs.action_space.sample())
            came += [seen, rewards]
        results.append(came)
        envs.close()
    assert all(np.array_equal(one, other) for one, other in zip(*results, strict=True))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same_seed_and_actions_give_the_same_bits_in_another_process(scenario: str) -> None:
    here = digest(played(ControlEnv(scenario), 11, 6))
    code = (
        "import importlib.util as u, sys; s = u.spec_from_file_location('control_test', sys.argv[1]); "
        "m = u.module_from_spec(s); s.loader.exec_module(m); "
        f"print(m.digest(m.played(m.ControlEnv({scenario!r}), 11, 6)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    there = subprocess.run(
        [sys.executable, "-c", code, __file__], env=environment, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here
    assert digest(played(ControlEnv(scenario), 12, 6)) != here


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_action_of_rest_gives_no_command(scenario: str) -> None:
    env = ControlEnv(scenario)
    env.reset(seed=0)
    assert env.action_space.contains(env.rest)
    given_before = len(env.twin.journal.commands())
    for _ in range(env.view.steps):
        _, _, terminated, truncated, info = env.step(env.rest)
    assert (terminated, truncated) == (True, False)
    assert info["refused"] == 0
    assert len(env.twin.journal.commands()) == given_before
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(env.rest)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rewards_add_up_to_the_balance(scenario: str) -> None:
    env = ControlEnv(scenario)
    came = played(env, 3, env.view.steps)[1:]
    total = sum(step[1] for step in came)
    assert total * env.view.scale_eur == pytest.approx(came[-1][4]["balance_eur"])
    assert came[-1][2]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_seen_is_measured_and_named(scenario: str) -> None:
    env = ControlEnv(scenario)
    seen, _ = env.reset(seed=2)
    assert len(set(env.observation_names)) == len(env.observation_names) == len(seen)
    assert env.observation_names[-3:] == CLOCK
    assert seen[-1] == 1.0
    variables = env.twin.variables
    for signal in env.view.signals:
        assert signal.low < signal.high
        if signal.tool is None:
            assert env.reading[signal.name] == env.twin.read(signal.name)
            assert signal.name in variables
    index = env.observation_names.index(env.view.signals[0].name)
    first = env.view.signals[0]
    value = env.reading[first.name]
    assert seen[index] == pytest.approx(2 * (value - first.low) / (first.high - first.low) - 1, abs=1e-6)


def test_each_split_has_plants_of_its_own() -> None:
    for split in SPLITS:
        env = ControlEnv("energy", split=split)
        assert split_of(env.reset(seed=4)[1]["plant"]) == split
    env = ControlEnv("energy")
    assert len({env.reset()[1]["plant"] for _ in range(5)}) == 5
    assert split_of(env.reset(options={"split": "test"})[1]["plant"]) == "test"
    assert env.reset(options={"plant": 17})[1]["plant"] == 17


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (lambda: ControlEnv("enrgy"), "no scenario 'enrgy'"),
        (lambda: ControlEnv(render_mode="human"), "render_mode='human'"),
        (lambda: ControlEnv(split="tset"), "unknown split 'tset'"),
        (lambda: ControlEnv(levers=["battery"]), "name at least one of battery1.power_kw"),
        (lambda: ControlEnv(levers=[]), "name at least one"),
        (lambda: ControlEnv().reset(options={"task": "x"}), "unknown option 'task'"),
    ],
)
def test_wrong_arguments_are_told(call: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        call()


@pytest.mark.parametrize("action", [[0.0], [0.0] * 4, [np.nan, 0, 0], 0.0])
def test_an_action_of_another_shape_is_a_programmers_mistake(action: Any) -> None:
    env = ControlEnv("energy")
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(env.rest)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="is not 3 finite numbers"):
        env.step(np.array(action))


def test_levers_can_be_left_out() -> None:
    env = ControlEnv("energy", levers=["battery1.power_kw"])
    assert env.action_space.shape == (1,)
    env.reset(seed=0)
    env.step(np.array([0.4], np.float32))
    assert env.reading["battery1.power_kw"] == 100.0


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_dial_keeps_its_ends_and_its_order(one: float, other: float) -> None:
    dial = Dial("x", ("x",), low=-250, rest=11, high=250)
    assert (dial.setting(-1), dial.setting(0), dial.setting(1)) == (-250, 11, 250)
    assert -250 <= dial.setting(one) <= 250
    assert (dial.setting(one) <= dial.setting(other)) or one > other


@pytest.mark.parametrize("scenario", SCENARIOS)
@settings(deadline=None, max_examples=8)
@given(data=st.data())
def test_any_actions_are_replayed_to_the_same_plant_and_never_raise(scenario: str, data: st.DataObject) -> None:
    env = ControlEnv(scenario)
    env.action_space.seed(data.draw(st.integers(0, 2**31 - 1)))
    env.reset(options={"plant": data.draw(st.integers(0, 3))})
    for _ in range(data.draw(st.integers(1, 5))):
        seen, reward, *_ = env.step(env.action_space.sample())
        assert env.observation_space.contains(seen)
        assert np.isfinite(reward)
    twin = env.twin
    again = replay(scenario, twin.seed, twin.config, twin.faults, twin.journal, twin.now)
    assert again.snapshot().hash == twin.snapshot().hash


def test_refusals_are_counted_and_change_nothing() -> None:
    env = ControlEnv("production")
    env.reset(seed=1)
    for _ in range(8):
        *_, info = env.step(np.array([2, 0, 0]))
    assert info["refused"] == info["refused_interlock"] + info.get("refused_out_of_range", 0) > 0
    assert env.reading["line1.speed_per_h"] <= 120


def test_a_line_is_stopped_and_started() -> None:
    env = ControlEnv("production")
    env.reset(seed=1)
    env.step(np.array([3, 0, 0]))
    assert env.reading["line1.running"] == 0.0
    env.step(np.array([4, 0, 0]))
    assert env.reading["line1.running"] == 1.0
    speed = env.reading["line2.speed_per_h"]
    env.step(np.array([0, 1, 0]))
    assert env.reading["line2.speed_per_h"] == speed - 10


def test_the_generator_follows_its_lever() -> None:
    env = ControlEnv("energy", levers=["chp1.setpoint_kw"])
    env.reset(seed=1)
    for _ in range(2):
        env.step(np.array([1.0], np.float32))
    assert env.reading["chp1.power_kw"] == 250.0
    for _ in range(2):
        env.step(np.array([0.5], np.float32))
    assert env.reading["chp1.power_kw"] == 165.0
    for _ in range(2):
        *_, info = env.step(env.rest)
    assert env.reading["chp1.power_kw"] == 0.0
    assert info["fuel_eur"] > 0
    assert info["refused"] == 0


def test_a_repair_goes_through_its_whole_life_and_is_paid_once() -> None:
    env = ControlEnv("maintenance")
    env.reset(seed=1)
    machines = list(env.view.levers[0].tasks)  # type: ignore[attr-defined]
    tasks = env.view.levers[0].tasks["F-602"]  # type: ignore[attr-defined]
    order = np.array([machines.index("F-602") + 1, tasks.index("balance")])
    env.step(order)
    for _ in range(12):
        *_, info = env.step(env.rest)
    orders = env.twin.view("list_work_orders", asset="F-602")["work_orders"]
    assert [each["state"] for each in orders] == ["closed"]
    assert env.twin.view("get_asset", asset="F-602")["isolated"] == "no"
    assert info["work_eur"] == pytest.approx(65 * 1.5)
    *_, info = env.step(np.array([machines.index("V-702") + 1, 6]))
    assert info["refused_not_found"] == 1


def test_emptying_the_battery_is_no_saving() -> None:
    balances = []
    for power in (0.0, 0.2):
        env = ControlEnv("energy", levers=["battery1.power_kw"])
        env.reset(options={"plant": 1})
        # At night energy is cheap, and worth less than what it costs to store it again.
        for step in range(env.view.steps):
            *_, info = env.step(np.array([power if step > 64 else 0.0], np.float32))
        balances.append(info["balance_eur"])
    assert info["stored_kwh"] < -50
    assert balances[1] < balances[0]


def test_plants_differ_and_stay_as_built_when_untouched() -> None:
    env = ControlEnv("energy")
    env.reset(options={"plant": 3})
    untouched = build("energy", seed=3)
    untouched.advance(env.view.warmup_s)
    assert env.twin.snapshot().hash == untouched.snapshot().hash

"""Pictures of plants: of the right form, of the plant as it is, and found faultless by Gymnasium."""

from __future__ import annotations

import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from scenarios.control import ControlEnv
from scenarios.env import TwinEnv
from scenarios.picture import HEIGHT, WIDTH, plant_picture
from tools_api.messages import AgentMessage, ToolCall
from twin.catalog import warmed_up

SCENARIOS = ("production", "maintenance", "energy")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_picture_shows_the_plant_of_now(scenario: str) -> None:
    twin = warmed_up(scenario, seed=1, warmup_s=3600)
    first = plant_picture(twin)
    assert (first.shape, first.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
    assert np.array_equal(first, plant_picture(twin))
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 5
    twin.advance(900)
    later = plant_picture(twin)
    # The clock alone is in the head; below it the bars must have moved too.
    assert not np.array_equal(first[40:], later[40:])
    assert not np.array_equal(later, plant_picture(twin, ["user: hello"]))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_variable_has_a_row_above_the_text(scenario: str) -> None:
    twin = warmed_up(scenario, seed=1, warmup_s=0)
    paper = plant_picture(twin)[HEIGHT - 118 : HEIGHT - 12]
    assert len(np.unique(paper.reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_text_env_draws_and_gymnasium_finds_no_fault(scenario: str) -> None:
    env = gymnasium.make(f"scenarios:leaf/{scenario.capitalize()}-v0", render_mode="rgb_array")
    check_env(env.unwrapped)
    env.reset(seed=1)
    before = env.render()
    env.step(ToolCall(name="wait", arguments={"seconds": 600}).model_dump_json())
    assert not np.array_equal(before, env.render())


def test_words_of_the_episode_stand_below() -> None:
    env = TwinEnv(render_mode="rgb_array")
    env.reset(seed=1)
    before = env.render()
    env.step(AgentMessage(text="Hello.", expects_reply=True))
    below = np.s_[HEIGHT - 118 :]
    assert not np.array_equal(before[below], env.render()[below])


def test_an_unknown_mode_is_told() -> None:
    with pytest.raises(ValueError, match="there are ansi, rgb_array"):
        TwinEnv(render_mode="human")
    assert ControlEnv().render() is None
    env = ControlEnv(render_mode="ansi")
    env.reset(seed=1)
    assert "grid.import_kw: " in env.render()


def test_without_pillow_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = warmed_up("energy", seed=1, warmup_s=3600)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(gymnasium.error.DependencyNotInstalled, match=r"leaf-twin\[rl\]"):
        plant_picture(twin)

"""Demonstrations come from episodes that the plant called a success, and hold nothing that training must not see."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaf_agent.plan.checks import check_plan
from leaf_agent.plan.grammar import plan_pattern
from leaf_agent.plan.parser import parse_plan
from scenarios.catalog import template, templates
from scenarios.script import compile_plan
from tools_api.catalog import specs
from training.config import DataSettings, SftSettings, TrainingConfig, read_config
from training.dataset import digest, read, write
from training.demonstrations import Demonstration, Tally, demonstrate
from training.noise import roughen
from training.splits import LeakError, refuse_leaks

NAMES = [spec.name for spec in specs("production")]


@pytest.mark.parametrize("task", [found.id for found in templates("production") if found.split == "train"])
def test_every_task_compiles_to_a_plan_that_the_grammar_writes(task: str) -> None:
    text = compile_plan(template("production", task).instance(3))
    check_plan(parse_plan(text), NAMES, strict=True)
    assert plan_pattern(NAMES, text.count("\n") + 1).fullmatch(text)


@pytest.mark.parametrize("task", ["line_state", "overspeed", "order_without_quantity", "changeover_until_running"])
def test_teacher_succeeds_and_shows_all_that_was_asked(task: str) -> None:
    tally = Tally()
    made = list(demonstrate([template("production", task).instance(seed) for seed in range(2)], tally))
    assert tally.dropped.total() == 0, tally.reasons
    assert {one.expert for one in made} == {"planner", "executor", "interactor"}
    for one in made:
        assert one.prompt.endswith("<|im_start|>assistant\n")
        if one.expert == "executor":
            assert isinstance(json.loads(one.completion), dict)


def test_phrasings_keep_to_the_first_ways_to_say_a_thing() -> None:
    instances = [template("production", "speed_without_value").instance(seed) for seed in range(16)]
    questions = {}
    for phrasings in (1, None):
        made = demonstrate(instances, Tally(), phrasings)
        questions[phrasings] = {one.completion for one in made if one.expert == "interactor" and "?" in one.completion}
    assert len(questions[1]) == 1
    assert questions[1] < questions[None]


def test_missing_value_is_null_until_the_user_told_it() -> None:
    made = list(demonstrate([template("production", "order_without_quantity").instance(0)], Tally()))
    calls = [json.loads(one.completion) for one in made if one.expert == "executor"]
    assert calls[0]["quantity"] is None
    assert isinstance(calls[1]["quantity"], int)


@settings(max_examples=200)
@given(st.integers(0, 10_000))
def test_noise_leaves_values_alone(seed: int) -> None:
    request = "Please bring line 2 down to 75 parts per hour, order O-104 is urgent."
    rough = roughen(request, Random(seed)).lower()
    for value in ("2", "75", "o-104", "urgent"):
        assert value in rough


def a_demonstration(request: str, task: str = "set_speed", seed: int = 3, split: str = "train") -> Demonstration:
    prompt = f"<|im_start|>user\n{request}<|im_end|>\n<|im_start|>assistant\n"
    return Demonstration("planner", prompt, "1 ** Dialog :: tell ** <<END>>", task, seed, split)


def test_leak_of_a_test_wording_is_refused_with_any_values_case_and_punctuation() -> None:
    wording = template("production", "set_speed").words("test")[0]
    said = wording
    for gap, value in (("{line}", "2"), ("{line:word}", "two"), ("{line:ordinal}", "second"), ("{speed}", "75")):
        said = said.replace(gap, value)
    with pytest.raises(LeakError, match="must not see"):
        refuse_leaks("production", [a_demonstration(said.upper().rstrip(".?!"))])


def test_seed_of_another_split_is_refused() -> None:
    instance = template("production", "set_speed").instance(200_001)
    with pytest.raises(LeakError, match="training draws from train"):
        refuse_leaks("production", [a_demonstration("x", seed=instance.seed, split=instance.split)])


def test_train_wordings_pass() -> None:
    made = [
        a_demonstration(template("production", "set_speed").instance(seed).request, seed=seed) for seed in range(40)
    ]
    refuse_leaks("production", made)


def test_no_train_wording_is_a_test_wording() -> None:
    """The shipped documents themselves: every train wording, said with any values, is clear of the unseen ones."""
    made = [
        a_demonstration(found.instance(seed).request, task=found.id, seed=seed)
        for found in templates("production")
        if found.split == "train"
        for seed in range(len(found.words("train")))
    ]
    refuse_leaks("production", made)


def test_data_set_is_written_whole_and_read_by_expert(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "data.jsonl"
    first = a_demonstration("Set line 2 to 75")
    sha256 = write(path, [first, replace(first, expert="executor")])
    assert sha256 == digest(path)
    assert read(path, "planner") == [first]
    assert [entry.name for entry in path.parent.iterdir()] == ["data.jsonl"]
    with pytest.raises(ValueError, match="leaf train demonstrations"):
        read(tmp_path / "absent.jsonl", "planner")


def test_shipped_configuration_reads_and_a_bad_one_names_its_field(tmp_path: Path) -> None:
    config = read_config(Path(__file__).parents[2] / "training" / "configs" / "all.toml")
    assert set(config.sft) == {"planner", "executor", "interactor"}
    assert config == TrainingConfig.model_validate(config.model_dump())
    bad = tmp_path / "bad.toml"
    bad.write_text('scenarios = ["production"]\n[data]\nepisodes = 0\nplans = 1\n[sft.planner]\nepochs = 1.0\n')
    with pytest.raises(ValueError, match=r"data\.episodes"):
        read_config(bad)
    assert DataSettings(episodes=1, plans=0).rough == 0.5
    assert SftSettings().rank == 8

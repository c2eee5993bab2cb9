"""Nothing of the test or held-out splits can reach training, and nothing of the verdict the agent before the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scenarios.admission import leaked_wordings
from scenarios.catalog import template, templates
from scenarios.env import TwinEnv
from scenarios.reference import ReferenceAgent
from scenarios.seeds import SPLITS
from scenarios.steps import Call, Say, Until, walk
from scenarios.task import TaskInstance, TaskTemplate
from scenarios.words import DOMAINS
from tools_api.catalog import SCENARIOS, specs
from tools_api.messages import Observation
from training.dataset import read, write
from training.demonstrations import Demonstration
from training.noise import roughen
from training.splits import LeakError, hidden_words, refuse_leaks

EVERY = [task for scenario in SCENARIOS for task in templates(scenario)]
FIRST_SEEDS = {"train": 4, "heldout": 300_004}


def shown(request: str, task: str, expert: str = "planner", seed: int = 3, split: str = "train") -> Demonstration:
    body = {
        "planner": request,
        "executor": f"get_kpi(line)\nread the figures\nrequest: {request}\n",
        "interactor": f"confirm it\nuser: {request}",
        "replan": f"Please do something.\nhappened: {request}",
    }[expert]
    prompt = f"<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n"
    return Demonstration("planner" if expert == "replan" else expert, prompt, "1 ** Dialog", task, seed, split)


def told(wording: str, task: TaskTemplate) -> str:
    """Say a wording as an instance would; values of one word, or of two where there are others around them."""
    words = [word for word in wording.split() if "{" not in word]
    value = "twenty-five" if len(words) > 4 and task.scenario != "production" else "O-104"
    return re.sub(r"\{[^{}]*\}", value, wording)


def garbled(text: str, random: Random) -> str:
    """Put the marks and the case of a text elsewhere."""
    words = [word.strip('.,!?;:"') for word in text.split()]
    said = "  ".join(word.upper() if random.random() < 0.5 else f"{word}," for word in words)
    return random.choice(("{}!!", "({})", "{}...", "please: {}", "hi, {} thanks", "Hello, {}. Thank you")).format(said)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_planted_wording_is_refused_whatever_its_case_and_marks(scenario: str) -> None:
    random = Random(scenario)
    planted = [(task, wording) for task in templates(scenario) for wording in hidden_words(task)]
    assert len(planted) > 1000
    for task, wording in planted:
        if task.split == "heldout":
            continue
        said = told(wording, task)
        expert = random.choice(("planner", "executor", "interactor", "replan"))
        for text in (said, garbled(said, random)):
            with pytest.raises(LeakError, match="must not see"):
                refuse_leaks(scenario, [shown(text, task.id, expert)])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_words_of_a_changed_mind_are_refused(scenario: str) -> None:
    turns = [task for task in templates(scenario) if task.user.changes is not None and task.split == "train"]
    assert turns
    for task in turns:
        assert task.user.changes is not None
        for split, ways in task.user.changes.says.items():
            for way in ways:
                one = shown(told(way, task), task.id, "replan")
                if split == "train":
                    refuse_leaks(scenario, [one])
                else:
                    with pytest.raises(LeakError, match="must not see"):
                        refuse_leaks(scenario, [one])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_words_of_another_task_and_held_out_tasks_are_refused(scenario: str) -> None:
    tasks = templates(scenario)
    home = next(task for task in tasks if task.split == "train")
    away = [task for task in tasks if task.split == "heldout"]
    for task in away:
        with pytest.raises(LeakError, match="is held out"):
            refuse_leaks(scenario, [shown("Do it.", task.id)])
        longest = max(hidden_words(task), key=len)
        with pytest.raises(LeakError, match=f"of {task.id}, which training must not see"):
            refuse_leaks(scenario, [shown(told(longest, task), home.id)])


def test_seeds_of_other_splits_and_unknown_tasks_are_refused(tmp_path: Path) -> None:
    clean = shown("Do it.", "set_speed")
    refuse_leaks("production", [clean])
    for split, (first, last) in SPLITS.items():
        for seed in (first, last):
            for one in (replace(clean, seed=seed), replace(clean, seed=seed, split=split)):
                if split == "train":
                    refuse_leaks("production", [one])
                    continue
                with pytest.raises(LeakError, match="training draws from train"):
                    refuse_leaks("production", [one])
                write(tmp_path / "data.jsonl", [clean, one])
                with pytest.raises(LeakError, match="training draws from train"):
                    read(tmp_path / "data.jsonl", "planner")
    with pytest.raises(LeakError, match="training draws from train"):
        refuse_leaks("production", [replace(clean, seed=-1)])
    with pytest.raises(LeakError, match="no task of production"):
        refuse_leaks("production", [replace(clean, task="get_rich")])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_shipped_templates_leak_nothing(scenario: str) -> None:
    assert not leaked_wordings(templates(scenario))
    random = Random(scenario)
    for task in templates(scenario):
        if task.split == "train":
            for wording in task.words("train"):
                said = told(wording, task)
                refuse_leaks(scenario, [shown(said, task.id), shown(roughen(said, random), task.id, "executor")])


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def secrets(instance: TaskInstance) -> set[str]:
    """What only the task knows: its id and family, its checks, its reference's words, its world's faults."""
    steps = [*walk(instance.reference), *walk(instance.revised)]
    found = {f'"{instance.task}"', f'"{instance.family}"', "plant_seed", "judge_after", "heldout", "verdict"}
    found |= {check.model_dump_json() for check in instance.checks}
    found |= {getattr(check, "where", None) or "no such condition" for check in instance.checks}
    found |= {step.do for step in steps if isinstance(step, Call | Until)} | {
        step.say for step in steps if isinstance(step, Say)
    }
    found |= {f'"at_s": {fault.at_s}' for fault in instance.world.faults}
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_goal_reaches_the_agent_before_the_end(scenario: str) -> None:
    env = TwinEnv(scenario)
    values = " ".join(value for domain in DOMAINS.values() for value in domain)
    tools = " ".join(f"{spec.card()} {' '.join(spec.returns)}" for spec in specs(scenario))
    for task in templates(scenario):
        instance = task.instance(FIRST_SEEDS[task.split])
        agent = ReferenceAgent(instance)
        text, info = env.reset(options={"instance": instance})
        over, seen = False, []
        while not over:
            assert set(info) == {"time_s"}, (task.id, info)
            seen.append(text)
            action = agent.act(env.observation)
            text, reward, terminated, truncated, info = env.step(action.model_dump_json())
            over = terminated or truncated
            assert over or reward == 0
        assert info["outcome"] == "success"
        assert info["task"] == task.id
        before = "\n".join(seen)
        # What a tool's field or a value is called like, or what the user says, is no secret.
        said = f"{instance.request} {instance.change and instance.change.text} {tools} {values}"
        found = [secret for secret in secrets(instance) if secret in before and secret.strip('"') not in said]
        assert not found, (task.id, found)
        for line in seen:
            assert set(json.loads(line)) == set(Observation.model_fields)
    env.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_there_are_words_enough(scenario: str) -> None:
    few = []
    for task in templates(scenario):
        if task.split == "heldout":
            few += [f"{task.id}: {len(task.words('heldout'))} of 8"] if len(task.words("heldout")) < 8 else []
            continue
        words = {split: len(task.wordings.get(split, ())) for split in SPLITS}
        taught = set(task.wordings.get("train", ())) | set(task.wordings.get("validation", ()))
        own = set(task.wordings.get("test", ())) - taught
        if words["train"] < 14 or words["test"] < 8 or len(own) < 6 or sum(words.values()) < 20:
            few.append(f"{task.id}: {words}")
    assert not few, "\n".join(few)
    assert len([task for task in templates(scenario) if task.split == "heldout"]) >= 12
    assert template(scenario, templates(scenario)[0].id) is templates(scenario)[0]

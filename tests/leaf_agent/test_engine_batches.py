"""Look-ups that stand side by side are grounded in one list of requests, and nothing else changes."""

from __future__ import annotations

import pytest

from leaf_agent.config import LeafConfig
from scenarios.catalog import template, templates
from scenarios.task import TaskTemplate
from training.reference_player import ReferencePlayer

ALL = [task for task in templates("production") if task.split == "train"]
JOINED = ["slow_scrappier_line", "order_to_shorter_queue"]
DEPENDENT = "run_at_recipe_limit"


def played(task: TaskTemplate, *, batch: bool, seed: int = 0) -> ReferencePlayer:
    player = ReferencePlayer(task.instance(seed), LeafConfig(batch_reads=batch))
    player.play()
    return player


def same_course(task: TaskTemplate, seed: int = 0) -> tuple[ReferencePlayer, ReferencePlayer]:
    alone, joined = played(task, batch=False, seed=seed), played(task, batch=True, seed=seed)
    assert joined.episode.trajectory == alone.episode.trajectory, task.id
    return alone, joined


@pytest.mark.parametrize("task", JOINED)
def test_two_look_ups_take_one_call_of_the_backend(task: str) -> None:
    alone, joined = same_course(template("production", task))
    assert max(len(requests) for requests in alone.asked) == 1
    assert max(len(requests) for requests in joined.asked) == 2
    assert len(joined.asked) == len(alone.asked) - 1
    assert joined.agent.engine.budget.model_calls == alone.agent.engine.budget.model_calls


def test_a_value_that_the_other_look_up_brings_is_filled_in_its_turn() -> None:
    alone, joined = same_course(template("production", DEPENDENT))
    assert len(joined.asked) == len(alone.asked), "asked together, and again once the product was known"
    assert joined.agent.engine.budget.model_calls == alone.agent.engine.budget.model_calls + 1


def test_some_tasks_take_the_same_course() -> None:
    for task in ALL[::4]:
        same_course(task)


@pytest.mark.slow
def test_all_tasks_take_the_same_course() -> None:
    saved = 0
    for scenario in ("production", "maintenance", "energy"):
        for task in templates(scenario):
            for seed in (0, 17) if task.split == "train" else ():
                alone, joined = same_course(task, seed)
                saved += len(alone.asked) - len(joined.asked)
    assert saved > 20

from __future__ import annotations

import pytest

from scenarios.catalog import templates
from scenarios.distinctness import TWINS, nearest_pairs
from scenarios.task import TaskTemplate
from tools_api.catalog import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_two_tasks_are_one(scenario: str) -> None:
    tasks = templates(scenario)
    pairs = nearest_pairs(tasks)
    assert len(pairs) == len(tasks) * (len(tasks) - 1) // 2
    assert not [pair for pair in pairs if pair.twins]


def test_a_task_under_another_name_is_found(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    (pair,) = nearest_pairs([task, task.model_copy(update={"id": "other"})])
    assert (pair.reference, pair.checks, pair.twins) == (1.0, 1.0, True)


def test_other_parameter_names_make_no_other_task(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    renamed = TaskTemplate.model_validate_json(
        task.model_dump_json(by_alias=True).replace("{line", "{place").replace('"line":{"choice"', '"place":{"choice"')
    )
    assert "place" in renamed.parameters
    (pair,) = nearest_pairs([task, renamed.model_copy(update={"id": "other"})])
    assert pair.alike >= TWINS


def test_another_goal_or_other_words_tell_tasks_apart(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    fewer = task.model_copy(update={"id": "fewer", "checks": task.checks[:1]})
    spoken = task.model_copy(update={"id": "spoken", "wordings": {"train": ("Something else entirely",)}})
    by_checks, by_words = (nearest_pairs([task, other])[0] for other in (fewer, spoken))
    assert (by_checks.reference, by_checks.twins) == (1.0, False)
    assert (by_words.reference, by_words.checks, by_words.twins) == (1.0, 1.0, False)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nearest_come_first_and_all_figures_are_shares(scenario: str) -> None:
    pairs = nearest_pairs(templates(scenario))
    assert [pair.alike for pair in pairs] == sorted((pair.alike for pair in pairs), reverse=True)
    assert all(0 <= value <= 1.0 for p in pairs for value in (p.reference, p.checks, p.wordings))

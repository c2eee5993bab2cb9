from __future__ import annotations

import pytest

from scenarios.admission import check_scenario, check_task, leaked_wordings, normalised
from scenarios.catalog import templates
from scenarios.task import TaskTemplate
from tools_api.catalog import SCENARIOS


def test_the_samples_are_admitted(samples: dict[str, TaskTemplate]) -> None:
    admission = check_scenario("production", 6, tasks=list(samples.values()))
    assert admission.admitted, admission.model_dump_json(indent=1)
    row = admission.rows[0]
    assert (row.reference, row.nothing, row.dump, row.refusal) == (6, 0, 0, 0)
    assert row.branches == ("1 when else", "1 when then")


def test_a_task_that_does_itself_is_refused(samples: dict[str, TaskTemplate]) -> None:
    lazy = samples["wait_for_line"].model_copy(update={"checks": samples["wait_for_line"].checks[-1:]})
    row = check_task(lazy, 1)
    assert not row.admitted
    assert any("nothing fulfils it" in problem for problem in row.problems)


def test_a_way_that_no_seed_takes_is_told(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    limit = task.parameters["limit"].model_copy(update={"choice": (115,)})
    one_sided = task.model_copy(update={"parameters": {**task.parameters, "limit": limit}})
    assert any("1 when then" in problem for problem in check_task(one_sided, 2).problems)


def test_test_words_that_are_taught_are_found(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    leaky = task.model_copy(
        update={"wordings": {**task.wordings, "test": ("SLOW down the {line} line if it goes over {limit}!",)}}
    )
    assert leaked_wordings([leaky])["slow_down_if_fast"]
    assert not leaked_wordings([task])
    assert normalised("Slow  down, {line:word}!") == "slow down {}"


@pytest.mark.parametrize("task", [task for scenario in SCENARIOS for task in templates(scenario)], ids=lambda t: t.id)
def test_every_task_proves_itself_on_three_seeds(task: TaskTemplate) -> None:
    row = check_task(task, 3)
    assert row.admitted, row.problems
    assert (row.episodes, row.reference) == (3, 3)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_whole_scenario_is_admitted(scenario: str) -> None:
    admission = check_scenario(scenario, 10)
    assert admission.admitted, [row for row in admission.rows if row.problems]
    assert len(admission.rows) == len(templates(scenario))

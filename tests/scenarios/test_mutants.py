from __future__ import annotations

import pytest

from scenarios.admission import sample
from scenarios.catalog import template, templates
from scenarios.mutants import mutants
from scenarios.task import TaskTemplate
from tools_api.catalog import SCENARIOS

SLOW_SEEDS = 3


def kinds(task: TaskTemplate, seed: int = 3) -> dict[str, set[bool]]:
    found: dict[str, set[bool]] = {}
    for mutant in mutants(task.instance(seed)):
        found.setdefault(mutant.kind, set()).add(mutant.killed)
    return found


def test_every_kind_of_mutant_is_made_and_killed() -> None:
    assert kinds(template("production", "set_speed")) == {
        kind: {True} for kind in ("left_out", "wrong_value", "silent", "wrong_fact", "meddling")
    }
    assert kinds(template("production", "speed_without_value"))["unasked"] == {True}
    assert kinds(template("production", "line_throughput"))["unread"] == {True}


@pytest.mark.parametrize(
    ("kept", "survivors"),
    [
        (("state",), {"silent", "wrong_fact", "meddling"}),
        (("reported",), {"meddling"}),
        (("untouched",), {"left_out", "silent"}),
    ],
)
def test_a_check_that_is_missing_lets_its_mutants_live(kept: tuple[str, ...], survivors: set[str]) -> None:
    task = template("production", "set_speed")
    loose = task.model_copy(update={"checks": tuple(check for check in task.checks if check.kind in kept)})
    alive = {kind for kind, killed in kinds(loose).items() if False in killed}
    # Without a reported check nobody has to speak, so no mutant is made of what is said.
    made = kinds(loose).keys()
    assert alive == survivors & made


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_mutant_of_any_task_survives(scenario: str) -> None:
    alive = [
        mutant
        for task in templates(scenario)
        for instance in sample(task, SLOW_SEEDS)
        for mutant in mutants(instance)
        if not mutant.killed
    ]
    assert not alive, "\n".join(f"{one.task} {one.seed} {one.kind}: {one.what}" for one in alive)

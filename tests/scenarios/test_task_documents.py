from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from scenarios.catalog import DATA, load_templates, template, templates
from scenarios.document import TaskDocumentError
from scenarios.seeds import SPLITS, plant_seed, split_of
from scenarios.slots import load_slots
from scenarios.task import TaskTemplate

SAMPLE = yaml.safe_load(Path(__file__).with_name("sample_tasks.yaml").read_text())[0]


def load(tmp_path: Path, document: Any) -> list[TaskTemplate]:
    path = tmp_path / "tasks.yaml"
    path.write_text(yaml.safe_dump([document], sort_keys=False))
    return load_templates(path)


@pytest.mark.parametrize("path", sorted(DATA.glob("*/*.yaml")), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_documents_of_the_house_are_whole(path: Path) -> None:
    assert load_slots(path) if path.stem == "slots" else load_templates(path)


def test_the_catalogue_has_every_task_once_and_names_the_nearest() -> None:
    ids = [task.id for task in templates("production")]
    assert len(ids) == len(set(ids)) >= 34
    with pytest.raises(ValueError, match="did you mean 'set_speed'"):
        template("production", "set_sped")


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        (("colour",), "red", "colour: Extra inputs"),
        (("world", "warmup_s"), -1, "world.warmup_s: .*greater than or equal to 0"),
        (("parameters", "line"), {"choise": [1]}, "parameters.line: Unable to extract tag"),
        (("parameters", "speed", "range"), [48, 40, 2], "low <= high"),
        (("wordings", "train"), [], "at least one wording"),
        (("wordings", "train"), ["Slow {lin} down."], "no parameter 'lin'; did you mean 'line'"),
        (("wordings", "train"), ["Line {line} to {speed}."], "the reference asks for 'speed_per_h'"),
        (("user", "knows"), {"speed_per_h": "{speed}", "colour": "red"}, "no slot 'colour'"),
        (("reference", 0, "call"), "get_line_state", "did you mean 'get_line_status'"),
        (("reference", 0, "arguments"), {"lines": 1}, "takes no such argument"),
        (("reference", 0, "arguments"), {}, "needs 'line'"),
        (("reference", 1, "when"), "status.speed > 5", "does not tell 'speed'"),
        (("reference", 1, "when"), "status.speed_per_h is big", "is no condition"),
        (("reference", 1, "then", 1, "facts"), ["nothing.here"], "no saved output 'nothing'"),
        (("reference", 1, "else", 0, "texts"), ["Because {error}"], "known only in if_error"),
        (("checks", 0, "fact", "field"), "sped", "does not tell 'sped'"),
        (("checks", 0, "kind"), "statte", "checks.0"),
        (("checks", 2, "slot"), "line", "nobody needs to ask"),
        (("checks", 1, "where"), "speed_per_h", "is no condition"),
    ],
)
def test_a_broken_document_is_refused_with_path_and_rule(
    tmp_path: Path, path: tuple[str | int, ...], value: Any, rule: str
) -> None:
    document = copy.deepcopy(SAMPLE)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(TaskDocumentError, match=rule) as caught:
        load(tmp_path, document)
    assert "slow_down_if_fast" in str(caught.value)


def test_an_instance_is_fixed_by_its_seed(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    assert task.instance(11) == task.instance(11)
    drawn = {tuple(task.instance(seed).parameters.values()) for seed in range(30)}
    assert len(drawn) > 10


def test_wordings_take_turns_and_follow_the_split(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    assert "hour" in task.instance(0).request
    assert task.instance(1).request.startswith("Slow down the")
    assert task.instance(SPLITS["test"][0]).request.startswith("Should line")
    ordinal = {1: "first", 2: "second", 3: "third"}[int(task.instance(1).parameters["line"])]
    assert ordinal in task.instance(1).request
    assert task.instance(0, request="Do it.").request == "Do it."


def test_seeds_of_splits_do_not_overlap() -> None:
    assert [split_of(seed) for seed in (0, 99_999, 100_000, 200_000, 300_000)] == [
        "train",
        "train",
        "validation",
        "test",
        "heldout",
    ]
    plants = {split: {plant_seed(seed) for seed in range(first, first + 5000)} for split, (first, _) in SPLITS.items()}
    assert sum(len(pool) for pool in plants.values()) == len(set().union(*plants.values()))
    with pytest.raises(ValueError, match="no split"):
        split_of(-1)


def test_a_seed_of_another_split_is_refused(samples: dict[str, TaskTemplate]) -> None:
    with pytest.raises(ValueError, match="belongs to split 'train'"):
        samples["slow_down_if_fast"].instance(5, "test")


def test_a_world_that_has_nothing_to_pick_moves_on_and_then_says_so(tmp_path: Path) -> None:
    document = copy.deepcopy(SAMPLE)
    document["world"] = {"warmup_s": 60}
    document["parameters"]["order"] = {
        "pick": {"tool": "list_orders", "arguments": {"state": "done"}, "records": "orders", "field": "order"}
    }
    (task,) = load(tmp_path, document)
    with pytest.raises(ValueError, match="finds nothing to pick"):
        task.instance(0)


def test_picks_come_from_the_plant() -> None:
    instance = template("production", "cancel_order").instance(4)
    order = instance.plant().view("get_order", order=instance.parameters["order"])
    assert order["state"] == "queued"


def test_only_keeps_what_the_plant_allows() -> None:
    task = template("production", "start_line")
    for seed in range(0, 64, 8):
        instance = task.instance(seed)
        plant = instance.plant()
        assert plant.view("list_alarms", line=instance.parameters["line"], severity="critical")["unacknowledged"] == 0

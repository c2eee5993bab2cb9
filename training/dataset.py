"""A data set: the demonstrations of a configuration, as JSON lines."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random

from leaf_agent.config import LeafConfig
from leaf_agent.experts.planner import Planner
from leaf_agent.experts.shortlist import Picks
from leaf_agent.plan.parser import parse_plan
from scenarios.catalog import templates
from scenarios.script import compile_plan
from scenarios.task import TaskInstance, TaskTemplate
from tools_api.catalog import specs
from training.config import TrainingConfig
from training.demonstrations import Demonstration, Tally, demonstrate
from training.noise import roughen
from training.shortlist import FOLDS, held_out, known_requests
from training.splits import refuse_leaks, refuse_split

Progress = Callable[[int, int], None]


def build(config: TrainingConfig, progress: Progress | None = None) -> tuple[list[Demonstration], Tally]:
    """Make a data set. `progress(done, total)` is told after every template. Raises `LeakError`."""
    tally = Tally()
    found: list[Demonstration] = []
    chosen = [
        template for scenario in config.scenarios for template in templates(scenario) if template.split == "train"
    ]
    shortlists = {scenario: held_out(scenario, known_requests(scenario)) for scenario in config.scenarios}

    def shortlist(instance: TaskInstance) -> Picks:
        # A wording meets weights that never saw it, as in use.
        wordings = len(template_of[instance.task].words("train"))
        return shortlists[instance.scenario][instance.seed % wordings % FOLDS]

    template_of = {template.id: template for template in chosen}
    for place, template in enumerate(chosen):
        random = Random(f"{config.seed}/{template.id}")
        played = _instances(template, range(config.data.episodes), config, random)
        found += demonstrate(played, tally, config.data.phrasings, shortlist)
        steps = len(compile_plan(template.instance(0, "train")).splitlines())
        further = range(config.data.episodes, config.data.episodes + config.data.plans * steps)
        found += _plans(_instances(template, further, config, random), shortlist)
        if progress is not None:
            progress(place + 1, len(chosen))
    for scenario in config.scenarios:
        own = {template.id for template in chosen if template.scenario == scenario}
        refuse_leaks(scenario, (one for one in found if one.task in own))
    return found, tally


def _instances(
    template: TaskTemplate, seeds: Iterable[int], config: TrainingConfig, random: Random
) -> Iterator[TaskInstance]:
    for seed in seeds:
        instance = template.instance(seed, "train")
        if random.random() < config.data.rough:
            instance = instance.model_copy(update={"request": roughen(instance.request, random)})
        yield instance


def _plans(instances: Iterable[TaskInstance], shortlist: Callable[[TaskInstance], Picks]) -> Iterator[Demonstration]:
    for instance in instances:
        planner = Planner(specs(instance.scenario), LeafConfig(), shortlist(instance))
        prompt = planner.request(instance.request).prompt
        plan = planner.write(parse_plan(compile_plan(instance)))
        yield Demonstration("planner", prompt, plan, instance.task, instance.seed, instance.split)


def write(path: Path, demonstrations: Iterable[Demonstration]) -> str:
    """Write a data set atomically; return its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        beside.write_text("".join(f"{one.to_json()}\n" for one in demonstrations), "utf-8")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return digest(path)


def read(path: Path, expert: str) -> list[Demonstration]:
    """Read one expert's demonstrations.

    Raises `ValueError` for a missing file or a bad line, `LeakError` for a line from another split: the file may be
    older than the splits, or of another's making.
    """
    if not path.exists():
        raise ValueError(f"no demonstrations at {path}; run: leaf train demonstrations CONFIG")
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            one = Demonstration(**json.loads(line))
        except (json.JSONDecodeError, TypeError) as error:
            raise ValueError(f"{path}:{number}: no demonstration: {error}") from error
        refuse_split(one)
        if one.expert == expert:
            found.append(one)
    return found


def digest(path: Path) -> str:
    """Return the SHA-256 of a data set."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

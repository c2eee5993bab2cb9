"""`leaf eval`: an agent on many episodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cast import AgentName, BackendName, cast
from cli.output import AsJson, print_json, progress_bar
from cli.problem import Problem, unknown

if TYPE_CHECKING:
    from evaluation.episode import Job
    from scenarios.task import TaskTemplate


def evaluate(
    scenario: Annotated[str, typer.Option(help="A scenario.")] = "production",
    agent: AgentName = "leaf",
    split: Annotated[str, typer.Option(help="train, validation, test or heldout.")] = "test",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many episodes; families take turns.")] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Instances of each task. [default: as --limit asks, else 4]")
    ] = None,
    requests: Annotated[
        Path | None, typer.Option(help='Lines {"task": ID, "seed": N, "request": TEXT}: tasks in other words.')
    ] = None,
    tasks: Annotated[Path | None, typer.Option(help="A YAML file of tasks in place of the scenario's own.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write episodes.jsonl and summary.json; goes on where it was.")
    ] = None,
    backend: BackendName = "embedded",
    batch: Annotated[int, typer.Option(min=1, help="Episodes under way at a time.")] = 32,
    as_json: AsJson = False,
) -> None:
    """Play many episodes and measure the agent: success, tools, arguments, what was told, tokens and time."""
    from cli.scenario import known_scenario
    from cli.tasks import known_split, tasks_of
    from evaluation.provenance import provenance
    from evaluation.report import tables
    from evaluation.runner import Evaluation, jobs_of
    from evaluation.runner import evaluate as play_all

    known_scenario(scenario)
    known_split(split)
    templates = {task.id: task for task in tasks_of(str(tasks) if tasks is not None else scenario)}
    if tasks is not None:
        _same_scenario(templates, scenario, tasks)
    if requests is not None:
        jobs = read_requests(requests, templates)[:limit]
    else:
        jobs = jobs_of(list(templates.values()), known_split(split), seeds, limit)
    if not jobs:
        raise Problem(f"no task of {tasks or scenario} has words for split '{split}'; try --split train")
    _instances_exist(jobs, templates)
    kind, engine = cast(agent, backend, scenario)
    settings = provenance(scenario, _split_of(jobs), kind, engine, templates.values())
    evaluation = Evaluation(kind, templates, jobs, settings, engine, batch)
    with progress_bar("episodes") as advance:
        summary = play_all(evaluation, out, advance)
    if as_json:
        print_json(summary)
        return
    from cli.output import print_table

    for table in tables(summary):
        print_table(table.title, table.columns, table.rows)


def read_requests(path: Path, templates: dict[str, TaskTemplate]) -> list[Job]:
    """Read a file of requests. Raises `Problem` with the line and what is wrong with it."""
    from pydantic import ValidationError

    from evaluation.episode import Job

    if not path.is_file():
        raise Problem(f"no file {path}; give lines {_REQUEST}")
    jobs = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            job = Job.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise Problem(f"{path}, line {number} is no JSON ({error.msg}); write {_REQUEST}") from None
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the line"
            raise Problem(f"{path}, line {number}: {where}: {problem['msg']}; write {_REQUEST}") from None
        if job.task not in templates:
            raise Problem(f"{path}, line {number}: {unknown('task', job.task, templates)}")
        if job.request is None or not job.request.strip():
            raise Problem(f"{path}, line {number}: request is empty; write {_REQUEST}")
        jobs.append(job)
    if not jobs:
        raise Problem(f"{path} holds no request; write {_REQUEST}")
    return jobs


_REQUEST = '{"task": ID, "seed": N, "request": TEXT}'


def _instances_exist(jobs: list[Job], templates: dict[str, TaskTemplate]) -> None:
    """Make every instance once, before the model is started: a bad seed should not end a run half way."""
    for job in jobs:
        try:
            templates[job.task].instance(job.seed, request=job.request)
        except ValueError as error:
            raise Problem(f"task '{job.task}' with seed {job.seed}: {error}") from None


def _split_of(jobs: list[Job]) -> str:
    """Return the split that all jobs are of, or `mixed`: a file of requests may name any seeds."""
    from scenarios.seeds import split_of

    splits = {split_of(job.seed) for job in jobs}
    return splits.pop() if len(splits) == 1 else "mixed"


def _same_scenario(templates: dict[str, Any], scenario: str, path: Path) -> None:
    other = next((task for task in templates.values() if task.scenario != scenario), None)
    if other is not None:
        raise Problem(f"{path}: task '{other.id}' is of scenario {other.scenario}; give --scenario {other.scenario}")

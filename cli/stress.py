"""`leaf stress`: the same episodes under several stress profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.cast import AgentName, BackendName, cast
from cli.output import AsJson, print_json, print_table, progress_bar
from cli.problem import Problem, unknown
from cli.scenario import Scenario, known_scenario

if TYPE_CHECKING:
    from scenarios.stress import StressProfile
    from scenarios.task import TaskTemplate

FIGURE = "stress.svg"


def stress(
    scenario: Scenario,
    agent: AgentName = "leaf",
    profile: Annotated[
        str,
        typer.Option(
            help="Profiles with commas between: none, mild, severe, a stressor such as dropout:0.8, any of them joined "
            "by + and -, or a YAML file."
        ),
    ] = "none,mild,severe",
    families: Annotated[str | None, typer.Option(help="Only these families of tasks, with commas between.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many episodes a profile.")] = None,
    split: Annotated[str, typer.Option(help="train, validation, test or heldout.")] = "test",
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Instances of each task. [default: as --limit asks, else 4]")
    ] = None,
    tasks: Annotated[Path | None, typer.Option(help="A YAML file of tasks in place of the scenario's own.")] = None,
    out: Annotated[
        Path | None, typer.Option(help=f"Write episodes.jsonl, summary.json and {FIGURE}; goes on where it was.")
    ] = None,
    backend: BackendName = "embedded",
    batch: Annotated[int, typer.Option(min=1, help="Episodes under way at a time.")] = 32,
    as_json: AsJson = False,
) -> None:
    """Play the same episodes calm and stressed: success, safety violations and recovery by profile."""
    from cli.tasks import known_split, tasks_of
    from evaluation.figures import stress_figure
    from evaluation.provenance import provenance
    from evaluation.runner import Evaluation, evaluate, jobs_of
    from evaluation.stress import stress_tables, summarise_stress, under

    known_scenario(scenario)
    known_split(split)
    profiles = read_profiles(profile, scenario)
    chosen = _of_families(tasks_of(str(tasks) if tasks is not None else scenario), families)
    strangers = [task for task in chosen if task.scenario != scenario]
    if strangers:
        raise Problem(f"{tasks}: task '{strangers[0].id}' is of scenario {strangers[0].scenario}; name that one")
    jobs = jobs_of(chosen, known_split(split), seeds, limit)
    if not jobs:
        raise Problem(f"no task of {families or scenario} has words for split '{split}'; try --split train")
    kind, engine = cast(agent, backend, scenario)
    settings = {
        **provenance(scenario, split, kind, engine, chosen),
        "profiles": {name: one.model_dump(mode="json", exclude_none=True) for name, one in profiles.items()},
    }
    templates = {task.id: task for task in chosen}
    evaluation = Evaluation(kind, templates, under(jobs, list(profiles)), settings, engine, batch, profiles)
    with progress_bar("episodes") as advance:
        summary = evaluate(evaluation, out, advance, summarise_stress)
    if out is not None:
        (out / FIGURE).write_text(stress_figure(summary), encoding="utf-8")
    if as_json:
        print_json(summary)
        return
    for table in stress_tables(summary):
        print_table(table.title, table.columns, table.rows)
    if out is not None:
        print(f"figure: {out / FIGURE}")


def read_profiles(text: str, scenario: str) -> dict[str, StressProfile]:
    """Read profiles with commas between. Raises `Problem` with the remedy."""
    from scenarios.stress import StressNameError, stress_profile

    found: dict[str, StressProfile] = {}
    for name in (part.strip() for part in text.split(",")):
        try:
            found[name] = stress_profile(name)
        except StressNameError as error:
            raise Problem(f"--profile {name}: {error}") from None
        if found[name].stressors and not found[name].acts_on(scenario):
            places = sorted({place for one in found[name].stressors.values() for place in one.scenarios})
            raise Problem(f"--profile {name} does nothing in {scenario}; it acts on {', '.join(places)}")
    return found


def _of_families(found: list[TaskTemplate], families: str | None) -> list[TaskTemplate]:
    if families is None:
        return found
    wanted = [name.strip() for name in families.split(",")]
    known = sorted({task.family for task in found})
    for name in wanted:
        if name not in known:
            raise unknown("family", name, known)
    return [task for task in found if task.family in wanted]

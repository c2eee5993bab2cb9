"""`leaf tasks`: what can be asked in a scenario, and whether each task is sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import AsJson, print_json, print_table, progress_bar
from cli.problem import Problem, unknown

if TYPE_CHECKING:
    from scenarios.task import TaskInstance, TaskTemplate

app = typer.Typer(pretty_exceptions_enable=False)

Source = Annotated[str, typer.Argument(help="A scenario, or a YAML file of tasks.", metavar="SCENARIO|FILE.yaml")]
Sources = Annotated[
    list[str], typer.Argument(help="Scenarios, or YAML files of tasks.", metavar="SCENARIO|FILE.yaml...")
]


@app.command("list")
def list_tasks(
    source: Source,
    family: Annotated[str | None, typer.Option(help="Only this family.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tasks of a scenario or a file, and how hard they are."""
    from scenarios.difficulty import difficulty
    from tools_api.catalog import specs

    found = tasks_of(source)
    if family is not None:
        families = sorted({task.family for task in found})
        if family not in families:
            raise unknown("family", family, families)
        found = [task for task in found if task.family == family]
    rows: list[dict[str, Any]] = [
        {
            "id": task.id,
            "scenario": task.scenario,
            "family": task.family,
            "split": task.split,
            "wordings": {split: len(texts) for split, texts in task.wordings.items()},
            "checks": [check.kind for check in task.checks],
            **difficulty(task, specs(task.scenario)).model_dump(),
            "example": next(iter(task.wordings.values()))[0],
        }
        for task in found
    ]
    if as_json:
        print_json({"tasks": rows})
        return
    cells = [
        (
            row["id"],
            row["family"],
            " ".join(f"{split} {count}" for split, count in row["wordings"].items()),
            " ".join(dict.fromkeys(row["checks"])),
            f"{row['calls']}/{row['branches']}/{row['questions']}",
            " ".join(row["traits"]),
            row["example"],
        )
        for row in rows
    ]
    print_table(f"{len(rows)} tasks", _LISTED, cells)


_LISTED = ("task", "family", "wordings", "checks", "calls/branches/questions", "traits", "for example")


@app.command("show")
def show_task(
    names: Annotated[list[str], typer.Argument(help="A task, perhaps after its scenario.", metavar="[SCENARIO] TASK")],
    seed: Annotated[int, typer.Option(min=0, help="Which instance: fixes its parameters and its world.")] = 0,
    split: Annotated[str | None, typer.Option(help="Count the seed within this split.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show one instance of a task: request, parameters, world, reference and checks."""
    from scenarios.script import compile_plan

    if len(names) > 2:
        raise Problem(f"'{' '.join(names)}' names {len(names)} things; give a task, perhaps after its scenario")
    template = task_named(names[-1], names[0] if len(names) == 2 else None)
    instance = instance_of(template, seed, split)
    plan = compile_plan(instance)
    if as_json:
        print_json({**instance.model_dump(mode="json"), "plan": plan.splitlines()})
        return
    world = instance.world.model_dump(mode="json", exclude_defaults=True)
    rows = [
        ("task", f"{instance.task} ({instance.scenario}, {instance.family})"),
        ("instance", f"seed {instance.seed}, split {instance.split}, plant {instance.plant_seed}"),
        ("request", instance.request),
        ("parameters", _pairs(instance.parameters)),
        ("user knows", _pairs(instance.user.knows)),
        *((("user then says", instance.change.text),) if instance.change is not None else ()),
        ("world", _pairs(world)),
        ("reference", plan),
        *((("revised", compile_plan(instance, revised=True)),) if instance.change is not None else ()),
        *(("check", _pairs(check.model_dump(mode="json", exclude_defaults=True))) for check in instance.checks),
    ]
    print_table("", ("what", "is"), rows)


@app.command("check")
def check_tasks(
    sources: Sources,
    seeds: Annotated[int, typer.Option(min=1, help="Instances of each task.")] = 12,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes at a time. [default: one a core]")] = None,
    as_json: AsJson = False,
) -> None:
    """Check that tasks are sound: the reference fulfils them; nothing, a dump of all facts, refusal, chance do not.

    Exits with 1 when any task is not.
    """
    from scenarios.admission import MOST_LUCK, check_all

    found = [task for source in sources for task in tasks_of(source)]
    rows: list[dict[str, Any]] = []
    with progress_bar("tasks") as advance:
        advance(0, len(found), found[0].id)
        for task, row in zip(found, check_all(found, seeds, chances=_CHANCES, jobs=jobs), strict=True):
            rows.append(
                {
                    "id": task.id,
                    "scenario": task.scenario,
                    **row.model_dump(mode="json", exclude={"task"}),
                    "admitted": row.admitted,
                }
            )
            advance(len(rows), len(found), task.id)
    tried = sum(min(_CHANCES, row["episodes"]) for row in rows)
    luck = sum(row["chance"] for row in rows) / tried if tried else 0.0
    # One stroke of luck on few tries says nothing of the tasks.
    lucky = luck > MOST_LUCK and sum(row["chance"] for row in rows) > 1
    admitted = all(row["admitted"] for row in rows) and not lucky
    if as_json:
        print_json({"tasks": rows, "chance": round(luck, 4), "admitted": admitted})
    else:
        columns = ("id", "family", "episodes", *_PLAYERS, "admitted", "problems")
        cells = [[*(row[name] for name in columns[:-1]), "\n".join(row["problems"])] for row in rows]
        broken = sum(not row["admitted"] for row in rows)
        print_table(f"{len(rows)} tasks: {f'{broken} not admitted' if broken else 'all admitted'}", columns, cells)
        print(f"acting at random fulfils {luck:.1%} of {tried} episodes; at most {MOST_LUCK:.0%}")
    if not admitted:
        raise typer.Exit(1)


@app.command("distinct")
def compare_tasks(
    sources: Sources,
    pairs: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show which tasks are most alike, by reference, checks and wordings; tasks of a scenario are compared.

    Exits with 1 when two are one and the same.
    """
    from scenarios.distinctness import TWINS, nearest_pairs

    found = {source: nearest_pairs(tasks_of(source)) for source in sources}
    rows: list[dict[str, Any]] = [
        {"source": source, **pair.model_dump(), "alike": pair.alike, "twins": pair.twins}
        for source, nearest in found.items()
        for place, pair in enumerate(nearest)
        if place < pairs or pair.twins
    ]
    if as_json:
        print_json({"pairs": rows})
    else:
        columns = ("source", "first", "second", "reference", "checks", "wordings")
        print_table(
            f"the nearest pairs; all three at {TWINS} or above is one task twice",
            columns,
            [[row[name] for name in columns] for row in rows],
        )
    if any(row["twins"] for row in rows):
        raise typer.Exit(1)


@app.command("mutants")
def spoil_tasks(
    sources: Sources,
    seeds: Annotated[int, typer.Option(min=1, help="Instances of each task.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Spoil the reference's episodes in one place after another and show what the verdict did not notice.

    Exits with 1 when anything went unnoticed.
    """
    from collections import Counter

    from scenarios.admission import sample
    from scenarios.mutants import Mutant, mutants

    found = [task for source in sources for task in tasks_of(source)]
    made: Counter[str] = Counter()
    alive: list[Mutant] = []
    with progress_bar("tasks") as advance:
        for place, task in enumerate(found):
            for instance in sample(task, seeds):
                for mutant in mutants(instance):
                    made[mutant.kind] += 1
                    alive += [] if mutant.killed else [mutant]
            advance(place + 1, len(found), task.id)
    survived = Counter(mutant.kind for mutant in alive)
    rows = [{"kind": kind, "made": count, "survived": survived[kind]} for kind, count in made.items()]
    survivors = [mutant.model_dump(exclude={"killed"}) for mutant in alive]
    if as_json:
        print_json({"rows": rows, "survivors": survivors})
    else:
        print_table("spoiled episodes", ("kind", "made", "survived"), [list(row.values()) for row in rows])
        if survivors:
            print_table("unnoticed", ("task", "seed", "kind", "what"), [list(one.values()) for one in survivors])
    if alive:
        raise typer.Exit(1)


_PLAYERS = ("reference", "nothing", "dump", "refusal", "chance")
_CHANCES = 2


def tasks_of(source: str) -> list[TaskTemplate]:
    """Return the tasks of a scenario or of a YAML file. Raises `Problem`, or `TaskDocumentError` for a bad document."""
    from scenarios.catalog import load_templates, templates

    path = Path(source)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise Problem(f"no file {source}; give a scenario or a YAML file of tasks")
        return list(load_templates(path))
    from cli.scenario import known_scenario

    known_scenario(source)
    found = list(templates(source))
    if not found:
        raise Problem(f"{source} has no tasks yet, only a plant and tools; give a YAML file of your own tasks")
    return found


def task_named(name: str, scenario: str | None = None) -> TaskTemplate:
    """Find a task in a scenario, or in all. Raises `Problem` with the nearest right name."""
    from scenarios.catalog import templates
    from tools_api.catalog import SCENARIOS

    known = {task.id: task for one in SCENARIOS for task in templates(one)}
    if scenario is not None:
        known = {task.id: task for task in tasks_of(scenario)}
    if name not in known:
        raise unknown("task", name, known, remedy="(leaf tasks list SCENARIO lists them)")
    return known[name]


def instance_of(
    template: TaskTemplate, seed: int, split: str | None = None, request: str | None = None
) -> TaskInstance:
    """Make an instance. Within a split the seed counts from that split's first, unless it is one of its own already.

    Raises `Problem`.
    """
    from scenarios.seeds import SEEDS_PER_SPLIT, SPLITS

    if split is not None:
        first = first_seed(split)
        seed = seed + first if seed < SEEDS_PER_SPLIT else seed
    try:
        return template.instance(seed, known_split(split) if split else None, request)
    except ValueError as error:
        raise Problem(f"{error}; splits: {', '.join(SPLITS)}" if split is None else str(error)) from None


def first_seed(split: str) -> int:
    """Return the first seed of a split. Raises `Problem`."""
    from scenarios.seeds import SPLITS

    return SPLITS[known_split(split)][0]


def known_split(split: str) -> Any:
    """Return the split's name, checked. Raises `Problem`."""
    from scenarios.seeds import SPLITS

    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    return split


def _pairs(values: Any) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items()) or "-"

"""`leaf run`: one episode, told as it happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cast import AgentName, BackendName, Confirm, cast, cast_without_task, consent, refuse_both
from cli.output import AsJson, console, print_json
from cli.problem import Problem
from cli.scenario import Scenario, known_scenario

if TYPE_CHECKING:
    from leaf_agent.fsm.machine import Transition
    from scenarios.task import TaskInstance
    from scenarios.trajectory import Trajectory


def run(
    scenario: Scenario,
    request: Annotated[
        str | None, typer.Argument(help="What you want, in your words; you are the user.", metavar="REQUEST")
    ] = None,
    task: Annotated[str | None, typer.Option(help="A task instead: it has its own user and verdict.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Which instance of the task, or which plant.")] = 0,
    split: Annotated[str | None, typer.Option(help="Count the seed within this split, and speak its words.")] = None,
    words: Annotated[str | None, typer.Option("--request", help="The task's request in other words.")] = None,
    agent: AgentName = "leaf",
    backend: BackendName = "embedded",
    confirm: Confirm = None,
    save: Annotated[Path | None, typer.Option(help="Write the trajectory to this file; leaf replay plays it.")] = None,
    picture: Annotated[
        bool,
        typer.Option("--picture", help="Draw the engine's way through the task at the end, and tell the plan's graph."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play one episode and tell it as it happens.

    Exits with 1 when the task failed.
    """
    known_scenario(scenario)
    refuse_both(request, task, "REQUEST or --task")
    if task is None:
        if words is not None or split is not None or save is not None or picture:
            raise Problem(
                "--request, --split, --save and --picture go with --task; a free request has no task to judge or replay"
            )
        _run_free(scenario, str(request), seed, agent, backend, confirm, as_json)
        return
    from cli.tasks import instance_of, task_named

    if words is not None and not words.strip():
        raise Problem("--request is empty; say what the user wants")
    instance = instance_of(task_named(task, scenario), seed, split, words)
    if save is not None and not save.parent.is_dir():
        raise Problem(f"no folder {save.parent} for --save; make it first")
    trajectory = _run_task(instance, agent, backend, confirm, picture, as_json)
    if save is not None:
        from scenarios.trajectory import write_trajectories

        write_trajectories(save, [trajectory])
    if trajectory.verdict is None or trajectory.verdict.outcome != "success":
        raise typer.Exit(1)


def _run_task(
    instance: TaskInstance, agent: str, backend: str, confirm: list[str] | None, picture: bool, as_json: bool
) -> Trajectory:
    from cli.story import Teller
    from evaluation.agents import Seat
    from evaluation.play import play
    from evaluation.runner import in_lockstep
    from leaf_agent.story import Usage
    from tools_api.catalog import specs

    grave = consent(confirm, agent, instance.scenario)
    kind, engine = cast(agent, backend, instance.scenario)
    teller = None if as_json else Teller(console())
    seat = Seat(
        specs=specs(instance.scenario),
        instance=instance,
        backend=engine,
        seed=instance.seed,
        listener=teller.inside if teller else None,
        confirm=grave,
    )
    player = kind.make(seat)
    if picture and not hasattr(player, "engine"):
        raise Problem(f"agent {kind.name!r} has no decision engine to draw; leave --picture out")
    if teller is not None:
        teller.line("task", f"{instance.task}, seed {instance.seed}, split {instance.split}, agent {kind.name}")
    (trajectory,) = in_lockstep([play(instance, player, teller)], engine)
    found = getattr(player, "usage", None)
    usage = found if isinstance(found, Usage) else None
    if teller is not None:
        if trajectory.verdict is not None:
            teller.judged(trajectory.verdict)
        if usage is not None:
            teller.spent(usage)
        if picture:
            from leaf_agent.fsm.diagram import run_picture
            from leaf_agent.plan.graph import remarks

            console().print(run_picture(_trace(player)), markup=False, highlight=False, soft_wrap=True)
            if player.engine.plan is not None:
                for remark in remarks(player.engine.plan, {spec.name: spec for spec in seat.specs}):
                    teller.line("plan", remark)
    else:
        document = json.loads(trajectory.model_dump_json())
        spent: dict[str, Any] = {field: _by_expert(usage, field) for field in ("output_tokens", "milliseconds")}
        if picture:
            from leaf_agent.fsm.diagram import run_mermaid

            spent["mermaid"] = run_mermaid(_trace(player))
        print_json({"agent": kind.name, **document, **spent})
    return trajectory


def _trace(player: Any) -> list[Transition]:
    trace: list[Transition] = player.engine.trace
    return trace


def _run_free(
    scenario: str, request: str, seed: int, agent: str, backend: str, confirm: list[str] | None, as_json: bool
) -> None:
    from cli.session import WARMUP_S, Session, answer_at_terminal
    from cli.story import Teller
    from twin.catalog import warmed_up

    if not request.strip():
        raise Problem("the request is empty; say what you want")
    grave = consent(confirm, agent, scenario)
    kind, engine = cast_without_task(agent, backend, scenario)
    teller = Teller(console(stderr=as_json))
    twin = warmed_up(scenario, seed=seed, warmup_s=WARMUP_S)
    session = Session(twin, kind, engine, teller, teller.inside, answer_at_terminal, grave)
    closing, usage = session.ask(request)
    if as_json:
        print_json(
            {
                "agent": kind.name,
                "scenario": scenario,
                "seed": seed,
                "request": request,
                "outcome": "ungraded",
                "answer": closing.text if closing else None,
                "output_tokens": _by_expert(usage, "output_tokens"),
                "milliseconds": _by_expert(usage, "milliseconds"),
            }
        )
    elif usage is not None:
        teller.spent(usage)


def _by_expert(usage: Any, field: str) -> dict[str, float]:
    from evaluation.episode import columns

    return {name: round(value, 3) for name, value in columns(usage, field).items()}

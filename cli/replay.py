"""`leaf replay`: a saved episode again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import AsJson, console, print_json
from cli.problem import Problem


def replay(
    file: Annotated[Path, typer.Argument(help="A file that leaf run --save wrote.", metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """Play the actions of saved episodes again, tell them, and compare every answer and the verdict.

    Exits with 1 when anything came out differently.
    """
    from pydantic import ValidationError

    from scenarios.trajectory import read_trajectories

    if not file.is_file():
        raise Problem(f"no file {file}; make one with: leaf run SCENARIO --task ID --save FILE")
    try:
        trajectories = list(read_trajectories(file))
    except (ValidationError, UnicodeDecodeError):
        raise Problem(f"{file} holds no episodes; make one with: leaf run SCENARIO --task ID --save FILE") from None
    if not trajectories:
        raise Problem(f"{file} is empty; make one with: leaf run SCENARIO --task ID --save FILE")
    rows = [_play_again(trajectory, tell=not as_json) for trajectory in trajectories]
    if as_json:
        print_json({"episodes": rows, "same": all(row["same"] for row in rows)})
    if not all(row["same"] for row in rows):
        raise typer.Exit(1)


def _play_again(trajectory: Any, *, tell: bool) -> dict[str, Any]:
    from scenarios.rollout import ReplayError
    from scenarios.rollout import replay as play_again

    difference = None
    try:
        play_again(trajectory)
    except ReplayError as error:
        difference = str(error)
    except ValueError as error:
        raise Problem(f"task '{trajectory.task}' of the file cannot be had: {error}") from None
    if tell:
        _tell(trajectory, difference)
    return {
        "scenario": trajectory.scenario,
        "task": trajectory.task,
        "seed": trajectory.seed,
        "outcome": trajectory.verdict.outcome if trajectory.verdict else None,
        "same": difference is None,
        "difference": difference,
    }


def _tell(trajectory: Any, difference: str | None) -> None:
    from cli.story import Teller
    from tools_api.messages import AgentMessage, Observation, ToolCall
    from twin.clock import iso_time

    teller = Teller(console())
    teller.line("task", f"{trajectory.task}, seed {trajectory.seed}, split {trajectory.split}")
    for entry in trajectory.entries:
        item = entry.item
        if isinstance(item, ToolCall | AgentMessage):
            teller.acted(item)
        elif item.kind == "malformed":
            teller.line("note", f"no action: {item.rule}")
        else:
            teller.observed(Observation(time=iso_time(entry.time_s), events=(item,)))
    if trajectory.verdict is not None:
        teller.judged(trajectory.verdict)
    teller.line("replay", "the same in every entry" if difference is None else f"DIFFERENT: {difference}")

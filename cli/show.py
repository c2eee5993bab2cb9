"""`leaf tools show`: a picture of a plant, in the terminal or as an SVG file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.problem import Problem
from cli.scenario import Scenario, known_scenario

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tools_api.toolbox import Toolbox

PICTURES: Mapping[str, str] = {
    "production": "cli.pictures.production",
    "maintenance": "cli.pictures.maintenance",
    "energy": "cli.pictures.energy",
}
"""Scenario -> the module whose `draw(door)` paints it; imported when it is wanted."""

WIDTH = 130


def show(
    scenario: Scenario,
    seed: Annotated[int | None, typer.Option(min=0, help="Which plant. [default: 0]", show_default=False)] = None,
    warmup_s: Annotated[float, typer.Option(min=0, help="Plant seconds that a fresh plant has run.")] = 14400.0,
    journal: Annotated[
        Path | None, typer.Option(help="Show the plant that `leaf tools call` keeps in this file.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the picture to this file.")] = None,
) -> None:
    """Show a plant as it is now: layout, states and flows. Looking takes no plant time and changes nothing."""
    from rich.text import Text

    from cli.output import console
    from cli.plant_file import open_plant
    from tools_api.catalog import toolbox
    from twin.clock import iso_time

    known_scenario(scenario)
    twin = open_plant(scenario, seed, warmup_s, journal)
    title = f"{scenario}, seed {twin.seed}, {iso_time(twin.now)}"
    picture = draw(scenario, toolbox(scenario, twin))
    if svg is None:
        screen = console()
        screen.print(Text(title, style="bold"))
        screen.print(picture)
    else:
        write_svg(svg, title, picture)
        print(f"{svg}: {title}")


def draw(scenario: str, door: Toolbox) -> RenderableType:
    """Paint a plant from what its tools read."""
    painter: Callable[[Toolbox], RenderableType] = import_module(PICTURES[scenario]).draw
    return painter(door)


def write_svg(path: Path, title: str, picture: RenderableType) -> None:
    """Write a picture as SVG, whole or not at all. Raises `Problem` where the file cannot be written."""
    import io

    from rich.console import Console

    screen = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    screen.print(picture)
    drawn = screen.export_svg(title=title, unique_id="plant")
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        beside.write_text(drawn, "utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise Problem(f"cannot write {path}: {error.strerror}; give a file in a folder that exists") from error
    finally:
        beside.unlink(missing_ok=True)

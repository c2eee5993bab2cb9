"""What goes to stdout: a table for people, or one JSON object for programs. All else goes to stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

if TYPE_CHECKING:
    from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]

PIPE_WIDTH = 140
"""Columns of a table that goes to no terminal: rich would take 80 and fold every cell."""


class Advance(Protocol):
    """Tell a progress bar how far the work is."""

    def __call__(self, done: int, total: int, label: str = "", /) -> None:
        """Say how much of how much is done, and what."""


def console(*, stderr: bool = False) -> Console:
    """Make a console on today's stdout or stderr."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = max(made.width, PIPE_WIDTH)
    return made


def print_json(document: Mapping[str, Any]) -> None:
    """Write one JSON object, indented."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table; numbers go to the right."""
    from rich.table import Table
    from rich.text import Text

    listed = [list(row) for row in rows]
    table = Table(header_style="bold", expand=False)
    for index, column in enumerate(columns):
        numeric = bool(listed) and all(isinstance(row[index], int | float | None) for row in listed)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*(Text(plain(value)) for value in row))
    screen = console()
    if title:
        screen.print(Text(title, style="bold"))
    screen.print(table)


def plain(value: object) -> str:
    """Write a cell: blank for nothing, yes or no for a truth, a short form of a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)


@contextmanager
def progress_bar(what: str) -> Iterator[Advance]:
    """Show a bar on stderr while work goes on; on no terminal, nothing."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[label]}"),
    )
    screen = console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(what, total=None, label="")

        def advance(done: int, total: int, label: str = "", /) -> None:
            bar.update(task, completed=done, total=total, label=label)

        yield advance

"""`leaf bench`: speed and memory, beside the named peers."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer

from cli.output import AsJson, print_json, print_table
from cli.problem import Problem, unknown

BENCHMARKS: dict[str, tuple[str, str]] = {
    "serving": ("benchmarks.serving", "how fast the model answers, alone and in batches, and what memory it takes"),
}
"""Name -> module with `measure() -> dict` whose `rows` are the table, and what it measures."""


def bench(
    name: Annotated[str | None, typer.Argument(help="Which benchmark; without it, they are listed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a benchmark."""
    if name is None:
        rows = [{"name": key, "measures": about} for key, (_, about) in BENCHMARKS.items()]
        if as_json:
            print_json({"benchmarks": rows})
        else:
            print_table("", ("benchmark", "measures"), [list(row.values()) for row in rows])
        return
    if name not in BENCHMARKS:
        raise unknown("benchmark", name, BENCHMARKS)
    module, _ = BENCHMARKS[name]
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        raise Problem(f"benchmark '{name}' is not installed; benchmarks come with the repository: run there") from None
    result: dict[str, Any] = found.measure()
    if as_json:
        print_json(result)
        return
    rows = result["rows"]
    print_table(name, list(rows[0]), [list(row.values()) for row in rows])
    facts = {key: value for key, value in result.items() if key not in ("rows", "benchmark")}
    print_table("", ("fact", "value"), [list(item) for item in facts.items()])

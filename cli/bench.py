"""`leaf bench`: speed and memory, beside the named peers."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any

import typer

from cli.output import AsJson, print_json, print_table, progress_bar
from cli.problem import Problem, unknown


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module with `measure() -> dict` whose `rows` are the table; a contest takes options and a progress bar."""

    module: str
    about: str
    contest: bool = False


BENCHMARKS: dict[str, Benchmark] = {
    "twin": Benchmark("benchmarks.twin", "how fast the plants run, reset and fork, beside peers", contest=True),
    "tools": Benchmark("benchmarks.tools", "how fast tool calls and verdicts are, beside peers", contest=True),
    "engine": Benchmark("benchmarks.engine", "what the decision engine itself takes, without a model"),
    "serving": Benchmark(
        "benchmarks.serving", "how fast the model answers, alone and in batches, and what memory it takes"
    ),
}


def bench(
    name: Annotated[str | None, typer.Argument(help="Which benchmark; without it, they are listed.")] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Install peers that are missing, each in an environment of its own.")
    ] = False,
    rounds: Annotated[int | None, typer.Option(min=1, help="Turns of each contender.", show_default="7")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.0, help="How long a turn measures.", show_default="0.5")
    ] = None,
    only: Annotated[str, typer.Option(help="Rows whose name holds this.", show_default="all")] = "",
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a benchmark."""
    if as_json and as_markdown:
        raise Problem("--json and --markdown together; give one of them")
    if name is None:
        _list(as_json)
        return
    if name not in BENCHMARKS:
        raise unknown("benchmark", name, BENCHMARKS)
    chosen = BENCHMARKS[name]
    if not chosen.contest:
        if peers or as_markdown or only or rounds is not None or seconds is not None:
            raise Problem(
                f"benchmark '{name}' has no peers; "
                "--peers, --rounds, --seconds, --only and --markdown go with twin and tools"
            )
        _print(name, _load(name, chosen.module).measure(), as_json)
        return
    result = _contest(name, peers=peers, only=only, rounds=rounds, seconds=seconds)
    table = _load(name, "benchmarks.peers.table")
    if as_json:
        print_json(result)
    elif as_markdown:
        print(table.markdown(result))
    else:
        print_table(
            f"{name}: {result['rounds']} rounds of {result['seconds']:g} s each by turns",
            table.COLUMNS,
            table.cells(result["rows"]),
        )
        for note in result["notes"]:
            print(f"not measured: {note}")


def _contest(name: str, *, peers: bool, only: str, rounds: int | None, seconds: float | None) -> dict[str, Any]:
    module = _load(name, BENCHMARKS[name].module)
    contest = _load(name, "benchmarks.peers.contest")
    environments = _load(name, "benchmarks.peers.environments")
    if only and not any(only in row.name for row in module.ROWS):
        raise unknown("row", only, [row.name for row in module.ROWS])
    options = contest.Options(
        rounds=contest.ROUNDS if rounds is None else rounds,
        seconds=contest.SECONDS if seconds is None else seconds,
        install=peers,
        only=only,
    )
    with progress_bar(f"bench {name}") as advance:
        try:
            result: dict[str, Any] = module.measure(options, advance)
        except environments.PeerError as error:
            raise Problem(str(error)) from None
    return result


def _list(as_json: bool) -> None:
    rows = [{"name": key, "measures": benchmark.about} for key, benchmark in BENCHMARKS.items()]
    if as_json:
        print_json({"benchmarks": rows})
    else:
        print_table("", ("benchmark", "measures"), [list(row.values()) for row in rows])


def _load(name: str, module: str) -> ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        raise Problem(f"benchmark '{name}' is not installed; benchmarks come with the repository: run there") from None


def _print(name: str, result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    rows = result["rows"]
    print_table(name, list(rows[0]), [list(row.values()) for row in rows])
    facts = {key: value for key, value in result.items() if key not in ("rows", "benchmark")}
    print_table("", ("fact", "value"), [list(item) for item in facts.items()])

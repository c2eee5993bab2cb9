"""`leaf bench`: speed and memory, beside the named peers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, Final

import typer

from cli.output import AsJson, print_json, print_table, progress_bar
from cli.problem import Problem, unknown


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module with `measure() -> dict` whose `rows` are the table; a contest takes options and a progress bar.

    What is `long` takes a progress bar only.
    """

    module: str
    about: str
    contest: bool = False
    long: bool = False


BENCHMARKS: dict[str, Benchmark] = {
    "twin": Benchmark("benchmarks.twin", "how fast the plants run, reset and fork, beside peers", contest=True),
    "tools": Benchmark("benchmarks.tools", "how fast tool calls and verdicts are, beside peers", contest=True),
    "agent": Benchmark(
        "benchmarks.agent", "seconds a task, tokens of each expert and memory of the agent, alone and in batches"
    ),
    "engine": Benchmark("benchmarks.engine", "what the decision engine itself takes, without a model"),
    "serving": Benchmark(
        "benchmarks.serving",
        "speed and memory of the model, alone and in batches: one base with three adapters, three merged models",
        long=True,
    ),
}

_CONTEST: Final = frozenset({"peers", "rounds", "seconds", "only", "markdown"})
_TAKES: Final = {
    "twin": _CONTEST,
    "tools": _CONTEST,
    "agent": frozenset({"agent", "backend", "tasks", "only", "markdown"}),
}
"""Options that go with some benchmarks alone."""


def bench(
    name: Annotated[str | None, typer.Argument(help="Which benchmark; without it, they are listed.")] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Install peers that are missing, each in an environment of its own.")
    ] = False,
    rounds: Annotated[int | None, typer.Option(min=1, help="Turns of each contender.", show_default="7")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.0, help="How long a turn measures.", show_default="0.5")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Whose speed, as in leaf eval.", show_default="leaf")] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(help="What runs the model; may be given again.", metavar="NAME", show_default="embedded"),
    ] = None,
    tasks: Annotated[int | None, typer.Option(min=1, help="Tasks of each plant.", show_default="12")] = None,
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
    given: dict[str, object] = {
        "peers": peers,
        "rounds": rounds,
        "seconds": seconds is not None,
        "only": only,
        "markdown": as_markdown,
    }
    given |= {"agent": agent is not None, "backend": backend, "tasks": tasks}
    _refuse_foreign(name, {option for option, value in given.items() if value})
    if name == "agent":
        _agent(agent, backend, tasks, only, as_json=as_json, as_markdown=as_markdown)
        return
    if not chosen.contest:
        measure = _load(name, chosen.module).measure
        if chosen.long:
            with progress_bar(f"bench {name}") as advance:
                result = measure(advance)
        else:
            result = measure()
        _print(name, result, as_json)
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


def _refuse_foreign(name: str, options: set[str]) -> None:
    for option in sorted(options - _TAKES.get(name, frozenset())):
        takers = [taker for taker, taken in _TAKES.items() if option in taken]
        raise Problem(f"--{option} does not go with benchmark '{name}'; it goes with {', '.join(takers)}")


def _agent(
    agent: str | None, backends: list[str] | None, tasks: int | None, only: str, *, as_json: bool, as_markdown: bool
) -> None:
    module = _load("agent", BENCHMARKS["agent"].module)
    chosen = {"agent": agent, "backends": None if backends is None else tuple(backends), "tasks": tasks}
    options = module.Options(**{name: value for name, value in chosen.items() if value is not None})
    rows = [line.name for line in module.lines(options)]
    if not any(only in row for row in rows):
        raise unknown("row", only, rows)
    with progress_bar("bench agent") as advance:
        result = module.measure(replace(options, only=only), advance)
    if as_json:
        print_json(result)
    elif as_markdown:
        print(module.markdown(result))
    else:
        for title, columns, cells in module.tables(result):
            print_table(title, columns, cells)
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

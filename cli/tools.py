"""`leaf tools`: what an agent can do in a scenario."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import AsJson, print_json, print_table
from cli.problem import Problem
from cli.scenario import Scenario, known_scenario
from cli.serve import serve
from cli.show import show

app = typer.Typer(pretty_exceptions_enable=False)

MISTAKES = frozenset({"unknown_tool", "bad_arguments", "missing_argument"})
"""Codes of a call that is wrong in itself; every other code is the plant's own no."""


@app.command("list")
def list_tools(scenario: Scenario, as_json: AsJson = False) -> None:
    """List a scenario's tools."""
    from tools_api.catalog import specs

    known_scenario(scenario)
    if as_json:
        tools = [
            {
                **spec.model_dump(mode="json", include={"name", "description", "device", "mutates", "duration_s"}),
                "signature": spec.signature(),
                "parameters": spec.json_schema(),
                "returns": dict(spec.returns),
            }
            for spec in specs(scenario)
        ]
        print_json({"scenario": scenario, "tools": tools})
        return
    rows = [
        (spec.signature(), spec.device, "acts" if spec.mutates else "looks", spec.duration_s, spec.description)
        for spec in specs(scenario)
    ]
    print_table(f"{len(rows)} tools of {scenario}", ("tool", "device", "kind", "s", "what it does"), rows)


@app.command("call")
def call_tool(
    scenario: Scenario,
    tool: Annotated[str | None, typer.Argument(help="The tool; without it, calls are read from stdin.")] = None,
    arguments: Annotated[str, typer.Argument(help="Its arguments, a JSON object.", metavar="JSON")] = "{}",
    seed: Annotated[int | None, typer.Option(min=0, help="Which plant. [default: 0]", show_default=False)] = None,
    warmup_s: Annotated[float, typer.Option(min=0, help="Plant seconds that a fresh plant has run.")] = 14400.0,
    journal: Annotated[Path | None, typer.Option(help="Keep the plant in this file between calls.")] = None,
    as_json: AsJson = False,
) -> None:
    """Call a tool of a fresh plant, or of the one that a journal file keeps.

    Without TOOL, reads lines {"name": TOOL, "arguments": {...}} from stdin and does them one after another on one
    plant. Exits with 1 when the plant refuses, with 2 when a call is wrong in itself.
    """
    from cli.plant_file import keep_plant, open_plant
    from tools_api.catalog import toolbox
    from twin.clock import iso_time

    known_scenario(scenario)
    wanted = _read_calls() if tool is None else [(tool, _arguments(arguments))]
    twin = open_plant(scenario, seed, warmup_s, journal)
    door = toolbox(scenario, twin)
    from tools_api.messages import ToolCall

    calls = [ToolCall(name=name, arguments=given) for name, given in wanted]
    for call in calls:
        wrong = door.check(call)
        if wrong is not None:
            raise Problem(f"{wrong.code}: {wrong.message}")
    rows: list[dict[str, Any]] = []
    for call in calls:
        result = door.call(call)
        rows.append({"time": iso_time(twin.now), **result.model_dump(mode="json", exclude={"kind"})})
    if journal is not None:
        keep_plant(twin, journal)
    if as_json:
        print_json({"scenario": scenario, "seed": twin.seed, "results": rows})
    else:
        for row in rows:
            _print_result(row)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


app.command("serve")(serve)


app.command("show")(show)


def _print_result(row: dict[str, Any]) -> None:
    if not row["ok"]:
        print(f"{row['name']} refused ({row['code']}): {row['message']}")
        return
    flat = {name: value for name, value in row["data"].items() if not isinstance(value, list)}
    print_table(f"{row['name']} at {row['time']}", ("field", "value"), flat.items())
    for name, records in row["data"].items():
        if isinstance(records, list) and records and isinstance(records[0], dict):
            print_table(name, list(records[0]), [list(record.values()) for record in records])


def _arguments(text: str) -> dict[str, Any]:
    try:
        loaded = json.loads(text)
    except json.JSONDecodeError as error:
        raise Problem(
            f"arguments {text!r} are no JSON ({error.msg} at character {error.pos + 1}); "
            "write them like '{\"line\": 2}'"
        ) from None
    if not isinstance(loaded, dict):
        raise Problem(f"arguments {text!r} are no JSON object; write them like '{{\"line\": 2}}'")
    return loaded


def _read_calls() -> list[tuple[str, dict[str, Any]]]:
    calls = []
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            loaded = json.loads(line)
            name, arguments = loaded["name"], loaded.get("arguments", {})
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
            name, arguments = None, None
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise Problem(f'stdin line {number} is no call; write lines like {{"name": "wait", "arguments": {{}}}}')
        calls.append((name, arguments))
    return calls

"""`leaf serve`: what it refuses, what it imports, and that it ends when it is told to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.serve_agent import app
from tools_api.catalog import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
SERVE = (sys.executable, "-W", "error", "-m", "cli.main", "serve", "production", "--agent", "null", "--warmup-h", "0.1")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prodction",), "Did you mean 'production'?"),
        (("production", "--protocol", "opcua"), "--protocol"),
        (("production", "--transport", "http"), "it goes with --protocol mcp"),
        (("production", "--protocol", "mcp", "--port", "8000"), "goes with --transport http"),
        (("production", "--protocol", "mcp", "--host", "0.0.0.0"), "goes with --transport http"),
        (("production", "--host", "0.0.0.0"), "a token must guard it"),
        (("production", "--protocol", "mcp", "--transport", "http", "--host", "::"), "a token must guard it"),
        (("production", "--token", "short"), "at least 16"),
        (("production", "--host", "192.0.2.1", "--token", "x" * 16), "cannot listen"),
        (("production", "--port", "65536"), "--port"),
        (("production", "--port", "0", "--agent", "reference"), "reference plays a task's own steps"),
        (("production", "--port", "0", "--agent", "leaff"), "did you mean 'leaf'?"),
        (("production", "--max-sessions", "0"), "--max-sessions"),
        (("production", "--idle-s", "0"), "--idle-s"),
        (("production", "--max-body-bytes", "10"), "--max-body-bytes"),
        (("production", "--turn-timeout-s", "0"), "--turn-timeout-s"),
        (("production", "--max-waiting", "0"), "--max-waiting"),
        (("production", "--warmup-h", "1e9"), "--warmup-h"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(leaf, arguments: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("serve", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("leaf: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err


def test_every_scenario_can_be_served() -> None:
    assert {command.name for command in app.registered_commands} >= set(SCENARIOS)


def test_nothing_of_the_protocols_is_imported_before_it_is_served() -> None:
    script = (
        "import sys\nfrom cli.main import main\n"
        "for words in (['serve', '--help'], ['serve', 'production', '--help']):\n"
        "    try:\n        main(words)\n    except SystemExit as ended:\n        assert not ended.code\n"
        "heavy = {'mcp', 'uvicorn', 'starlette', 'anyio', 'openvino_genai', 'torch', 'twin'} & set(sys.modules)\n"
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, with the line that says where it is."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([*SERVE, *options], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    try:
        assert process.stderr is not None
        yield process, process.stderr.readline()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_after_it_has_answered(number: signal.Signals) -> None:
    with served("--port", "0") as (process, line):
        assert line.startswith("leaf: agent null of production, seed 0, on http://127.0.0.1:")
        url = line.split(" on ")[1].split(",")[0]
        body = json.dumps({"messages": [{"role": "user", "content": "stop line 1"}]}).encode()
        with urllib.request.urlopen(f"{url}/chat/completions", body, timeout=60) as response:
            document = json.load(response)
        assert document["choices"][0]["message"]["content"] == "I did nothing."
        assert document["model"] == "null-production"
        process.send_signal(number)
        assert process.communicate(timeout=120) == ("", "leaf: stopped\n")
        assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_mcp_on_stdio_while_it_waits_for_a_line(number: signal.Signals) -> None:
    with served("--protocol", "mcp") as (process, line):
        assert line == "leaf: agent null of production, seed 0, as an MCP tool on stdin and stdout\n"
        process.send_signal(number)
        assert process.communicate(timeout=120) == ("", "leaf: stopped\n")
        assert process.returncode == 0

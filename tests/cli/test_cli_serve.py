"""`leaf tools serve`: what it refuses, what it imports, and that it ends when it is told to."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from asyncua import Client as OpcUaClient
from asyncua import ua
from mcp import Client as McpClient

ROOT = Path(__file__).resolve().parents[2]
SERVE = (sys.executable, "-W", "error", "-m", "cli.main", "tools", "serve", "production", "--warmup-h", "0.1")
HTTP = ("--transport", "http", "--port", "0")
OPCUA = ("--protocol", "opcua", "--port", "0")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prodction",), "did you mean 'production'?"),
        (("production", "--protocol", "modbus"), "--protocol"),
        (("production", "--pace", "10"), "--pace does nothing with --protocol mcp"),
        (("production", "--allow-writes"), "--allow-writes does nothing with --protocol mcp"),
        (("production", "--protocol", "opcua", "--transport", "http"), "--transport does nothing"),
        (("production", "--port", "8000"), "goes with --transport http"),
        (("production", "--host", "0.0.0.0"), "goes with --transport http"),
        (("production", "--transport", "http", "--host", "0.0.0.0"), "a token must guard it"),
        (("production", "--protocol", "opcua", "--host", "0.0.0.0"), "a token must guard it"),
        (("production", "--protocol", "opcua", "--token", "short"), "at least 16"),
        (("production", "--transport", "http", "--host", "192.0.2.1", "--token", "x" * 16), "cannot listen"),
        (("production", "--port", "65536"), "--port"),
        (("production", "--protocol", "opcua", "--pace", "-1"), "--pace"),
        (("production", "--warmup-h", "1e9"), "--warmup-h"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(leaf, arguments: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("tools", "serve", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("leaf: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err


def test_nothing_of_the_protocols_is_imported_before_it_is_served() -> None:
    script = (
        "import sys\nfrom cli.main import main\n"
        "for words in (['tools', 'serve', '--help'], ['tools', 'list', 'production', '--json']):\n"
        "    try:\n        main(words)\n    except SystemExit as ended:\n        assert not ended.code\n"
        "heavy = {'mcp', 'asyncua', 'uvicorn', 'starlette', 'cryptography', 'anyio'} & set(sys.modules)\n"
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


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out, err


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_ctrl_c_ends_mcp_over_http_also_with_a_client_connected(mode: str) -> None:
    async def check(url: str) -> None:
        with pytest.raises(BaseException):  # noqa: B017, PT011, PT012 - what a client sees of the end is its own affair
            async with McpClient(url, mode=mode) as client:
                answer = await client.call_tool("get_line_status", {"line": 1})
                assert not answer.is_error
                assert await asyncio.to_thread(ended, process, signal.SIGINT) == ("", "leaf: stopped\n")
                raise EOFError

    with served(*HTTP) as (process, line):
        assert line.startswith("leaf: MCP server of production, seed 0 on http://127.0.0.1:")
        asyncio.run(check(line.split(" on ")[1].split(";")[0]))
        assert process.returncode == 0


def test_ctrl_c_ends_opcua_also_with_a_client_connected() -> None:
    async def check(url: str) -> None:
        client = OpcUaClient(url, timeout=60)
        async with client:
            node = client.get_node(
                ua.NodeId("line1.speed_per_h", await client.get_namespace_index("urn:leaf-twin:plant"))
            )
            assert await node.read_value() > 0
            with pytest.raises(ua.uaerrors.BadNotWritable):
                await node.write_value(60.0)
        process.send_signal(signal.SIGINT)

    with served(*OPCUA, "--pace", "120") as (process, line):
        assert ", read only, 120 plant s/s; stop it with Ctrl-C" in line
        asyncio.run(check(line.split(" on ")[1].split(",")[0]))
        assert process.communicate(timeout=120) == ("", "leaf: stopped\n")
        assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_mcp_on_stdio_while_it_waits_for_a_line(number: signal.Signals) -> None:
    with served() as (process, line):
        assert line == "leaf: MCP server of production, seed 0 on stdin and stdout\n"
        assert ended(process, number) == ("", "leaf: stopped\n")


def test_mcp_on_stdio_ends_with_its_input_and_survives_garbage() -> None:
    ping = '{"jsonrpc": "2.0", "id": 7, "method": "ping"}\n'
    with served() as (process, _):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("no json\n" + "x" * 300_000 + "\n" + ping)
        process.stdin.flush()
        assert '"id":7' in next(line for line in process.stdout if '"id"' in line)
        assert process.communicate(timeout=120) == ("", "")
        assert process.returncode == 0

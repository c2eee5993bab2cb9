"""The agent as an MCP tool, through the official client, beside the chat on the same server."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from benchmarks.serve_load import alone, clerk_host

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ("speed of line 2", "61 an hour", "status of line 2")


def run(check: Coroutine[Any, Any, None]) -> None:
    asyncio.run(check)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_conversation_goes_on_by_its_session(serving, mode: str) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        turns = alone(clerk_host(), 0, MESSAGES)
        async with serving() as served, Client(f"{served.url}/mcp", mode=mode) as client:
            (tool,) = (await client.list_tools()).tools
            assert tool.name == "ask_plant"
            assert tool.input_schema["required"] == ["request"]
            await client.call_tool("ask_plant", {"request": "speed of line 3"})
            session: dict[str, str] = {}
            for message, turn in zip(MESSAGES, turns, strict=True):
                result = await client.call_tool("ask_plant", {"request": message, **session})
                told = result.structured_content
                assert told is not None
                assert told["answer"] == turn.text
                assert told["expects_reply"] is turn.expects_reply
                assert told["plant_time"] == turn.plant_time
                assert json.loads(result.content[0].text) == told  # type: ignore[union-attr]
                session = {"session": told["session"]}
            assert len(served.sessions) == 2

    run(check())


def test_chat_and_tool_speak_in_the_same_sessions(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        turns = alone(clerk_host(), 0, MESSAGES)
        async with serving() as served, Client(f"{served.url}/mcp") as client:
            first = await served.post(MESSAGES[0])
            session = first.json()["leaf"]["session"]
            told = (
                await client.call_tool("ask_plant", {"request": MESSAGES[1], "session": session})
            ).structured_content
            assert told is not None
            assert told["answer"] == turns[1].text

    run(check())


@pytest.mark.parametrize(
    ("name", "arguments", "code", "says"),
    [
        ("ask_plant", {}, "bad_request", "1 to 2000 characters"),
        ("ask_plant", {"request": "  "}, "bad_request", "1 to 2000 characters"),
        ("ask_plant", {"request": 7}, "bad_request", "1 to 2000 characters"),
        ("ask_plant", {"request": "x" * 2001}, "bad_request", "1 to 2000 characters"),
        ("ask_plant", {"request": "hi", "session": 7}, "bad_request", "session must be a text"),
        ("ask_plant", {"request": "hi", "seed": 7}, "bad_request", "no argument 'seed'"),
        ("ask_plants", {"request": "hi"}, "bad_request", "no tool 'ask_plants'"),
        ("ask_plant", {"request": "hi", "session": "s-none"}, "session_not_found", "no session 's-none'"),
    ],
)
def test_a_refusal_is_a_result_with_its_code(  # type: ignore[no-untyped-def]
    serving, name: str, arguments: dict[str, Any], code: str, says: str
) -> None:
    async def check() -> None:
        async with serving() as served, Client(f"{served.url}/mcp") as client:
            result = await client.call_tool(name, arguments)
            assert result.is_error
            told = json.loads(result.content[0].text)  # type: ignore[union-attr]
            assert told["code"] == code
            assert says in told["message"]
            assert len(served.sessions) == 0

    run(check())


def test_mcp_alone_has_no_chat(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving(chat=False) as served, Client(f"{served.url}/mcp") as client:
            assert (await served.web.get("/v1/models")).status_code == 404
            assert not (await client.call_tool("ask_plant", {"request": "status of line 1"})).is_error

    run(check())


def test_mcp_keeps_the_limits_of_the_chat(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        json_only = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        async with serving(max_body_bytes=1024) as served:
            large = await served.web.post("/mcp", content=b"x" * 1025, headers=json_only)
            assert large.status_code == 413
            foreign = await served.web.post("/mcp", content=b"{}", headers={**json_only, "Host": "evil.example:80"})
            assert foreign.status_code == 421

    run(check())


def test_stdio_serves_a_client_in_another_process() -> None:
    async def check() -> None:
        arguments = ["production", "--protocol", "mcp", "--agent", "null", "--warmup-h", "0.1"]
        command = ["-W", "error", "-m", "cli.main", "serve", *arguments]
        async with Client(StdioServerParameters(command=sys.executable, args=command, cwd=ROOT)) as client:
            told = (await client.call_tool("ask_plant", {"request": "stop line 1"})).structured_content
            assert told is not None
            assert told["answer"] == "I did nothing."
            assert told["expects_reply"] is False

    run(check())

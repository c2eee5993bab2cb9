"""The MCP server: tools as they are, refusals as results, one plant for all who call."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tools_api.catalog import specs, toolbox
from tools_api.door import Wrapper
from tools_api.messages import ToolCall, ToolResult
from tools_api.servers.address import Address
from tools_api.servers.mcp import LARGEST_BODY, build_server, serve_http
from tools_api.servers.shared_plant import SharedPlant
from tools_api.spec import ToolSpec
from twin.catalog import warmed_up
from twin.clock import iso_time
from twin.core import Twin

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "0123456789abcdef"


def twin() -> Twin:
    return warmed_up("production", seed=3, warmup_s=1800)


def shared(**limits: Any) -> SharedPlant:
    # A busy machine must not turn a slow test into a refused call.
    return SharedPlant(toolbox("production", twin()), **{"call_limit_s": 120.0, **limits})


@asynccontextmanager
async def in_process(plant: SharedPlant | None = None) -> AsyncIterator[Client]:
    async with Client(build_server(plant or shared())) as client:
        yield client


@asynccontextmanager
async def over_http(token: str | None = None) -> AsyncIterator[str]:
    opened, address = Address(token=token).listen()
    serving = asyncio.create_task(serve_http(shared(), opened, address))
    try:
        yield f"http://{address.netloc}/mcp"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        assert serving.cancelled()


def run(check: Coroutine[Any, Any, None]) -> None:
    asyncio.run(check)


def test_lists_every_tool_with_its_schema() -> None:
    async def check() -> None:
        async with in_process() as client:
            listed = (await client.list_tools()).tools
        wanted = specs("production")
        assert len(listed) == 21
        assert [tool.name for tool in listed] == [spec.name for spec in wanted]
        for tool, spec in zip(listed, wanted, strict=True):
            assert tool.input_schema == spec.json_schema()
            assert str(tool.description).startswith(spec.description)
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint is not spec.mutates
            assert tool.output_schema is not None
            assert set(tool.output_schema["properties"]["data"]["properties"]) == set(spec.returns)

    run(check())


def test_a_call_answers_as_the_toolbox_does_and_tells_the_plant_time() -> None:
    async def check() -> None:
        beside = toolbox("production", twin())
        async with in_process() as client:
            for name, arguments in (
                ("get_line_status", {"line": 2}),
                ("wait", {"seconds": 600}),
                ("set_line_speed", {"line": 2, "speed_per_h": 60}),
                ("get_line_status", {"line": 2}),
            ):
                result = await client.call_tool(name, arguments)
                expected = beside.call(ToolCall(name=name, arguments=arguments))
                assert not result.is_error
                assert result.structured_content["data"] == expected.data
                assert result.structured_content["time"] == iso_time(beside.twin.now)
                assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]

    run(check())


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("get_line_state", {"line": 2}, "unknown_tool"),
        ("get_line_status", {}, "missing_argument"),
        ("get_line_status", None, "missing_argument"),
        ("get_line_status", {"line": "two"}, "bad_arguments"),
        ("get_line_status", {"line": {"deep": [[1]]}}, "bad_arguments"),
        ("get_line_status", {"line": 9}, "not_found"),
        ("wait", {"seconds": 1e9}, "out_of_range"),
        ("set_line_speed", {"line": 2, "speed_per_h": 500}, "out_of_range"),
        ("start_line", {"line": 2}, "wrong_state"),
    ],
)
def test_a_refusal_is_a_result_with_its_code(name: str, arguments: dict[str, Any] | None, code: str) -> None:
    async def check() -> None:
        async with in_process() as client:
            result = await client.call_tool(name, arguments)
        assert result.is_error
        assert result.structured_content["ok"] is False
        assert result.structured_content["code"] == code
        assert result.structured_content["message"]
        assert result.structured_content["time"].startswith("2026-01-05T")

    run(check())


def test_what_the_plant_announces_during_a_call_comes_with_it() -> None:
    async def check() -> None:
        async with in_process() as client:
            rule = {"line": 1, "quantity": "temperature_c", "above": 1}
            await client.call_tool("set_alert_rule", rule)
            events = (await client.call_tool("wait", {"seconds": 600})).structured_content["events"]
        assert any("temperature_c" in event["text"] for event in events)

    run(check())


def test_the_variables_are_a_resource_that_costs_no_time() -> None:
    async def check() -> None:
        plant = shared()
        async with in_process(plant) as client:
            (resource,) = (await client.list_resources()).resources
            before = await plant.read()
            read = (await client.read_resource(resource.uri)).contents[0]
            rows = json.loads(read.text)["variables"]  # type: ignore[union-attr]
            assert {row["name"]: row["value"] for row in rows} == before.values
            assert (await plant.read()).now == before.now
            with pytest.raises(MCPError, match="no resource"):
                await client.read_resource("leaf://production/journal")

    run(check())


def test_calls_at_the_same_time_are_done_one_after_another() -> None:
    async def check() -> None:
        async with in_process() as client:
            first = await client.call_tool("wait", {"seconds": 1})
            results = await asyncio.gather(*(client.call_tool("wait", {"seconds": 60}) for _ in range(12)))
            last = await client.call_tool("wait", {"seconds": 1})
        times = {result.structured_content["time"] for result in results}
        assert len(times) == 12
        assert first.structured_content["time"] < min(times) <= max(times) < last.structured_content["time"]

    run(check())


class Stuck(Wrapper):
    """A door behind which a look takes until it is let go."""

    let_go = threading.Event()

    def _between(self, call: ToolCall, spec: ToolSpec) -> ToolResult:  # noqa: ARG002
        self.let_go.wait()
        return self._inner.call(call)


def test_nobody_waits_for_ever() -> None:
    async def check() -> None:
        plant = SharedPlant(Stuck(toolbox("production", twin())), call_limit_s=1.0, most_waiting=2)
        calls = [plant.call("get_line_status", {"line": 1}) for _ in range(3)]
        stuck, behind, beyond = [answer.result for answer in await asyncio.gather(*calls)]
        Stuck.let_go.set()
        assert (stuck.code, behind.code, beyond.code) == ("timeout", "unavailable", "unavailable")
        assert "it goes on" in stuck.message
        assert "was not done" in behind.message
        assert "wait already" in beyond.message
        assert (await plant.read()).now == twin().now + 2, "the one that had begun was done, the others were not"

    run(check())


def test_a_cancellation_that_comes_with_the_answer_is_not_lost() -> None:
    async def check() -> None:
        plant = shared()
        step = asyncio.create_task(plant.step(0.0))
        await asyncio.sleep(0)
        time.sleep(0.2)  # the worker answers while the loop does not look
        asyncio.get_running_loop().call_soon(step.cancel)
        with pytest.raises(asyncio.CancelledError):
            await step

    run(check())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_http_serves_the_same_plant_to_all(mode: str) -> None:
    async def check() -> None:
        async with over_http() as url, Client(url, mode=mode) as one, Client(url, mode=mode) as other:
            assert len((await one.list_tools()).tools) == 21
            done = await one.call_tool("set_line_speed", {"line": 1, "speed_per_h": 55})
            assert not done.is_error
            seen = await other.call_tool("get_line_status", {"line": 1})
            assert seen.structured_content["data"]["speed_per_h"] == 55
            refused = await other.call_tool("set_line_speed", {"line": 1, "speed_per_h": 500})
            assert refused.is_error
            assert refused.structured_content["code"] == "out_of_range"

    run(check())


def test_http_wants_the_token_it_was_given() -> None:
    async def check() -> None:
        async with over_http(TOKEN) as url:
            async with httpx2.AsyncClient() as web:
                for headers in (
                    {},
                    {"Authorization": "Bearer 0123456789abcdeF"},
                    {"Authorization": f"Basic {TOKEN}"},
                    {"Authorization": TOKEN},
                ):
                    answer = await web.post(url, json={}, headers=headers)
                    assert answer.status_code == 401
                    assert answer.headers["www-authenticate"].startswith("Bearer")
            async with (
                httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as web,
                Client(streamable_http_client(url, http_client=web)) as client,
            ):
                assert not (await client.call_tool("get_line_status", {"line": 1})).is_error

    run(check())


def test_http_refuses_large_bodies_foreign_hosts_and_foreign_pages() -> None:
    async def check() -> None:
        json_only = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        async with over_http() as url, httpx2.AsyncClient(headers=json_only) as web:
            large = await web.post(url, content=b"x" * (LARGEST_BODY + 1))
            assert large.status_code == 413
            for name, value, status in (("Host", "evil.example:80", 421), ("Origin", "http://evil.example", 403)):
                answer = await web.post(url, content=b"{}", headers={name: value})
                assert answer.status_code == status
            assert (await web.post(url, content=b"no json")).status_code == 400

    run(check())


def test_stdio_serves_a_client_in_another_process() -> None:
    async def check() -> None:
        arguments = ["-m", "cli.main", "tools", "serve", "production", "--seed", "3", "--warmup-h", "0.5"]
        server = StdioServerParameters(command=sys.executable, args=["-W", "error", *arguments], cwd=ROOT)
        async with Client(server) as client:
            assert len((await client.list_tools()).tools) == 21
            result = await client.call_tool("get_line_status", {"line": 2})
            expected = toolbox("production", twin()).call(ToolCall(name="get_line_status", arguments={"line": 2}))
            assert result.structured_content["data"] == expected.data
            assert (await client.call_tool("get_line_status", {"line": 9})).structured_content["code"] == "not_found"

    run(check())

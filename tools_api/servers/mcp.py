"""The tools of a plant over the Model Context Protocol (MCP), for any agent that speaks it.

Plant time passes only by calls, as it does for every agent: a plant that nobody calls stands still.
"""

from __future__ import annotations

import json
import socket
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    TextContent,
    TextResourceContents,
    Tool,
    ToolAnnotations,
)

from tools_api.servers.address import Address
from tools_api.servers.bearer import BearerGate
from tools_api.servers.shared_plant import Answer, PlantBusy, SharedPlant
from tools_api.servers.stdin_lines import StdinLines
from tools_api.servers.web import own_names, serve_app
from tools_api.spec import ToolSpec
from twin.clock import iso_time

LARGEST_BODY = 256 * 1024
"""Bytes of one HTTP request; a call needs a few hundred."""

MOST_SESSIONS = 32
MOST_REQUESTS = 64
"""HTTP requests under way at once, streams included; the next one is answered 503."""

SESSION_IDLE_S = 600.0

PATH = "/mcp"


def build_server(plant: SharedPlant) -> Server[dict[str, Any]]:
    """Make an MCP server of a plant: its tools, and its variables as a resource to look at without cost."""
    tools = [_tool(spec) for spec in plant.specs.values()]
    uri = f"leaf://{plant.scenario}/variables"

    async def list_tools(
        ctx: ServerRequestContext[dict[str, Any]],  # noqa: ARG001 - the SDK's signature
        params: PaginatedRequestParams | None,  # noqa: ARG001
    ) -> ListToolsResult:
        return ListToolsResult(tools=tools)

    async def call_tool(
        ctx: ServerRequestContext[dict[str, Any]],  # noqa: ARG001
        params: CallToolRequestParams,
    ) -> CallToolResult:
        return _result(await plant.call(params.name, params.arguments or {}))

    async def list_resources(
        ctx: ServerRequestContext[dict[str, Any]],  # noqa: ARG001
        params: PaginatedRequestParams | None,  # noqa: ARG001
    ) -> ListResourcesResult:
        resource = Resource(
            uri=uri,
            name="variables",
            description="Every measured variable: unit, usual range, whether it can be set, value now. Takes no time.",
            mime_type="application/json",
        )
        return ListResourcesResult(resources=[resource])

    async def read_resource(
        ctx: ServerRequestContext[dict[str, Any]],  # noqa: ARG001
        params: ReadResourceRequestParams,
    ) -> ReadResourceResult:
        if str(params.uri) != uri:
            raise MCPError(INVALID_PARAMS, f"no resource {str(params.uri)[:200]!r}; there is {uri}")
        try:
            text = await _variables(plant)
        except PlantBusy as busy:
            raise MCPError(INVALID_PARAMS, str(busy)) from None
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type="application/json", text=text)])

    return Server(
        f"leaf-{plant.scenario}",
        version=our_version(),
        title=f"Simulated {plant.scenario} plant",
        instructions=(
            f"A simulated {plant.scenario} plant. Every call takes plant time, told with each answer; `wait` lets more "
            "pass. A refused call is an error result with a code (out_of_range, interlock, wrong_state, not_found, "
            "...) and a message that says what to do. `events` are alarms and alerts that came up meanwhile."
        ),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
    )


async def serve_stdio(plant: SharedPlant) -> None:
    """Serve one client on stdin and stdout until it closes stdin, or until cancelled."""
    server = build_server(plant)
    # The SDK's own reader cannot be cancelled while it waits for a line; it asks no more of ours than `async for`.
    lines = cast(Any, StdinLines(LARGEST_BODY))
    async with stdio_server(stdin=lines) as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


async def serve_http(plant: SharedPlant, opened: socket.socket, address: Address) -> None:
    """Serve streamable HTTP on an open socket, at `/mcp`, until cancelled."""
    app = build_server(plant).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        max_request_body_size=LARGEST_BODY,
        max_sessions=MOST_SESSIONS,
        session_idle_timeout=SESSION_IDLE_S,
        transport_security=against_rebinding(address),
    )
    await serve_app(BearerGate(app, address), opened, MOST_REQUESTS)


def against_rebinding(address: Address) -> TransportSecuritySettings:
    """Have the SDK refuse foreign host names and pages where only this machine may come in."""
    names = own_names(address)
    if names is None:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[f"{name}:*" for name in names],
        allowed_origins=[f"http://{name}:*" for name in names],
    )


def _tool(spec: ToolSpec) -> Tool:
    cost = f"{spec.duration_s:g} s" if spec.duration_argument is None else f"the {spec.duration_argument} given"
    if spec.duration_field is not None:
        cost += f" and the {spec.duration_field} that it answers"
    return Tool(
        name=spec.name,
        description=f"{spec.description} Takes {cost} of plant time.",
        input_schema=spec.json_schema(),
        output_schema=_output_schema(spec),
        annotations=ToolAnnotations(read_only_hint=not spec.mutates, open_world_hint=False),
    )


def _output_schema(spec: ToolSpec) -> dict[str, Any]:
    data = {name: {"description": text} for name, text in spec.returns.items()}
    notice = {"type": "object", "properties": {"subject": {"type": "string"}, "text": {"type": "string"}}}
    return {
        "type": "object",
        "properties": {
            "time": {"type": "string", "description": "plant time after the call, ISO 8601"},
            "ok": {"type": "boolean"},
            "code": {"type": "string", "description": "why it was refused"},
            "message": {"type": "string", "description": "the refusal in words: value, rule, remedy"},
            "data": {"type": "object", "properties": data},
            "events": {"type": "array", "items": notice, "description": "alarms and alerts that came up meanwhile"},
        },
        "required": ["time", "ok"],
    }


def _result(answer: Answer) -> CallToolResult:
    result = answer.result
    told: dict[str, Any] = {"time": answer.time, "ok": result.ok}
    if not result.ok:
        # The one-line message of a call that went well only repeats its data.
        told |= {"code": result.code, "message": result.message}
    if result.data:
        told["data"] = result.data
    if answer.events:
        told["events"] = [{"subject": event.subject, "text": event.text} for event in answer.events]
    # Clients of before 2025-06-18 see the text only.
    text = json.dumps(told, ensure_ascii=False)
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=told, is_error=not result.ok
    )


async def _variables(plant: SharedPlant) -> str:
    reading = await plant.read()
    rows = [
        {
            "name": variable.name,
            "value": reading.values[variable.name],
            "unit": variable.unit,
            "low": variable.low,
            "high": variable.high,
            "writable": variable.writable,
            "description": variable.description,
        }
        for variable in plant.variables.values()
    ]
    return json.dumps({"time": iso_time(reading.now), "variables": rows}, ensure_ascii=False)


def our_version() -> str:
    """Give the version of this package, `0` where it is not installed."""
    try:
        return version("leaf-twin")
    except PackageNotFoundError:
        return "0"

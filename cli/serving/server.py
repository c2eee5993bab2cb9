"""The server as a whole: the conversations over HTTP and MCP, on a port or a pipe."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

from mcp.server.stdio import stdio_server
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from cli.serving.chat_api import ChatApi, not_found
from cli.serving.gate import HostGate
from cli.serving.mcp_tool import build_server
from cli.serving.sessions import Sessions
from tools_api.servers.address import Address
from tools_api.servers.bearer import BearerGate
from tools_api.servers.mcp import PATH, against_rebinding
from tools_api.servers.stdin_lines import StdinLines
from tools_api.servers.web import serve_app

MOST_CONNECTIONS = 512
"""Connections and requests under way at once; the next is answered 503."""


def application(sessions: Sessions, address: Address, *, chat: bool = True) -> ASGIApp:
    """Make the web application: MCP at `/mcp` and, with `chat`, OpenAI's chat under `/v1`; both know all sessions."""
    limits = sessions.limits
    app = build_server(sessions).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        max_request_body_size=limits.max_body_bytes,
        max_sessions=limits.max_sessions,
        session_idle_timeout=limits.idle_s,
        transport_security=against_rebinding(address),
        custom_starlette_routes=list(ChatApi(sessions).routes()) if chat else None,
    )
    app.add_exception_handler(HTTPException, not_found)
    return BearerGate(HostGate(app, address), address)


async def serve_http(sessions: Sessions, opened: socket.socket, address: Address, *, chat: bool = True) -> None:
    """Serve on an open socket until cancelled; answers under way are refused then."""
    serving = asyncio.create_task(serve_app(application(sessions, address, chat=chat), opened, MOST_CONNECTIONS))
    try:
        await asyncio.shield(serving)
    finally:
        # First the worker, so that whoever waits for an answer is told.
        sessions.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        sessions.join()


async def serve_stdio(sessions: Sessions) -> None:
    """Serve MCP to one client on stdin and stdout until it closes stdin, or until cancelled."""
    server = build_server(sessions)
    # The SDK's own reader cannot be cancelled while it waits for a line; it asks no more of ours than `async for`.
    lines = cast(Any, StdinLines(sessions.limits.max_body_bytes))
    try:
        async with stdio_server(stdin=lines) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    finally:
        sessions.close()
        sessions.join()

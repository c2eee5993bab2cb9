"""A web application on an open socket: who may speak to it, and how it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from tools_api.servers.address import Address

SHUTDOWN_S = 2
"""Wall seconds that answers under way may still take when a server is stopped."""

KEEP_ALIVE_S = 30
"""Wall seconds that an idle connection is kept. Clients built on httpx leave after 5 s, as uvicorn would by itself:
when both leave at once, a request is lost on the way."""


async def serve_app(app: ASGIApp, opened: socket.socket, most_requests: int) -> None:
    """Serve until cancelled; with `most_requests` connections or requests under way, the next is answered 503."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        limit_concurrency=most_requests,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    web = _WebServer(config)
    serving = asyncio.create_task(web.serve(sockets=[opened]))
    try:
        await asyncio.shield(serving)
    finally:
        web.should_exit = True
        await serving


def own_names(address: Address) -> list[str] | None:
    """Give the host names by which a client of this machine may call a server; None where others may come in.

    A web page must not reach a plant on this machine by a host name of its own; elsewhere the token sees to it.
    """
    if not address.is_loopback:
        return None
    return sorted({address.netloc.rpartition(":")[0], "127.0.0.1", "localhost", "[::1]"})


class _WebServer(uvicorn.Server):
    """uvicorn without its own signal handlers: whoever runs the event loop decides what Ctrl-C does."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

"""What stands before the application: foreign host names, foreign pages and large bodies go no further."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cli.serving.refusal import Refusal
from tools_api.servers.address import Address
from tools_api.servers.web import own_names

BODY_S = 20.0
"""Wall seconds in which a request's body must have arrived."""


class HostGate:
    """Answers 421 to a host name that is not this machine's own and 403 to a page of another origin.

    So a web page cannot reach the server by a host name of its own (DNS rebinding). Where others may come in, the token
    sees to it.
    """

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app = app
        self._names = own_names(address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, or refuse."""
        refusal = None if scope["type"] != "http" or self._names is None else self._refusal(Request(scope))
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await refused(refusal)(scope, receive, send)

    def _refusal(self, request: Request) -> Refusal | None:
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if not self._own(host):
            return Refusal(421, "foreign_host", f"host {host[:80]!r} is not this machine; call it by its own name")
        if origin is not None and not (origin.startswith("http://") and self._own(origin.removeprefix("http://"))):
            return Refusal(403, "foreign_origin", f"pages of {origin[:80]!r} may not call this server")
        return None

    def _own(self, netloc: str) -> bool:
        name, colon, port = netloc.rpartition(":")
        if not colon or netloc.endswith("]"):
            name, port = netloc, "80"
        return name.lower() in (self._names or ()) and port.isascii() and port.isdigit()


async def read_body(request: Request, largest: int) -> bytes:
    """Read a request's body. Raises `Refusal` for one that is too large or too slow."""
    too_large = Refusal(413, "body_too_large", f"the body has more than {largest} bytes; send a shorter history")
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > largest:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                body += piece
                if len(body) > largest:
                    raise too_large
    except (TimeoutError, ClientDisconnect):
        raise Refusal(408, "body_too_slow", f"the body did not arrive within {BODY_S:g} s") from None
    return bytes(body)


def refused(refusal: Refusal) -> JSONResponse:
    """Answer a refusal in OpenAI's shape."""
    return JSONResponse(refusal.body, refusal.status, refusal.headers)

"""A gate before a web application: who does not show the token goes no further."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Receive, Scope, Send

from tools_api.servers.address import Address


class BearerGate:
    """Answers 401 before anything of a request is read, unless it carries `Authorization: Bearer TOKEN` (RFC 6750)."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app = app
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, or answer 401."""
        if scope["type"] == "lifespan" or self._address.admits(_token(scope)):
            await self._app(scope, receive, send)
            return
        body = json.dumps({"error": "invalid_token", "error_description": "send Authorization: Bearer TOKEN"}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"www-authenticate", b'Bearer error="invalid_token"'),
        ]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _token(scope: Scope) -> str | None:
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    if len(given) != 1:
        return None
    kind, _, token = given[0].partition(" ")
    return token.strip() if kind.lower() == "bearer" else None

"""The conversations over HTTP, in the form of OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cli.serving import chat_wire
from cli.serving.gate import read_body, refused
from cli.serving.refusal import SESSION_HEADER, Refusal
from cli.serving.sessions import Sessions

Endpoint = Callable[[Request], Awaitable[Response]]


class ChatApi:
    """The endpoints under `/v1`, for one model: the agent on its scenario."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.model = f"{sessions.host.kind.name}-{sessions.host.scenario}"

    def routes(self) -> list[Route]:
        """Give what can be called."""
        return [
            Route("/v1/chat/completions", _answering(self.complete), methods=["POST"]),
            Route("/v1/models", _answering(self.models), methods=["GET"]),
            Route("/v1/models/{model:path}", _answering(self.one_model), methods=["GET"]),
            Route("/v1/sessions/{session}", _answering(self.end), methods=["DELETE"]),
        ]

    async def complete(self, request: Request) -> Response:
        """Answer a message."""
        limits = self._sessions.limits
        asked = chat_wire.parse_chat(await read_body(request, limits.max_body_bytes), self.model)
        message = asked.message(request.headers.get(SESSION_HEADER), limits.max_message_chars)
        session, turn = await self._sessions.say(message)
        headers = {SESSION_HEADER: session.id}
        if asked.stream:
            # In the simple form: the answer is complete before its first piece, so a refusal keeps its status.
            pieces = "".join(chat_wire.chunks(asked, self.model, session, turn))
            return Response(pieces, media_type="text/event-stream", headers={**headers, "cache-control": "no-cache"})
        return JSONResponse(chat_wire.answer(asked, self.model, session, turn), headers=headers)

    async def models(self, request: Request) -> Response:  # noqa: ARG002 - starlette's signature
        """List the model."""
        return JSONResponse(chat_wire.models(self.model))

    async def one_model(self, request: Request) -> Response:
        """Describe the model."""
        name = str(request.path_params["model"])
        if name != self.model:
            raise Refusal(404, "model_not_found", f"no model {name[:80]!r}; there is {self.model!r}")
        return JSONResponse(chat_wire.one_model(self.model))

    async def end(self, request: Request) -> Response:
        """End a conversation."""
        self._sessions.end(str(request.path_params["session"]))
        return Response(status_code=204)


def not_found(request: Request, error: Exception) -> Response:
    """Answer a path or method that there is not."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    there = "POST /v1/chat/completions, GET /v1/models, DELETE /v1/sessions/ID and /mcp"
    told = f"{request.method[:20]} {request.url.path[:80]!r} is not served; there are {there}"
    return refused(Refusal(status, "not_found", told))


def _answering(endpoint: Endpoint) -> Callable[[Request], Any]:
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return refused(refusal)

    return answered

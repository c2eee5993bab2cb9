"""Servers for tests, on real sockets of this machine: one that speaks OpenAI's protocol, one that misbehaves."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from leaf_agent.backends.base import Backend, Constraint, Grammar, Request
from leaf_agent.backends.errors import BackendError

Reply = bytes | Callable[[socket.socket], None]


class CompletionsServer:
    """What the server was asked, and how many at a time at most."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.under_way = 0
        self.most_under_way = 0


@contextmanager
def serving(
    backend: Backend, adapters: Sequence[str] = (), *, grammars: bool = True, pause_s: float = 0.0, key: str = ""
) -> Iterator[CompletionsServer]:
    """Serve a backend as `vllm serve` would: models listed with their parent, `structured_outputs` obeyed."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request as Asked
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    listening = socket.create_server(("127.0.0.1", 0))
    server = CompletionsServer(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
    alone, counting = threading.Lock(), threading.Lock()

    def fail(status: int, message: str) -> JSONResponse:
        return JSONResponse({"error": {"message": message, "type": "BadRequest", "code": status}}, status)

    def answer(body: dict[str, Any]) -> JSONResponse:
        with counting:
            server.bodies.append(body)
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
        try:
            time.sleep(pause_s)
            if body["model"] not in ("base", *adapters):
                return fail(404, f"The model `{body['model']}` does not exist.")
            given = body.get("structured_outputs")
            constraint: Constraint | None = Grammar(given["grammar"]) if given and grammars else None
            adapter = None if body["model"] == "base" else body["model"]
            with alone:
                (done,) = backend.complete([Request(adapter, body["prompt"], body["max_tokens"], constraint)])
        except BackendError as problem:
            return fail(400, str(problem))
        finally:
            with counting:
                server.under_way -= 1
        usage = {"prompt_tokens": done.prompt_tokens, "completion_tokens": done.output_tokens}
        return JSONResponse({"object": "text_completion", "choices": [{"index": 0, "text": done.text}], "usage": usage})

    async def completions(asked: Asked) -> JSONResponse:
        server.headers.append(dict(asked.headers))
        if key and asked.headers.get("authorization") != f"Bearer {key}":
            return fail(401, "Unauthorized")
        return await run_in_threadpool(answer, await asked.json())

    async def models(asked: Asked) -> JSONResponse:
        if key and asked.headers.get("authorization") != f"Bearer {key}":
            return fail(401, "Unauthorized")
        cards = [{"id": "base", "parent": None}, *({"id": name, "parent": "base"} for name in adapters)]
        return JSONResponse({"object": "list", "data": cards})

    app = Starlette(
        routes=[Route("/v1/completions", completions, methods=["POST"]), Route("/v1/models", models, methods=["GET"])]
    )
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive(), "the server did not stop"


@contextmanager
def misbehaving(replies: Sequence[Reply], models: Reply | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Answer each POST with the next of the replies, the last one for ever; yield the URL and what was asked."""
    asked: list[bytes] = []
    listed = json_reply({"data": [{"id": "base"}]}) if models is None else models

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            request = _read(self.request)
            if request.startswith(b"GET /v1/models"):
                reply = listed
            else:
                reply = replies[min(len(asked), len(replies) - 1)]
                asked.append(request)
            if callable(reply):
                reply(self.request)
            else:
                # A client that has seen enough may hang up first.
                try:
                    self.request.sendall(reply)
                except OSError:
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
        finally:
            server.shutdown()
            thread.join(20)


def reply(status: str, body: bytes, *headers: str) -> bytes:
    """Return a whole HTTP answer, after which the server hangs up."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_reply(document: object, status: str = "200 OK", *headers: str) -> bytes:
    return reply(status, json.dumps(document).encode(), "Content-Type: application/json", *headers)


def completion_reply(text: str) -> bytes:
    return json_reply({"choices": [{"text": text}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})


def _read(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        chunk = connection.recv(65536)
        if not chunk:
            return read
        read += chunk
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body

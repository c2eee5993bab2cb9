"""A server of clerks in this process, on a real socket; the clerk and its oracle are the load benchmark's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from benchmarks.serve_load import CLERK, SCENARIO, WARMUP_S, Oracle, clerk_host
from cli.serving.conversation import Host
from cli.serving.limits import ServeLimits
from cli.serving.server import serve_http
from cli.serving.sessions import Sessions
from leaf_agent.backends.base import Completion, Request
from tools_api.servers.address import Address


class Gate(Oracle):
    """An oracle that says when it was asked, and answers only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)
        self.open = False

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        self.asked.release()
        if not self.open:
            assert self.let_go.acquire(timeout=60)
        return super().complete(requests)

    async def at_work(self) -> None:
        """Wait until a batch has arrived."""
        assert await asyncio.to_thread(self.asked.acquire, timeout=60)

    def answer_all(self) -> None:
        """Let go for good."""
        self.open = True
        self.let_go.release()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@dataclass
class Served:
    web: httpx2.AsyncClient
    sessions: Sessions
    url: str

    async def post(self, *messages: str, session: str | None = None, **body: Any) -> httpx2.Response:
        """Say something; with several messages, every second one is the assistant's."""
        said = [{"role": "assistant" if index % 2 else "user", "content": text} for index, text in enumerate(messages)]
        headers = {} if session is None else {"X-Leaf-Session": session}
        return await self.web.post("/v1/chat/completions", json={"messages": said, **body}, headers=headers)


Serving = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serving() -> Serving:
    """Make servers: `serving(backend=..., kind=..., token=..., clock=..., **limits)`."""

    @asynccontextmanager
    async def serve(
        backend: Any = None,
        kind: Any = CLERK,
        token: str | None = None,
        clock: Callable[[], float] | None = None,
        chat: bool = True,
        **limits: Any,
    ) -> AsyncIterator[Served]:
        host = clerk_host() if backend is None else Host(SCENARIO, kind, backend, WARMUP_S)
        sessions = Sessions(host, 0, ServeLimits(**limits), **({} if clock is None else {"clock": clock}))
        opened, address = Address(token=token).listen()
        url = f"http://{address.netloc}"
        task = asyncio.create_task(serve_http(sessions, opened, address, chat=chat))
        try:
            async with httpx2.AsyncClient(base_url=url, timeout=120.0) as web:
                yield Served(web, sessions, url)
        finally:
            if isinstance(backend, Gate):
                backend.answer_all()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            opened.close()

    return serve

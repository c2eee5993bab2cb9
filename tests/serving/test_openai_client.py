"""OpenAI's own client against the server, where that client is installed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from benchmarks.serve_load import alone, clerk_host

openai = pytest.importorskip("openai")

MESSAGES = ("speed of line 2", "61 an hour", "status of line 2")


@pytest.mark.parametrize("appended", ["content", "message"])
def test_the_usual_loop_works_without_a_header(serving, appended: str) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        turns = alone(clerk_host(), 0, MESSAGES)
        async with serving() as served, openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="none") as client:
            (model,) = (await client.models.list()).data
            messages: list[Any] = []
            for text, turn in zip(MESSAGES, turns, strict=True):
                messages.append({"role": "user", "content": text})
                done = await client.chat.completions.create(model=model.id, messages=messages)
                message = done.choices[0].message
                assert message.content == turn.text
                messages.append(message if appended == "message" else {"role": "assistant", "content": message.content})
            assert len(served.sessions) == 1

    asyncio.run(check())


def test_one_header_streams_and_refusals_are_understood(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        turns = alone(clerk_host(), 0, MESSAGES)
        async with serving() as served, openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="none") as client:
            create = client.chat.completions.create
            raw = client.chat.completions.with_raw_response
            ask = {"model": "clerk-production"}
            first = await raw.create(**ask, messages=[{"role": "user", "content": MESSAGES[0]}])
            session = {"X-Leaf-Session": first.headers["x-leaf-session"]}
            stream = await create(
                **ask, messages=[{"role": "user", "content": MESSAGES[1]}], extra_headers=session, stream=True
            )
            said = [chunk.choices[0].delta.content or "" async for chunk in stream]
            assert "".join(said) == turns[1].text
            with pytest.raises(openai.NotFoundError, match="no session 's-none'"):
                await create(
                    **ask, messages=[{"role": "user", "content": "hi"}], extra_headers={"X-Leaf-Session": "s-none"}
                )
            with pytest.raises(openai.BadRequestError, match="empty"):
                await create(**ask, messages=[{"role": "user", "content": ""}])

    asyncio.run(check())

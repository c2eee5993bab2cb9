"""Many conversations at once lose and mix nothing, and each is answered as if it were alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from benchmarks.serve_load import SCENARIO, WARMUP_S, Load, Tally, Turn, alone, clerk_host, clerk_script, drive, measure
from cli.serving.conversation import Host
from evaluation.agents import agent_kind


def faultless(row: dict[str, Any], answers: int | None = None) -> None:
    assert (row["lost"], row["mixed"], row["examples"]) == (0, 0, [])
    assert set(row["statuses"]) == {"200", "DELETE 204"}
    assert answers is None or row["answered"] == answers


def test_twenty_conversations_are_each_answered_as_if_alone(serving) -> None:  # type: ignore[no-untyped-def]
    load = Load(clerk_host(), leaf=False, conversations=20, seconds=None, rounds=2, pause_s=0.0)

    async def check() -> Tally:
        async with serving() as served:
            tally = await drive(load, served.url)
            assert served.sessions.host.backend.largest > 5, "they were answered in batches"
            assert len(served.sessions) == 0
            return tally

    faultless(asyncio.run(check()).document(), answers=20 * 2 * 12)


def test_the_count_notices_what_is_wrong(serving) -> None:  # type: ignore[no-untyped-def]
    """A server of other plants than those that the clients expect mixes everything, and the tally says so."""
    host = clerk_host()
    load = Load(host, leaf=False, conversations=2, seconds=None, rounds=1, pause_s=0.0)
    other = Host(SCENARIO, host.kind, host.backend, WARMUP_S + 600)
    wanted: dict[tuple[int, int], list[Turn]] = {
        (number, 0): alone(other, number, clerk_script(number, 0)) for number in range(2)
    }

    class Misled(Load):
        def wanted(self, key: tuple[int, int]) -> list[Turn]:
            return wanted[key]

    misled = Misled(load.host, leaf=False, conversations=2, seconds=None, rounds=1, pause_s=0.0)

    async def check() -> Tally:
        async with serving() as served:
            return await drive(misled, served.url)

    row = asyncio.run(check()).document()
    assert row["mixed"] == 24
    assert row["examples"]


@pytest.mark.slow
def test_fifty_conversations_for_five_minutes() -> None:
    load = Load(clerk_host(), leaf=False, conversations=50, seconds=300.0, rounds=None, pause_s=0.1)
    faultless(measure(load)["rows"][0])


@pytest.mark.model
@pytest.mark.usefixtures("base")
def test_leaf_on_the_embedded_model_keeps_conversations_apart(serving) -> None:  # type: ignore[no-untyped-def]
    from leaf_agent.backends.catalog import create
    from tools_api.catalog import catalogue_hash

    backend = create("embedded", tool_catalogue_hash=catalogue_hash(SCENARIO))
    requests = ["What is the status of line 1?", "Set line 2 to 55 parts per hour"]

    async def check() -> list[dict[str, Any]]:
        async with serving(backend, kind=agent_kind("leaf")) as served:
            posts = [
                served.post(request, seed=seed, leaf={"detail": True}, model="leaf-production")
                for seed, request in enumerate(requests)
            ]
            responses = await asyncio.gather(*posts)
            assert [response.status_code for response in responses] == [200] * 2
            return [response.json() for response in responses]

    documents = asyncio.run(check())
    host = Host(SCENARIO, agent_kind("leaf"), backend, WARMUP_S)
    for seed, (request, document) in enumerate(zip(requests, documents, strict=True)):
        (turn,) = alone(host, seed, [request])
        assert document["choices"][0]["message"]["content"] == turn.text
        assert document["leaf"]["calls"] == list(turn.calls)
        assert document["leaf"]["plan"] == turn.plan
        assert document["leaf"]["plan"]
        assert document["usage"]["completion_tokens"] == turn.output_tokens > 0

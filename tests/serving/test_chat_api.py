"""Chat completions over real sockets: whose message goes where, and what every limit answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import Any

import httpx2
import pytest

from benchmarks.serve_load import Oracle, alone, clerk_host
from evaluation.agents import AgentKind
from leaf_agent.backends.base import Completion, Request
from leaf_agent.backends.errors import BackendError
from tools_api.messages import AgentMessage, Observation

TOKEN = "0123456789abcdef"


def run(check: Coroutine[Any, Any, None]) -> None:
    asyncio.run(check)


def said(response: httpx2.Response) -> str:
    assert response.status_code == 200, response.text
    text = response.json()["choices"][0]["message"]["content"]
    assert isinstance(text, str)
    return text


def error(response: httpx2.Response) -> tuple[int, str]:
    """Give status and code, having seen that the refusal has OpenAI's shape."""
    told = response.json()["error"]
    assert set(told) == {"message", "type", "param", "code"}
    assert told["message"]
    return response.status_code, told["code"]


def test_an_answer_has_openais_shape_and_names_its_session(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        (turn,) = alone(clerk_host(), 0, ["status of line 1"])
        async with serving() as served:
            response = await served.post("status of line 1", model="clerk-production", temperature=0.5)
            document = response.json()
            session = response.headers["x-leaf-session"]
        assert said(response) == turn.text
        assert document["object"] == "chat.completion"
        assert document["model"] == "clerk-production"
        assert document["choices"][0]["finish_reason"] == "stop"
        assert document["choices"][0]["message"]["role"] == "assistant"
        assert document["choices"][0]["message"]["leaf"] == {"session": session}
        assert set(document["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}
        assert document["leaf"] == {
            "session": session,
            "seed": 0,
            "plant_time": turn.plant_time,
            "expects_reply": False,
        }

    run(check())


def test_plan_and_calls_are_told_on_demand(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            document = (await served.post("status of line 1", leaf={"detail": True})).json()
        (call,) = document["leaf"]["calls"]
        assert call["name"] == "get_line_status"
        assert call["arguments"] == {"line": 1}
        assert call["ok"] is True
        assert call["data"]["line"] == 1
        assert document["leaf"]["plan"] is None, "a clerk makes no plan"

    run(check())


def test_models_are_listed_and_others_refused(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            listed = (await served.web.get("/v1/models")).json()
            assert [model["id"] for model in listed["data"]] == ["clerk-production"]
            assert (await served.web.get("/v1/models/clerk-production")).json() == listed["data"][0]
            assert error(await served.web.get("/v1/models/gpt-9")) == (404, "model_not_found")
            assert error(await served.post("status of line 1", model="gpt-9")) == (404, "model_not_found")
            assert len(served.sessions) == 0

    run(check())


@pytest.mark.parametrize("way", ["history", "header", "field", "echoed message"])
def test_a_conversation_goes_on_in_each_way(serving, way: str) -> None:  # type: ignore[no-untyped-def]
    messages = ["speed of line 2", "61 an hour", "status of line 2"]

    async def check() -> None:
        turns = alone(clerk_host(), 0, messages)
        async with serving() as served:
            other = await served.post("status of line 3")
            history: list[dict[str, Any]] = []
            sessions = set()
            for message, turn in zip(messages, turns, strict=True):
                history.append({"role": "user", "content": message})
                body: dict[str, Any] = {"messages": history if way in ("history", "echoed message") else history[-1:]}
                headers = {}
                if sessions and way == "header":
                    headers = {"X-Leaf-Session": next(iter(sessions))}
                if sessions and way == "field":
                    body["leaf"] = {"session": next(iter(sessions))}
                response = await served.web.post("/v1/chat/completions", json=body, headers=headers)
                assert said(response) == turn.text
                sessions.add(response.json()["leaf"]["session"])
                answer = response.json()["choices"][0]["message"]
                if way == "echoed message":
                    # Another client of the same words must not matter to one that echoes whole messages.
                    history = [{"role": "user", "content": "cut off"}, answer]
                else:
                    history.append({"role": "assistant", "content": answer["content"]})
            assert len(sessions) == 1
            assert other.json()["leaf"]["session"] not in sessions
            assert len(served.sessions) == 2

    run(check())


def test_a_message_sent_again_with_its_history_is_not_done_again(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            first = await served.post("status of line 1")
            history = ("status of line 1", said(first), "status of line 1")
            once, again = await served.post(*history), await served.post(*history)
            assert once.json()["leaf"] == again.json()["leaf"], "no plant time has passed"
            assert said(once) == said(again)
            assert said(once) != said(first)
            further = await served.post(*history, said(once), "status of line 2")
            assert further.json()["leaf"]["session"] == first.json()["leaf"]["session"]
            assert len(served.sessions) == 1

    run(check())


def test_a_message_said_twice_without_its_history_is_done_twice(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            first = await served.post("status of line 1")
            second = await served.post("status of line 1", session=first.headers["x-leaf-session"])
            assert second.json()["leaf"]["plant_time"] > first.json()["leaf"]["plant_time"]

    run(check())


def test_conversations_of_the_same_words_stay_apart(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            one, two = await served.post("speed of line 2"), await served.post("speed of line 2")
            assert said(one) == said(two)
            begun = ("speed of line 2", said(one))
            slow, fast = await served.post(*begun, "41 an hour"), await served.post(*begun, "66 an hour")
            assert slow.json()["leaf"]["session"] != fast.json()["leaf"]["session"]
            for answer, reply, speed in ((slow, "41 an hour", 41), (fast, "66 an hour", 66)):
                seen = await served.post(*begun, reply, said(answer), "status of line 2", leaf={"detail": True})
                assert seen.json()["leaf"]["calls"][0]["data"]["speed_per_h"] == speed

    run(check())


def test_two_who_say_the_same_all_along_have_a_plant_each(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            one, two = await served.post("speed of line 2"), await served.post("speed of line 2")
            begun = ("speed of line 2", said(one), "41 an hour")
            answers = [await served.post(*begun), await served.post(*begun)]
            both = {answer.json()["leaf"]["session"] for answer in answers}
            assert both == {one.json()["leaf"]["session"], two.json()["leaf"]["session"]}
            assert said(answers[0]) == said(answers[1])

    run(check())


def test_a_seed_chooses_the_plant_and_cannot_change_on_the_way(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        (turn,) = alone(clerk_host(), 9, ["status of line 1"])
        async with serving() as served:
            first = await served.post("status of line 1", seed=9)
            session = first.json()["leaf"]["session"]
            assert said(first) == turn.text
            assert error(await served.post("status of line 1", session=session, seed=8)) == (400, "wrong_seed")
            history = ("status of line 1", said(first), "status of line 2")
            assert error(await served.post(*history)) == (404, "session_not_found")
            assert (await served.post(*history, seed=9)).json()["leaf"]["session"] == session

    run(check())


def test_a_stream_says_the_same_in_events(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        (turn,) = alone(clerk_host(), 0, ["status of line 1"])
        async with serving() as served:
            options = {"stream": True, "stream_options": {"include_usage": True}}
            response = await served.post("status of line 1", **options)
            assert response.headers["content-type"].startswith("text/event-stream")
            *events, done, rest = response.text.split("\n\n")
            assert (done, rest) == ("data: [DONE]", "")
            chunks = [json.loads(event.removeprefix("data: ")) for event in events]
            session = response.headers["x-leaf-session"]
            assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
            assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
            assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
            assert chunks[-2]["leaf"]["session"] == session
            assert chunks[-1]["choices"] == []
            assert "total_tokens" in chunks[-1]["usage"]
            text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks[:-1])
            assert text == turn.text
            assert error(await served.post("", stream=True)) == (400, "bad_request"), "a refusal is no stream"

    run(check())


BAD_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"messages": "\xff"}',
    "no object": b"[]",
    "no number": b'{"messages": [{"role": "user", "content": "hi"}], "seed": NaN}',
    "huge number": b'{"seed": ' + b"9" * 5000 + b"}",
    "deep": b"[" * 100_000,
    "deep in a field": b'{"messages": ' + b'{"a":' * 30_000 + b"1" + b"}" * 30_000 + b"}",
    "half a surrogate": b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
    "no messages": b"{}",
    "empty messages": b'{"messages": []}',
    "messages no list": b'{"messages": "hi"}',
    "null message": b'{"messages": [null]}',
    "unknown role": b'{"messages": [{"role": "king", "content": "hi"}]}',
    "tool's message": b'{"messages": [{"role": "tool", "content": "hi"}]}',
    "number as text": b'{"messages": [{"role": "user", "content": 7}]}',
    "a picture": b'{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}',
    "only spaces": b'{"messages": [{"role": "user", "content": "  \\n "}]}',
    "no content": b'{"messages": [{"role": "user"}]}',
    "assistant last": b'{"messages": [{"role": "assistant", "content": "hi"}]}',
    "system last": b'{"messages": [{"role": "system", "content": "hi"}]}',
    "two futures": b'{"messages": [{"role": "user", "content": "hi"}], "n": 2}',
    "tools": b'{"messages": [{"role": "user", "content": "hi"}], "tools": [{"type": "function"}]}',
    "JSON wanted": b'{"messages": [{"role": "user", "content": "hi"}], "response_format": {"type": "json_object"}}',
    "seed below": b'{"messages": [{"role": "user", "content": "hi"}], "seed": -1}',
    "seed as text": b'{"messages": [{"role": "user", "content": "hi"}], "seed": "1"}',
    "session no text": b'{"messages": [{"role": "user", "content": "hi"}], "leaf": {"session": 7}}',
    "stream no flag": b'{"messages": [{"role": "user", "content": "hi"}], "stream": "yes"}',
    "too long": b'{"messages": [{"role": "user", "content": "' + b"x" * 2001 + b'"}]}',
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_garbage_is_a_bad_request_and_changes_nothing(serving, name: str) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            response = await served.web.post("/v1/chat/completions", content=BAD_BODIES[name])
            assert error(response) == (400, "bad_request")
            assert len(served.sessions) == 0

    run(check())


def test_garbage_in_a_conversation_leaves_it_as_it_was(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        turns = alone(clerk_host(), 0, ["speed of line 2", "61 an hour"])
        async with serving() as served:
            session = (await served.post("speed of line 2")).json()["leaf"]["session"]
            for body in BAD_BODIES.values():
                headers = {"X-Leaf-Session": session}
                response = await served.web.post("/v1/chat/completions", content=body, headers=headers)
                assert response.status_code == 400
            assert said(await served.post("61 an hour", session=session)) == turns[1].text

    run(check())


def test_what_clients_send_besides_is_taken(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        parts = [{"type": "text", "text": "status of"}, {"type": "text", "text": "line 1"}]
        body = {
            "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "name": "me", "content": parts}],
            "temperature": 0.2,
            "max_completion_tokens": 100,
            "user": "somebody",
            "metadata": {"a": "b"},
            "stream": None,
            "n": 1,
            "tools": [],
            "response_format": {"type": "text"},
        }
        async with serving() as served:
            response = await served.web.post("/v1/chat/completions", json=body)
            assert said(response).startswith("status of\nline 1 |")

    run(check())


def test_large_bodies_are_refused_with_and_without_a_stated_length(serving) -> None:  # type: ignore[no-untyped-def]
    async def pieces():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b"x" * 100

    async def check() -> None:
        async with serving(max_body_bytes=1024) as served:
            for content in (b"x" * 1025, pieces()):
                response = await served.web.post("/v1/chat/completions", content=content)
                assert error(response) == (413, "body_too_large")

    run(check())


def test_foreign_hosts_and_pages_are_refused(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            port = served.url.rpartition(":")[2]
            for name, value, expected in (
                ("Host", "evil.example:80", (421, "foreign_host")),
                ("Host", f"127.0.0.1.evil.example:{port}", (421, "foreign_host")),
                ("Host", "", (421, "foreign_host")),
                ("Origin", "http://evil.example", (403, "foreign_origin")),
                ("Origin", "https://127.0.0.1", (403, "foreign_origin")),
                ("Origin", "null", (403, "foreign_origin")),
            ):
                response = await served.web.get("/v1/models", headers={name: value})
                assert error(response) == expected
            for name, value in (
                ("Host", f"localhost:{port}"),
                ("Host", "127.0.0.1"),
                ("Origin", f"http://localhost:{port}"),
            ):
                assert (await served.web.get("/v1/models", headers={name: value})).status_code == 200

    run(check())


def test_the_token_is_wanted_on_every_path(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving(token=TOKEN) as served:
            for headers in ({}, {"Authorization": "Bearer 0123456789abcdeF"}, {"Authorization": TOKEN}):
                for path in ("/v1/models", "/mcp", "/else"):
                    assert (await served.web.get(path, headers=headers)).status_code == 401
                chat = await served.web.post("/v1/chat/completions", content=b"{", headers=headers)
                assert chat.status_code == 401
            right = {"Authorization": f"Bearer {TOKEN}"}
            assert (await served.web.get("/v1/models", headers=right)).status_code == 200

    run(check())


def test_what_is_not_there_is_told(serving) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving() as served:
            assert error(await served.web.get("/v1/engines")) == (404, "not_found")
            assert error(await served.web.get("/v1/chat/completions")) == (405, "not_found")
            assert error(await served.post("hi", session="s-none")) == (404, "session_not_found")
            assert error(await served.post("a", "never said", "b")) == (404, "session_not_found")
            assert error(await served.web.delete("/v1/sessions/s-none")) == (404, "session_not_found")

    run(check())


def test_sessions_are_bounded_ended_and_dropped_when_idle(serving) -> None:  # type: ignore[no-untyped-def]
    now = [1000.0]

    async def check() -> None:
        async with serving(clock=lambda: now[0], max_sessions=2, idle_s=60.0) as served:
            first = (await served.post("status of line 1")).json()["leaf"]["session"]
            now[0] += 20
            second = (await served.post("status of line 2")).json()["leaf"]["session"]
            full = await served.post("status of line 3")
            assert error(full) == (429, "too_many_sessions")
            assert full.headers["retry-after"] == "40"
            assert (await served.web.delete(f"/v1/sessions/{first}")).status_code == 204
            assert error(await served.post("again", session=first)) == (404, "session_not_found")
            third = (await served.post("status of line 3")).json()["leaf"]["session"]
            now[0] += 50
            said(await served.post("status of line 2", session=second))
            now[0] += 20
            assert error(await served.post("status of line 3", session=third)) == (404, "session_not_found")
            said(await served.post("status of line 2", session=second))
            assert len(served.sessions) == 1

    run(check())


def test_one_message_at_a_time_in_a_session_and_a_repeat_waits_for_the_same_answer(serving, gate) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        turns = alone(clerk_host(), 0, ["speed of line 2", "61 an hour"])
        async with serving(gate) as served:
            gate.open = True
            session = (await served.post("speed of line 2")).json()["leaf"]["session"]
            while gate.asked.acquire(blocking=False):
                pass
            gate.open = False
            first = asyncio.create_task(served.post("61 an hour", session=session))
            await gate.at_work()
            again = asyncio.create_task(served.post("61 an hour", session=session))
            history = ("speed of line 2", turns[0].text, "61 an hour")
            whole = asyncio.create_task(served.post(*history))
            busy = await served.post("62 an hour", session=session)
            assert error(busy) == (409, "session_busy")
            assert int(busy.headers["retry-after"]) >= 1
            gate.answer_all()
            for task in (first, again, whole):
                assert said(await task) == turns[1].text

    run(check())


def test_a_full_queue_says_when_to_come_again(serving, gate) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving(gate, most_waiting=2, live=1) as served:
            begun = asyncio.create_task(served.post("status of line 1"))
            await gate.at_work()
            waiting = [asyncio.create_task(served.post("status of line 1", seed=seed)) for seed in (1, 2)]
            while len(served.sessions) < 3:
                await asyncio.sleep(0.01)
            full = await served.post("status of line 2")
            assert error(full) == (429, "queue_full")
            assert int(full.headers["retry-after"]) >= 1
            assert "x-should-retry" not in full.headers
            assert len(served.sessions) == 3, "the refused one left no session behind"
            gate.answer_all()
            for seed, task in enumerate((begun, *waiting)):
                assert said(await task) == alone(clerk_host(), seed, ["status of line 1"])[0].text

    run(check())


def test_a_late_answer_is_broken_off_and_the_session_stays_sane(serving, gate) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving(gate, turn_timeout_s=0.2, live=1) as served:
            late, never_begun = await asyncio.gather(
                served.post("speed of line 2"), served.post("status of line 1", seed=1)
            )
            if "not begun" in late.text:
                late, never_begun = never_begun, late
            assert error(late) == error(never_begun) == (504, "turn_timeout")
            assert late.headers["x-should-retry"] == "false", "what it did would be done twice"
            assert "nothing was done" in never_begun.text
            assert "x-leaf-session" not in never_begun.headers
            assert len(served.sessions) == 1
            session = late.headers["x-leaf-session"]
            assert error(await served.post("status of line 2", session=session)) == (409, "session_busy")
            gate.answer_all()
            for _ in range(1000):
                # The limit is short on purpose; on a busy machine an answer may miss it more than once.
                response = await served.post("status of line 2", session=session)
                if response.status_code == 200:
                    break
                await asyncio.sleep(0.01)
            assert said(response).startswith("status of line 2 |"), "a new request, not a reply to the dropped one"

    run(check())


def test_an_agent_that_breaks_down_harms_its_own_turn_only(serving, caplog: pytest.LogCaptureFixture) -> None:  # type: ignore[no-untyped-def]
    class Fragile:
        def act(self, observation: Observation) -> AgentMessage:
            text = observation.events[0].text  # type: ignore[union-attr]
            if text == "break":
                raise ZeroDivisionError("secret detail")
            return AgentMessage(text=f"heard {text}", final=True)

    async def check() -> None:
        kind = AgentKind("fragile", "breaks", lambda _: Fragile())
        async with serving(Oracle(), kind=kind) as served:
            session = (await served.post("one")).json()["leaf"]["session"]
            broken = await served.post("break", session=session)
            assert error(broken) == (500, "agent_failed")
            assert broken.headers["x-should-retry"] == "false"
            assert "secret" not in broken.text
            assert said(await served.post("two", session=session)) == "heard two"

    run(check())
    assert "ZeroDivisionError" in caplog.text, "whoever runs the server sees why"


def test_a_message_that_failed_is_done_when_it_is_sent_again(serving) -> None:  # type: ignore[no-untyped-def]
    class Hiccup:
        broken = False

        def act(self, observation: Observation) -> AgentMessage:
            text = observation.events[0].text  # type: ignore[union-attr]
            if text == "break" and not Hiccup.broken:
                Hiccup.broken = True
                raise ZeroDivisionError
            return AgentMessage(text=f"heard {text}", final=True)

    async def check() -> None:
        kind = AgentKind("hiccup", "breaks once", lambda _: Hiccup())
        async with serving(Oracle(), kind=kind) as served:
            first = await served.post("one")
            history = ("one", said(first), "break")
            assert error(await served.post(*history)) == (500, "agent_failed")
            assert said(await served.post(*history)) == "heard break"
            assert len(served.sessions) == 1

    run(check())


def test_a_backend_that_cannot_answer_is_told(serving) -> None:  # type: ignore[no-untyped-def]
    class Full(Oracle):
        def complete(self, requests: Sequence[Request]) -> list[Completion]:
            if any("line 3" in one.prompt for one in requests):
                raise BackendError("the cache is full; shorten the prompt")
            return super().complete(requests)

    async def check() -> None:
        async with serving(Full()) as served:
            good, bad = await asyncio.gather(served.post("status of line 1"), served.post("status of line 3"))
            assert said(good) == alone(clerk_host(), 0, ["status of line 1"])[0].text
            assert error(bad) == (502, "backend_error")
            assert "shorten the prompt" in bad.text

    run(check())


def test_stopping_answers_what_is_under_way(serving, gate) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving(gate) as served:
            waiting = asyncio.create_task(served.post("status of line 1"))
            await gate.at_work()
            served.sessions.close()
            assert error(await waiting) == (503, "stopping")
            assert error(await served.post("status of line 2")) == (503, "stopping")

    run(check())


def test_a_client_that_goes_away_does_not_stop_the_others(serving, gate) -> None:  # type: ignore[no-untyped-def]
    async def check() -> None:
        async with serving(gate) as served:
            leaving = asyncio.create_task(served.post("status of line 1"))
            await gate.at_work()
            staying = asyncio.create_task(served.post("status of line 2"))
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
            gate.answer_all()
            assert said(await staying) == alone(clerk_host(), 0, ["status of line 2"])[0].text

    run(check())

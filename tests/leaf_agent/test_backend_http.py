"""The http backend against real servers on this machine, well-behaved and not."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from leaf_agent.backends import endpoint
from leaf_agent.backends.base import Choice, Completion, Grammar, Request
from leaf_agent.backends.catalog import create
from leaf_agent.backends.errors import AdapterError, BackendError
from leaf_agent.backends.http import HttpBackend
from leaf_agent.backends.scripted import ScriptedBackend
from tests.leaf_agent.completions_server import (
    Reply,
    completion_reply,
    json_reply,
    misbehaving,
    reply,
    serving,
)

EXPERTS = ("planner", "executor", "interactor")
ASK = Request(None, "hello there", 5)


def echo(request: Request) -> str:
    if isinstance(request.constraint, Grammar) and "zebra" in request.constraint.ebnf:
        return "zebra"
    return f"{request.adapter} heard {request.prompt}"


def ask(url: str, **settings: Any) -> Completion:
    with HttpBackend(url, **{"pause_s": 0.01, "retries": 2, "timeout_s": 5.0, **settings}) as backend:
        return backend.complete([ASK])[0]


def test_each_request_reaches_its_adapter_and_comes_back_in_its_place() -> None:
    with serving(ScriptedBackend(echo), EXPERTS, pause_s=0.02) as server, HttpBackend(server.url, streams=4) as backend:
        asked = [Request((None, *EXPERTS)[n % 4], f"number {n}", 9) for n in range(24)]
        answers = backend.complete(asked)
        assert [one.text for one in answers] == [f"{one.adapter} heard {one.prompt}" for one in asked]
        assert backend.complete([]) == []
        assert {body["model"] for body in server.bodies} == {"base", *EXPERTS}
        assert 2 <= server.most_under_way <= 4
        assert all(body["temperature"] == 0 and body["stop"] == ["<|im_end|>"] for body in server.bodies)
        assert all(one.output_tokens == 4 and one.prompt_tokens == 2 and one.milliseconds > 0 for one in answers)


def test_milliseconds_are_shares_of_the_call() -> None:
    with serving(ScriptedBackend(echo), pause_s=0.02) as server, HttpBackend(server.url) as backend:
        started = time.perf_counter()
        answers = backend.complete([ASK] * 8)
        assert sum(one.milliseconds for one in answers) <= (time.perf_counter() - started) * 1000


def test_an_unlisted_adapter_or_model_is_refused_with_the_nearest_name() -> None:
    with serving(ScriptedBackend(echo), EXPERTS) as server:
        with HttpBackend(server.url) as backend, pytest.raises(AdapterError, match="did you mean 'planner'"):
            backend.complete([Request("planer", "x", 3)])
        with pytest.raises(AdapterError, match="no adapter 'planr'; did you mean 'planner'"):
            HttpBackend(server.url, adapters={"planner": "planr"})
        with pytest.raises(BackendError, match="serves no model 'qwen'; it serves: base, planner"):
            HttpBackend(server.url, model="qwen")
        with HttpBackend(server.url, adapters={"planner": "executor"}) as backend:
            assert backend.complete([Request("planner", "x", 9)])[0].text == "executor heard x"


def test_a_grammar_travels_as_the_server_takes_it() -> None:
    constraint = Choice(("yes", "no"))
    with serving(ScriptedBackend(echo)) as server, HttpBackend(server.url) as backend:
        backend.complete([Request(None, "one", 3, constraint), Request(None, "two", 3)])
        backend.complete([Request(None, "three", 3, constraint)])
    proof, *rest = server.bodies
    assert proof["structured_outputs"]["grammar"] == 'root ::= ("zebra")\n'
    by_prompt = {body["prompt"]: body for body in rest}
    assert len(rest) == 3, "the proof is asked for once"
    assert by_prompt["one"]["structured_outputs"] == {"grammar": 'root ::= ("yes" | "no")\n'}
    assert "structured_outputs" not in by_prompt["two"]


@pytest.mark.parametrize(("wire", "field"), [("vllm-old", "guided_grammar"), ("llama.cpp", "grammar")])
def test_other_servers_take_it_elsewhere(wire: Any, field: str) -> None:
    with misbehaving([completion_reply("zebra"), completion_reply("yes")]) as (url, asked):
        with HttpBackend(url, constraints=wire) as backend:
            assert backend.complete([Request(None, "x", 3, Choice(("yes",)))])[0].text == "yes"
        assert json.loads(asked[1].partition(b"\r\n\r\n")[2])[field] == 'root ::= ("yes")\n'


def test_a_server_that_passes_over_grammars_is_found_out() -> None:
    asked = Request(None, "x", 9, Choice(("yes",)))
    with serving(ScriptedBackend(echo), grammars=False) as server:
        with HttpBackend(server.url) as backend, pytest.raises(BackendError, match="does not obey a grammar sent as"):
            backend.complete([asked])
        refused = pytest.raises(BackendError, match="a Choice was asked of a server without constraints")
        with HttpBackend(server.url, constraints="refuse") as backend, refused:
            backend.complete([asked])
        with HttpBackend(server.url, constraints="ignore") as backend:
            assert backend.complete([asked])[0].text == "None heard x"


def test_the_key_comes_from_the_environment_and_stands_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ScriptedBackend(echo), key="s3cret") as server:
        monkeypatch.setenv("OTHER_KEY", "s3cret")
        monkeypatch.setenv("LEAF_API_KEY", "wrong")
        with pytest.raises(BackendError, match=r"answered 401, 'Unauthorized'; put its API key into .* LEAF_API_KEY"):
            HttpBackend(server.url)
        assert ask(server.url, key_variable="OTHER_KEY").text == "None heard hello there"
        assert server.headers[-1]["authorization"] == "Bearer s3cret"
    with pytest.raises(BackendError, match="put the API key into LEAF_API_KEY") as told:
        HttpBackend("http://me:s3cret@127.0.0.1:1/v1")
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    "failure",
    [
        json_reply({"error": {"message": "slow down"}}, "429 Too Many Requests"),
        json_reply({}, "429 Too Many Requests", "Retry-After: 0"),
        json_reply({}, "429 Too Many Requests", "Retry-After: Wed, 21 Oct 2099 07:28:00 GMT"),
        reply("500 Internal Server Error", b"oops"),
        reply("503 Service Unavailable", b""),
        lambda _connection: None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"no HTTP at all",
    ],
    ids=["429", "429 now", "429 date", "500", "503", "hangs up", "breaks off", "no HTTP"],
)
def test_what_may_pass_is_tried_again(failure: Reply) -> None:
    with misbehaving([failure, failure, completion_reply("there")]) as (url, asked):
        assert ask(url).text == "there"
        assert len(asked) == 3
    with misbehaving([failure]) as (url, asked):
        with pytest.raises(BackendError, match=r"\(tried 3 times\)"):
            ask(url)
        assert len(asked) == 3


def test_the_server_names_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(endpoint.time, "sleep", slept.append)
    named = json_reply({}, "429 Too Many Requests", "Retry-After: 7")
    endless = json_reply({}, "429 Too Many Requests", "Retry-After: 86400")
    plain = reply("502 Bad Gateway", b"")
    with misbehaving([plain, plain, named, endless, completion_reply("there")]) as (url, _):
        assert ask(url, retries=4, pause_s=0.5).text == "there"
    assert slept == [0.5, 1.0, 7.0, 30.0]


def silent(connection: socket.socket) -> None:
    connection.settimeout(5)
    assert connection.recv(1) == b"", "the client hangs up"


def dripping(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(200):
        try:
            connection.sendall(b" ")
        except OSError:
            return
        time.sleep(0.02)


@pytest.mark.parametrize("slow", [silent, dripping])
def test_a_late_answer_is_given_up_and_not_asked_for_again(slow: Callable[[socket.socket], None]) -> None:
    with misbehaving([slow]) as (url, asked):
        with pytest.raises(BackendError, match=r"did not answer within 0\.3 s; give a larger timeout_s"):
            ask(url, timeout_s=0.3)
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply("200 OK", b"<html>hello</html>"), "answered with no JSON: b'<html>hello"),
        (reply("200 OK", b"[" * 100_000), "answered with no JSON"),
        (reply("200 OK", b"\xff\xfe"), "answered with no JSON"),
        (json_reply({"choices": []}), r"without choices\[0\].text or usage"),
        (json_reply([1, 2]), r"without choices\[0\].text or usage"),
        (json_reply({"choices": [{"text": "x"}]}), "without .* usage"),
        (json_reply({"choices": [{"text": 7}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}), "no text"),
        (json_reply({"error": {"message": "too\nlong"}}, "400 Bad Request"), "refused POST /completions: 400, 'too lo"),
        (reply("404 Not Found", b""), "has no POST /completions .*usually /v1"),
        (reply("307 Temporary Redirect", b"", "Location: http://127.0.0.1:1/"), "refused POST /completions: 307"),
    ],
)
def test_an_unusable_answer_is_said_at_once(answer: bytes, words: str) -> None:
    with misbehaving([answer]) as (url, asked):
        with pytest.raises(BackendError, match=words):
            ask(url)
        assert len(asked) == 1


def test_a_huge_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "LARGEST_ANSWER", 100_000)
    with misbehaving([completion_reply("x" * 50_000), completion_reply("x" * 200_000)]) as (url, _):
        assert len(ask(url).text) == 50_000
        with pytest.raises(BackendError, match="more than 100000 bytes"):
            ask(url)

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):  # the client hangs up
            while True:
                connection.sendall(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")

    with misbehaving([endless]) as (url, _), pytest.raises(BackendError, match="more than 100000 bytes"):
        ask(url)


def test_one_failure_ends_the_batch_and_the_backend_goes_on() -> None:
    bad = json_reply({"error": {"message": "bad prompt"}}, "400 Bad Request")
    replies = [completion_reply("a"), bad, completion_reply("b")]
    with misbehaving(replies) as (url, asked), HttpBackend(url, streams=1) as backend:
        with pytest.raises(BackendError, match="bad prompt"):
            backend.complete([ASK] * 10)
        assert len(asked) < 10, "what was not begun is dropped"
        assert backend.complete([ASK])[0].text == "b"


def test_no_server_says_how_to_start_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    with pytest.raises(BackendError, match=r"is a server there\? start one: leaf serve vllm \(tried 3 times\)"):
        ask(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://x/v1", "http://", "http://[::1/v1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BackendError, match=r"is no .*give one like http://127\.0\.0\.1:8000/v1"):
        HttpBackend(url)


def test_settings_that_can_do_nothing_are_refused() -> None:
    with pytest.raises(BackendError, match="at least one stream"):
        HttpBackend(streams=0)
    with pytest.raises(BackendError, match="constraints='vlm' is unknown; use one of vllm, vllm-old"):
        HttpBackend(constraints="vlm")  # type: ignore[arg-type]


def test_a_server_without_a_list_of_models_needs_the_name() -> None:
    with misbehaving([completion_reply("hi")], models=reply("404 Not Found", b"")) as (url, asked):
        with pytest.raises(BackendError, match="does not list its models; name the base: model=NAME"):
            ask(url)
        assert ask(url, model="qwen").text == "hi"
        assert b'"model": "qwen"' in asked[0]
    no_list = pytest.raises(BackendError, match="no list of models")
    with misbehaving([completion_reply("hi")], models=json_reply({"models": []})) as (url, _), no_list:
        ask(url)


def test_a_backend_by_its_address_and_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ScriptedBackend(echo), EXPERTS) as server:
        named = create(server.url)
        assert isinstance(named, HttpBackend)
        with named:
            assert named.complete([Request("planner", "x", 9)])[0].text == "planner heard x"
        monkeypatch.setenv("LEAF_HTTP_URL", server.url)
        monkeypatch.setenv("LEAF_HTTP_CONSTRAINTS", "ignore")
        made = create("http")
        assert isinstance(made, HttpBackend)
        with made:
            assert made.complete([Request(None, "x", 9, Choice(("y",)))])[0].text == "None heard x"
    with serving(ScriptedBackend(echo)) as server:
        with pytest.raises(AdapterError, match=r"no adapter 'planner'.*leaf serve vllm"):
            create(server.url)
        bare = create(server.url, adapters=False)
        assert isinstance(bare, HttpBackend)
        bare.close()

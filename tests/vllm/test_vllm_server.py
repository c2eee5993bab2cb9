"""`vllm serve`, as `leaf serve vllm` writes its command, behind the http backend."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.parity import EXPERTS, Exchange, differences
from cli.serve_vllm import vllm_command
from leaf_agent.backends.adapters import load_adapters
from leaf_agent.backends.base import Choice, Request
from leaf_agent.backends.base_model import locate
from leaf_agent.backends.catalog import create
from leaf_agent.backends.errors import AdapterError, BackendError
from leaf_agent.backends.http import HttpBackend

START_S = 300
EACH = 5
KEY = "key of this test"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    program = str(Path(sys.executable).with_name("vllm"))
    command = vllm_command(locate().huggingface, load_adapters(), port=port, program=program)
    log = tmp_path_factory.mktemp("vllm") / "log"
    surroundings = os.environ | {"VLLM_API_KEY": KEY, "VLLM_NO_USAGE_STATS": "1"}
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, env=surroundings)
    try:
        ends = time.monotonic() + START_S
        while not _answers(f"http://127.0.0.1:{port}/health"):
            if process.poll() is not None or time.monotonic() > ends:
                pytest.fail(f"vllm serve did not start: {log.read_text('utf-8', 'replace')[-3000:]}")
            time.sleep(1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture
def backend(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpBackend]:
    monkeypatch.setenv("LEAF_API_KEY", KEY)
    # Two cores take their time with a plan.
    with HttpBackend(url, timeout_s=600) as made:
        yield made


def test_it_serves_the_base_and_three_adapters(backend: HttpBackend, url: str) -> None:
    assert backend.model == "base"
    assert set(backend.adapters) == set(EXPERTS)
    by_url = create(url)
    assert isinstance(by_url, HttpBackend)
    by_url.close()
    with pytest.raises(AdapterError, match="did you mean 'planner'"):
        backend.complete([Request("planer", "x", 3)])


def test_its_text_is_that_of_the_embedded_backend(backend: HttpBackend, exchanges: list[Exchange]) -> None:
    some = [one for name in EXPERTS for one in [e for e in exchanges if e.request.adapter == name][:EACH]]
    found = backend.complete([one.request for one in some])
    different = differences(some, found)
    print(*different, f"{len(some) - len(different)} of {len(some)} answers are the same text", sep="\n")
    assert len(different) <= 1
    same = [pair for pair in zip(some, found, strict=True) if pair[0].completion.text == pair[1].text]
    for expected, one in same:
        assert (one.prompt_tokens, one.output_tokens) == (
            expected.completion.prompt_tokens,
            expected.completion.output_tokens,
        )


def test_the_base_is_itself_beside_adapters(backend: HttpBackend, exchanges: list[Exchange]) -> None:
    base = Request(None, exchanges[0].request.prompt, 12)
    beside = [Request(name, exchanges[0].request.prompt, 12) for name in EXPERTS]
    (alone,) = backend.complete([base])
    assert {one.text for one in backend.complete([*beside, base, base])[3:]} == {alone.text}


def test_it_obeys_a_choice_and_refuses_a_bad_key(
    backend: HttpBackend, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Request(None, "Is steel a metal?", 8, Choice(("certainly", "never")))
    assert backend.complete([asked])[0].text in asked.constraint.options  # type: ignore[union-attr]
    with pytest.raises(BackendError, match="refused POST /completions: 400"):
        backend.complete([Request(None, "x " * 5000, 8)])
    monkeypatch.setenv("LEAF_API_KEY", "another")
    with pytest.raises(BackendError, match="answered 401"):
        HttpBackend(url)


def test_an_older_servers_grammar_is_not_obeyed_and_that_is_found_out(
    url: str,
    backend: HttpBackend,  # noqa: ARG001 - it sets the key
) -> None:
    found_out = pytest.raises(BackendError, match="does not obey a grammar sent as for 'vllm-old'")
    with HttpBackend(url, constraints="vllm-old") as wrong, found_out:
        wrong.complete([Request(None, "x", 8, Choice(("yes",)))])

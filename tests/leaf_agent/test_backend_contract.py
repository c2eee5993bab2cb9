"""What every backend keeps: order, adapters, constraints, limits, counts. `make test-vllm` runs it on vLLM."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.serving import EXPERTS, write_random_adapter
from leaf_agent.backends.adapters import load_adapters
from leaf_agent.backends.base import Backend, Choice, Grammar, JsonSchema, Request
from leaf_agent.backends.base_model import BaseModelFolder
from leaf_agent.backends.errors import AdapterError, BackendError
from leaf_agent.backends.scripted import ScriptedBackend

LIBRARIES = {"embedded": "openvino_genai", "http": "openvino_genai", "transformers": "peft", "vllm": "vllm"}
ABSENT = {"vllm": "vLLM wants an environment of its own; run: make test-vllm"}
MODELS = tuple(LIBRARIES)
OBEYING = tuple(name for name in MODELS if name != "transformers")
TOKENS = 20

pytestmark = [
    pytest.mark.model,
    # A backend takes seconds to start: one worker has them all.
    pytest.mark.xdist_group("backends"),
    # peft 0.21 asks transformers 5.23 for an attribute under its old name; nothing of ours can change that.
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning"),
]


def chat(body: str) -> str:
    return f"<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n"


class Cast:
    """Every backend once, made when it is first asked for, all with the same three random adapters."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._made: dict[str, Backend] = {"scripted": ScriptedBackend(lambda one: f"{one.adapter}: {one.prompt}")}

    def get(self, name: str) -> Backend:
        if name not in self._made:
            # in CI only vLLM may be absent; another that is not installed there fails when it is made
            if find_spec(LIBRARIES[name]) is None and (name in ABSENT or "CI" not in os.environ):
                pytest.skip(ABSENT.get(name, f"{LIBRARIES[name]} is not installed here"))
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Backend:
        if name == "http":
            from leaf_agent.backends.http import HttpBackend
            from tests.leaf_agent.completions_server import serving

            server = self._stack.enter_context(serving(self.get("embedded"), EXPERTS))
            return self._stack.enter_context(HttpBackend(server.url))
        adapters = load_adapters(self._folder)
        if name == "embedded":
            from leaf_agent.backends.embedded import EmbeddedBackend

            # One thread: on a busy machine two wait for each other at every layer.
            return EmbeddedBackend(adapters, threads=1)
        if name == "transformers":
            import torch

            from leaf_agent.backends.transformers import TransformersBackend

            torch.set_num_threads(1)
            return TransformersBackend(adapters)
        from leaf_agent.backends.vllm import VllmBackend

        return VllmBackend(adapters)


@pytest.fixture(scope="module")
def cast(base: BaseModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:  # noqa: ARG001
    folder = tmp_path_factory.mktemp("adapters")
    for seed, expert in enumerate(EXPERTS):
        # Large enough that each adapter says something else than the base and than the others.
        write_random_adapter(folder / expert, expert, seed, spread=0.03)
    with ExitStack() as stack:
        yield Cast(folder, stack)


MIXED = [
    *(Request(adapter, chat("Set line 3 to 80 parts per hour"), TOKENS) for adapter in (None, *EXPERTS)),
    Request("planner", chat("Why is order O-104 late?"), 5),
]
every_backend = pytest.mark.parametrize("name", ["scripted", *MODELS])
every_model = pytest.mark.parametrize("name", MODELS)
every_obeying_model = pytest.mark.parametrize("name", OBEYING)


@every_backend
def test_answers_come_in_the_order_of_the_requests_whatever_that_is(cast: Cast, name: str) -> None:
    backend = cast.get(name)
    assert backend.name == name
    together = [one.text for one in backend.complete(MIXED)]
    assert len(set(together[:4])) == 4, "the base and three adapters are told apart"
    assert [one.text for one in backend.complete(MIXED[::-1])] == together[::-1]
    assert [backend.complete([request])[0].text for request in MIXED[:2]] == together[:2]


@every_backend
def test_no_requests_have_no_answers(cast: Cast, name: str) -> None:
    assert cast.get(name).complete([]) == []


@every_backend
def test_tokens_are_counted_and_limited(cast: Cast, name: str) -> None:
    backend = cast.get(name)
    limits = (1, 2, 7)
    prompt = chat("Count from 1 to 50: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11")
    answers = backend.complete([Request(None, prompt, limit) for limit in limits])
    assert [one.output_tokens for one in answers] == list(limits)
    assert all(one.prompt_tokens >= 1 and one.milliseconds > 0 for one in answers)
    assert len({one.prompt_tokens for one in answers}) == 1
    longer = backend.complete([Request(None, prompt + " and more", 1)])[0]
    assert longer.prompt_tokens > answers[0].prompt_tokens


@every_model
def test_an_unknown_adapter_is_refused_with_the_nearest_name(cast: Cast, name: str) -> None:
    backend = cast.get(name)
    with pytest.raises(AdapterError, match="no adapter 'planer'; did you mean 'planner'"):
        backend.complete([MIXED[0], Request("planer", chat("x"), 3)])
    assert backend.complete(MIXED[:1]), "it goes on answering"


@every_obeying_model
def test_each_constraint_is_obeyed_by_its_request_alone(cast: Cast, name: str) -> None:
    schema = {
        "type": "object",
        "properties": {
            "line": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "station": {"type": "string", "maxLength": 8},
        },
        "required": ["line", "station"],
    }
    grammar = Grammar('root ::= step{1,2}\nstep ::= ("weld" | "press \\"b\\"") " -> " [0-9]{1,3} "\\n"\n')
    backend = cast.get(name)
    for adapter in (None, "executor"):
        asked = [
            Request(adapter, chat("line 3, weld"), 60, JsonSchema(schema)),
            Request(adapter, chat("Which station?"), 60, grammar),
            Request(adapter, chat("Is steel a metal?"), 60, Choice(("certainly", "never ever"))),
            Request(adapter, chat("line 3, weld"), TOKENS),
        ]
        json_text, steps, choice, free = (one.text for one in backend.complete(asked))
        assert set(json.loads(json_text)) == {"line", "station"}
        assert re.fullmatch(r'((weld|press "b") -> [0-9]{1,3}\n){1,2}', steps)
        assert choice in ("certainly", "never ever")
        assert free == backend.complete([asked[3]])[0].text, "it is not bound by the others' constraints"
        assert free != json_text[: len(free)]


@every_obeying_model
def test_a_constraint_that_is_none_is_refused(cast: Cast, name: str) -> None:
    backend = cast.get(name)
    for constraint in (Choice(()), JsonSchema({"type": "tuple"})):
        with pytest.raises(BackendError, match=r"no options|not supported"):
            backend.complete([MIXED[0], replace(MIXED[1], constraint=constraint)])
    with pytest.raises(BackendError):
        backend.complete([Request(None, chat("x"), 3, Grammar("root ::= nothing-of-this-name"))])
    assert backend.complete(MIXED[:1]), "it goes on answering"


def test_transformers_says_that_it_enforces_nothing(cast: Cast) -> None:
    with pytest.raises(BackendError, match="cannot enforce a Choice"):
        cast.get("transformers").complete([Request(None, chat("x"), 3, Choice(("a",)))])


@every_model
def test_a_request_that_asks_for_nothing_is_refused(cast: Cast, name: str) -> None:
    for asked in (Request(None, chat("x"), 0), Request(None, "", 3)):
        with pytest.raises(BackendError, match="both must be at least 1"):
            cast.get(name).complete([asked])

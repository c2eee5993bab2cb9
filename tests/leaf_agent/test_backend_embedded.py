"""The embedded backend against the reference: the same text, adapter by adapter, and under constraints."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.serving import EXPERTS, write_random_adapter
from evaluation.runner import in_lockstep
from leaf_agent.backends.adapters import load_adapters
from leaf_agent.backends.base import Choice, Completion, Grammar, JsonSchema, Request
from leaf_agent.backends.base_model import BaseModelFolder
from leaf_agent.backends.embedded import EmbeddedBackend
from leaf_agent.backends.errors import AdapterError, BackendError
from leaf_agent.blackboard import Blackboard
from leaf_agent.config import LeafConfig
from leaf_agent.experts.executor import Executor
from leaf_agent.experts.interactor import Interactor
from leaf_agent.experts.planner import Planner
from leaf_agent.plan.grammar import plan_ebnf
from leaf_agent.plan.parser import parse_plan
from tools_api.catalog import specs

pytestmark = pytest.mark.model

QUESTIONS = (
    "Set line 3 to 80 parts per hour",
    "What is the capital of France?",
    "Tell the user that order O-104 is late and why.",
)
TOKENS = 20


def chat(body: str) -> str:
    return f"<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def folder(base: BaseModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    made = tmp_path_factory.mktemp("adapters")
    for seed, expert in enumerate(EXPERTS):
        # Large enough that each adapter says something else than the base and than the others.
        write_random_adapter(made / expert, expert, seed, spread=0.03)
    return made


@pytest.fixture(scope="module")
def backend(folder: Path) -> EmbeddedBackend:
    # One thread: on a busy machine two wait for each other at every layer.
    return EmbeddedBackend(load_adapters(folder), threads=1)


@pytest.fixture(scope="module")
def mixed() -> list[Request]:
    adapters = (None, *EXPERTS)
    return [Request(adapter, chat(question), TOKENS) for question in QUESTIONS for adapter in adapters]


# peft 0.21 asks transformers 5.23 for an attribute under its old name; nothing of ours can change that.
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_text_is_that_of_transformers_and_peft(backend: EmbeddedBackend, folder: Path, mixed: list[Request]) -> None:
    pytest.importorskip("peft")
    import torch

    torch.set_num_threads(1)
    from leaf_agent.backends.transformers import TransformersBackend

    reference = TransformersBackend(load_adapters(folder))
    expected, found = reference.complete(mixed), backend.complete(mixed)
    assert [one.text for one in found] == [one.text for one in expected]
    assert [one.prompt_tokens for one in found] == [one.prompt_tokens for one in expected]
    assert [one.output_tokens for one in found] == [one.output_tokens for one in expected]
    with pytest.raises(BackendError, match="cannot enforce a Choice"):
        reference.complete([Request(None, "x", 3, Choice(("a",)))])


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_the_shipped_adapters_say_the_same_on_both() -> None:
    pytest.importorskip("peft")
    from leaf_agent.backends.transformers import TransformersBackend

    config = LeafConfig(constrained=False)
    tools = {spec.name: spec for spec in specs("production")}
    board = Blackboard(requests=["Could you bring line 2 down to 75 parts an hour?"])
    asked = [
        Planner(tuple(tools.values()), config).request(board.request),
        Executor(config).request(tools["set_line_speed"], "set line 2 to 75 parts per hour", board),
        Interactor(config).ask(tools["set_line_speed"], ("speed_per_h",), "set the speed of line 2"),
    ]
    # The reference computes with PEFT's float32 of the same half-precision weights.
    expected = TransformersBackend(load_adapters()).complete(asked)
    found = EmbeddedBackend(load_adapters(), threads=1).complete(asked)
    assert [one.text for one in found] == [one.text for one in expected]
    assert json.loads(found[1].text) == {"line": 2, "speed_per_h": 75}


def test_a_mixed_batch_gives_each_request_its_own_adapters_answer(
    backend: EmbeddedBackend, mixed: list[Request]
) -> None:
    together = [one.text for one in backend.complete(mixed)]
    alone = [backend.complete([request])[0].text for request in mixed]
    assert together == alone
    assert len(set(together[:4])) == 4, "base and three adapters must be told apart"


@pytest.fixture(scope="module")
def asked() -> list[Request]:
    """Two requests of each expert, as an agent makes them, constraints and all; answers short, for time's sake."""
    tools = {spec.name: spec for spec in specs("production")}
    config = LeafConfig()
    planner, executor, interactor = Planner(specs("production"), config), Executor(config), Interactor(config)
    board = Blackboard(requests=["Could you bring line 2 down to 75 parts an hour?"])
    speed, alarms = tools["set_line_speed"], tools["list_alarms"]
    made = [
        planner.request(board.request),
        planner.request("Why is order O-104 late, and which alarms are open on its line?"),
        executor.request(speed, "set line 2 to 75 parts per hour", board),
        executor.request(alarms, "list the alarms of line 2 that nobody has acknowledged", board),
        interactor.ask(speed, ("speed_per_h",), "set the speed of line 2"),
        interactor.ask(alarms, ("line",), "list the alarms"),
    ]
    return [replace(request, max_tokens=TOKENS) for request in made]


@pytest.mark.slow
def test_what_an_expert_says_does_not_depend_on_the_batch(backend: EmbeddedBackend, asked: list[Request]) -> None:
    """Float32, one machine, a lockstep of fixed size: who else is asked changes no token of an answer."""

    def told(request: Request) -> Generator[list[Request], list[Completion], tuple[str, int]]:
        (answer,) = yield [request]
        return answer.text, answer.output_tokens

    alone = [next(in_lockstep([told(request)], backend)) for request in asked]
    assert len({text for text, _ in alone}) == len(asked), "each says something of its own"
    others = [Request(adapter, chat(f"{text} " * 3), 7) for text in QUESTIONS[:2] for adapter in (*EXPERTS, None)]
    # Other fellows each time, and more of them before the six.
    for place, fellows in ((0, asked[::2]), (1, others[:3]), (3, others[-3:])):
        batch = [*fellows[:place], *asked, *fellows[place:]]
        found = list(in_lockstep(map(told, batch), backend, live=9))
        assert found[place : place + len(asked)] == alone


def test_schema_grammar_and_choice_hold_under_adapters(backend: EmbeddedBackend) -> None:
    schema = {
        "type": "object",
        "properties": {
            "line": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "station": {"type": "string", "maxLength": 8},
        },
        "required": ["line", "station"],
    }
    tools = ("get_line_status", "set_line_speed")
    first, second, third = backend.complete(
        [
            Request("executor", chat("line 3, weld"), 60, JsonSchema(schema)),
            Request("planner", chat("Set line 3 to 80"), 250, Grammar(plan_ebnf(tools, max_steps=1))),
            Request("interactor", chat("Is steel a metal?"), 8, Choice(("certainly", "never"))),
        ]
    )
    assert set(json.loads(first.text)) == {"line", "station"}
    assert len(parse_plan(second.text).steps) == 1
    assert third.text in ("certainly", "never")
    free = backend.complete([Request("executor", chat("line 3, weld"), 8)])[0]
    assert not free.text.startswith('{"line"'), "a constraint must not stay on for the next request"


def test_tokens_are_those_of_the_huggingface_tokenizer(backend: EmbeddedBackend, base: BaseModelFolder) -> None:
    tokenizer = pytest.importorskip("tokenizers").Tokenizer.from_file(str(base.huggingface / "tokenizer.json"))
    texts = (
        chat("Set line  3 to 123 parts O-101 7.15\n\n  x12"),
        "   22 a  1 2  3   4",
        "café 日本 \t\ttab\r\n  end  ² 3٣",
        "don't I'M O-104; (5.25%) ** <<if error(not_found), goto 4; next>>",
        "<|endoftext|><|im_end|> <repo_name>",
    )
    for text in texts:
        assert backend.tokens(text) == tokenizer.encode(text, add_special_tokens=False).ids


def test_an_answer_stops_at_its_limit_and_counts_its_tokens(backend: EmbeddedBackend) -> None:
    answer = backend.complete([Request(None, chat("Count from 1 to 50."), 7)])[0]
    assert answer.output_tokens == 7
    assert answer.prompt_tokens == len(backend.tokens(chat("Count from 1 to 50.")))
    assert answer.milliseconds > 0
    assert backend.complete([]) == []


def test_what_cannot_be_served_is_said(backend: EmbeddedBackend) -> None:
    with pytest.raises(AdapterError, match="did you mean 'planner'"):
        backend.complete([Request("planer", "x", 3)])
    with pytest.raises(BackendError, match="both must be at least 1"):
        backend.complete([Request(None, "x", 0)])
    with pytest.raises(BackendError, match="exceed the context of 4096; shorten the prompt"):
        backend.complete([Request(None, "x", 100_000)])


def test_an_adapter_of_another_base_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "planner"
    copy.mkdir()
    for file in (folder / "planner").iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    manifest["base"]["sha256"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(AdapterError, match="another base model"):
        EmbeddedBackend({"planner": copy})
    with pytest.raises(AdapterError, match="another prompts"):
        EmbeddedBackend({"planner": folder / "planner"}, prompt_hash="1" * 64)


def test_the_shipped_adapters_are_a_fifth_of_the_base_at_most(base: BaseModelFolder) -> None:
    adapters = sum(adapter.weights.stat().st_size for adapter in load_adapters().values())
    assert adapters <= 0.2 * (base.openvino / "openvino_model.bin").stat().st_size

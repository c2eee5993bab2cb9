"""vLLM's engine with the shipped adapters says what the embedded backend says. `make test-vllm` runs this."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from benchmarks.parity import EACH, EXPERTS, Exchange, differences, play
from evaluation.episode import Job
from leaf_agent.backends.base import JsonSchema
from leaf_agent.backends.errors import BackendError
from leaf_agent.backends.vllm import VllmBackend
from leaf_agent.config import LeafConfig
from leaf_agent.experts.planner import Planner
from tools_api.catalog import specs

SAME = 0.95
EPISODES = 6


def test_the_greedy_text_is_that_of_the_embedded_backend(backend: VllmBackend, exchanges: list[Exchange]) -> None:
    asked = [one.request for one in exchanges]
    assert Counter(request.adapter for request in asked) == dict.fromkeys(EXPERTS, EACH)
    found = backend.complete(asked)
    different = differences(exchanges, found)
    for one in different:
        print(one)
    print(f"{len(asked) - len(different)} of {len(asked)} answers are the same text")
    assert len(different) <= (1 - SAME) * len(asked), "\n".join(str(one) for one in different)
    for expected, one in zip(exchanges, found, strict=True):
        assert one.prompt_tokens == expected.completion.prompt_tokens
        if one.text == expected.completion.text:
            assert one.output_tokens == expected.completion.output_tokens


def test_an_answer_does_not_depend_on_the_batch(backend: VllmBackend, exchanges: list[Exchange]) -> None:
    short = sorted(exchanges, key=lambda one: one.completion.output_tokens)[:12]
    together = [one.text for one in backend.complete([one.request for one in short])]
    alone = [backend.complete([one.request])[0].text for one in short[:4]]
    assert alone == together[:4]


def test_plans_and_arguments_keep_their_constraint(backend: VllmBackend, exchanges: list[Exchange]) -> None:
    planner = Planner(specs("production"), LeafConfig())
    planned = [one.request for one in exchanges if one.request.adapter == "planner"][:4]
    for answer in backend.complete(planned):
        planner.read(answer.text)
    grounded = [one.request for one in exchanges if one.request.adapter == "executor"][:4]
    for request, answer in zip(grounded, backend.complete(grounded), strict=True):
        assert isinstance(request.constraint, JsonSchema)
        assert set(json.loads(answer.text)) <= set(request.constraint.schema["properties"])


def test_what_is_too_long_is_refused(backend: VllmBackend, exchanges: list[Exchange]) -> None:
    request = exchanges[0].request
    with pytest.raises(BackendError, match="exceed the context of 4096; shorten the prompt"):
        backend.complete([type(request)(None, request.prompt, 4096)])


def test_whole_episodes_end_as_with_the_embedded_backend(
    backend: VllmBackend, answers: tuple[list[Exchange], list[tuple[Job, str, str]]]
) -> None:
    expected = {job: (outcome, said) for job, outcome, said in answers[1][:EPISODES]}
    ended = {played.job: (played.outcome, played.said) for played in play(backend, list(expected))}
    same = [job for job in expected if ended[job] == expected[job]]
    for job in expected:
        print(f"{job.task}: embedded {expected[job]}, vllm {ended[job]}")
    assert len(same) >= EPISODES - 1
    assert {outcome for outcome, _ in ended.values()} <= {"success", "failure"}

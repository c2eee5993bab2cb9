"""vLLM has an environment of its own, and this machine's cores may be few: one engine serves all tests here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.parity import Exchange, read
from evaluation.episode import Job
from leaf_agent.backends.adapters import load_adapters
from leaf_agent.backends.vllm import VllmBackend

ANSWERS = Path(__file__).resolve().parents[2] / "build" / "parity.json"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    reason = None
    if find_spec("vllm") is None:
        reason = "vLLM wants an environment of its own; run: make test-vllm"
    elif not ANSWERS.exists():
        reason = f"{ANSWERS} is not there; run: make test-vllm"
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.vllm)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def answers() -> tuple[list[Exchange], list[tuple[Job, str, str]]]:
    return read(ANSWERS)


@pytest.fixture(scope="session")
def exchanges(answers: tuple[list[Exchange], list[tuple[Job, str, str]]]) -> list[Exchange]:
    return answers[0]


@pytest.fixture(scope="module")
def backend() -> Iterator[VllmBackend]:
    precision = os.environ.get("LEAF_VLLM_PRECISION", "float32")
    made = VllmBackend(load_adapters(), precision=precision)  # type: ignore[arg-type]
    yield made
    made.close()

"""The scripted backend, and the table of backends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from leaf_agent.backends.base import Request
from leaf_agent.backends.catalog import BACKENDS, create
from leaf_agent.backends.errors import AdapterError, BackendError
from leaf_agent.backends.scripted import ScriptedBackend


def test_a_function_answers_each_request_in_order() -> None:
    backend = ScriptedBackend(lambda request: f"{request.adapter}: {request.prompt}")
    asked = [Request("planner", "a b", 9), Request(None, "c", 9)]
    first, second = backend.complete(asked)
    assert (first.text, first.prompt_tokens, first.output_tokens) == ("planner: a b", 2, 3)
    assert second.text == "None: c"
    assert backend.requests == asked


def test_a_list_answers_in_turn_and_then_says_that_it_is_empty() -> None:
    backend = ScriptedBackend(["one two three", "four"])
    assert [one.text for one in backend.complete([Request(None, "x", 2), Request(None, "x", 2)])] == ["one two", "four"]
    with pytest.raises(BackendError, match="the script has 2 answers"):
        backend.complete([Request("planner", "x", 2)])


def test_the_table_names_its_backends() -> None:
    assert set(BACKENDS) == {"embedded", "transformers", "vllm", "http", "scripted"}
    assert create("scripted").complete([Request(None, "x", 2)])[0].text == ""
    with pytest.raises(BackendError, match="no backend 'embeded'; did you mean 'embedded'"):
        create("embeded")


@pytest.mark.parametrize("name", ["embedded", "transformers"])
def test_adapters_for_other_tools_are_refused(name: str) -> None:
    with pytest.raises(AdapterError, match="trained with another tool catalogue"):
        create(name, tool_catalogue_hash="0" * 64)


def test_the_table_imports_no_model_runtime() -> None:
    heavy = ("torch", "transformers", "peft", "openvino", "openvino_genai", "gguf", "safetensors")
    code = f"import sys, leaf_agent.backends.catalog; sys.exit(', '.join(set({heavy}) & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

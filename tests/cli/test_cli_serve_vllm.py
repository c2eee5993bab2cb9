"""The command that `leaf serve vllm` prints or starts."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
import typer

from benchmarks.serving import EXPERTS, write_random_adapter
from cli import serve_vllm
from cli.problem import Problem
from leaf_agent.backends.adapters import AdapterFolder, load_adapters
from leaf_agent.backends.base_model import BaseModelFolder, locate
from leaf_agent.backends.errors import BackendError


@pytest.fixture
def leaf(base: BaseModelFolder) -> typer.Typer:  # noqa: ARG001
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(serve_vllm.serve_vllm)
    return app


def run(app: typer.Typer, *arguments: str) -> object:
    return app(args=list(arguments), standalone_mode=False)


@pytest.mark.model
def test_it_prints_base_and_experts_for_a_shell(leaf: typer.Typer, capsys: pytest.CaptureFixture[str]) -> None:
    run(leaf, "--port", "8123", "--precision", "bfloat16", "--compiled")
    words = shlex.split(capsys.readouterr().out)
    assert words[:3] == ["vllm", "serve", str(locate().huggingface)]
    assert words[words.index("--host") + 1 : words.index("--host") + 4] == ["127.0.0.1", "--port", "8123"]
    assert words[words.index("--dtype") + 1] == "bfloat16"
    assert "--enable-lora" in words
    assert "--enforce-eager" not in words
    modules = dict(word.split("=") for word in words[words.index("--lora-modules") + 1 :])
    assert set(modules) == set(EXPERTS)
    assert all((Path(folder) / "adapter_model.safetensors").is_file() for folder in modules.values())


@pytest.mark.model
def test_a_start_that_cannot_work_is_refused(leaf: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execvp", lambda _, command: started.append(command))
    monkeypatch.setattr(serve_vllm.shutil, "which", lambda _: None)
    with pytest.raises(Problem, match="there is no 'vllm' here"):
        run(leaf, "--start")
    with pytest.raises(Problem, match="put an API key into VLLM_API_KEY first"):
        run(leaf, "--start", "--host", "0.0.0.0")
    with pytest.raises(Problem, match="--precision 'int4' is none"):
        run(leaf, "--precision", "int4")
    assert started == []
    monkeypatch.setattr(serve_vllm.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setenv("VLLM_API_KEY", "s3cret")
    run(leaf, "--start", "--host", "0.0.0.0")
    assert started[0][:2] == ["vllm", "serve"]
    assert "s3cret" not in " ".join(started[0])


@pytest.mark.model
@pytest.mark.usefixtures("leaf")
def test_the_rank_is_one_that_vllm_takes(tmp_path: Path) -> None:
    write_random_adapter(tmp_path / "planner", "planner", 0, rank=1)
    one = load_adapters(tmp_path)["planner"]

    def ranked(rank: int) -> AdapterFolder:
        return one.model_copy(update={"manifest": one.manifest.model_copy(update={"rank": rank})})

    command = serve_vllm.vllm_command(Path("base"), {"planner": ranked(4), "executor": ranked(12)})
    assert command[command.index("--max-loras") + 1] == "3", "one more than adapters, for the bare base"
    assert command[command.index("--max-lora-rank") + 1] == "16"
    assert "--enable-lora" not in serve_vllm.vllm_command(Path("base"), {})
    with pytest.raises(BackendError, match="rank 513; vLLM serves at most 512"):
        serve_vllm.vllm_command(Path("base"), {"planner": ranked(513)})

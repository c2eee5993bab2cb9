"""`leaf serve vllm`: the base model and its three adapters on vLLM's server, for `--backend http`."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.problem import Problem

if TYPE_CHECKING:
    from leaf_agent.backends.adapters import AdapterFolder

LOOPBACK = ("127.0.0.1", "::1", "localhost")
KEY_VARIABLE = "VLLM_API_KEY"


def vllm_command(
    model: Path,
    adapters: Mapping[str, AdapterFolder],
    *,
    served_name: str = "base",
    host: str = "127.0.0.1",
    port: int = 8000,
    precision: str = "float32",
    context_tokens: int = 4096,
    cache_mb: int = 1024,
    eager: bool = True,
    program: str = "vllm",
) -> list[str]:
    """Return the command that serves a base model and its adapters, each under its own name.

    The settings are those of `leaf_agent.backends.vllm.VllmBackend`, so that both answer alike. vLLM takes an API key
    from the environment variable `VLLM_API_KEY`; it is never part of the command, where every process could read it.

    Raises:
        BackendError: an adapter's rank is beyond what vLLM serves.
    """
    from leaf_agent.backends.vllm import lora_rank, lora_slots

    command = [program, "serve", str(model), "--served-model-name", served_name]
    command += ["--host", host, "--port", str(port), "--dtype", precision, "--max-model-len", str(context_tokens)]
    command += ["--kv-cache-memory-bytes", str(cache_mb * 1_000_000), "--max-num-seqs", "64"]
    command += ["--no-enable-prefix-caching", *(["--enforce-eager"] if eager else [])]
    if adapters:
        command += ["--enable-lora", "--max-loras", str(lora_slots(len(adapters)))]
        command += ["--max-lora-rank", str(lora_rank(adapters.values()))]
        command += ["--lora-modules", *(f"{name}={folder.path}" for name, folder in adapters.items())]
    return command


def serve_vllm(
    scenario: Annotated[str, typer.Option(help="Whose tools the adapters must have learned.")] = "production",
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8000,
    precision: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    compiled: Annotated[
        bool, typer.Option("--compiled", help="torch.compile and CUDA graphs: a slower start, faster on a GPU.")
    ] = False,
    start: Annotated[bool, typer.Option("--start", help="Start it here, in place of printing the command.")] = False,
) -> None:
    """Print the command that serves the base model and the three experts on vLLM, or start it.

    The base and the adapters are checked as for any backend. Then: leaf run SCENARIO REQUEST --backend http
    """
    from cli.scenario import known_scenario
    from leaf_agent.backends.adapters import load_adapters
    from leaf_agent.backends.base_model import locate
    from leaf_agent.experts.base import prompt_hash
    from tools_api.catalog import catalogue_hash

    known_scenario(scenario)
    if precision not in ("float32", "bfloat16", "float16"):
        raise Problem(f"--precision '{precision}' is none; use float32, bfloat16 or float16")
    base = locate()
    adapters = load_adapters(
        base_sha256=base.manifest.sha256, prompt_hash=prompt_hash(), tool_catalogue_hash=catalogue_hash(scenario)
    )
    command = vllm_command(base.huggingface, adapters, host=host, port=port, precision=precision, eager=not compiled)
    if not start:
        print(shlex.join(command))
        return
    if host not in LOOPBACK and not os.environ.get(KEY_VARIABLE):
        raise Problem(f"--host {host} can be reached from elsewhere; put an API key into {KEY_VARIABLE} first")
    if shutil.which(command[0]) is None:
        raise Problem("there is no 'vllm' here; on a GPU: pip install 'leaf-twin[vllm]', on a CPU: make test-vllm")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    os.execvp(command[0], command)

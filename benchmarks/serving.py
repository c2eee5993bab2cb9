"""How fast the embedded backend answers, alone and in batches over three adapters, and what memory it takes.

Each line of work runs in a fresh process, so that its resident memory is its own. Without adapters that ship, three
of the same shape (rank 8 on all linear layers) with random weights stand in: neither speed nor memory can tell.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EXPERTS = ("planner", "executor", "interactor")
ASKED = (
    "Set line 3 to 80 parts per hour",
    "Which alarms are open on line 2?",
    "Tell the user that order O-104 is late, and why",
    "Stop line 1, make housings there and tell me the temperature of the weld station",
)
TOKENS = 48


def measure() -> dict[str, Any]:
    """Measure serving; `rows` has one entry per number of streams, with and without adapters."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="leaf-bench-") as scratch:
        folder, trained = _adapters(Path(scratch))
        for adapters in (False, True):
            command = [sys.executable, "-m", "benchmarks.serving", str(folder) if adapters else "-"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
            rows += json.loads(done.stdout.splitlines()[-1])
        sizes = _sizes(folder)
    return {"benchmark": "serving", "trained_adapters": trained, **sizes, "rows": rows}


def _adapters(scratch: Path) -> tuple[Path, bool]:
    from leaf_agent.backends.adapters import SHIPPED, load_adapters
    from leaf_agent.backends.errors import AdapterError

    try:
        if set(load_adapters(SHIPPED)) >= set(EXPERTS):
            return SHIPPED, True
    except AdapterError:
        pass
    for seed, expert in enumerate(EXPERTS):
        write_random_adapter(scratch / expert, expert, seed)
    return scratch, False


def write_random_adapter(folder: Path, expert: str, seed: int, *, rank: int = 8, spread: float = 0.01) -> None:
    """Write an adapter of the base model's shape with random weights, as PEFT would, with a manifest."""
    import numpy as np
    from safetensors.numpy import save_file

    from leaf_agent.backends.adapters import AdapterManifest, BaseIdentity
    from leaf_agent.backends.base_model import huggingface_folder, locate

    config = json.loads((huggingface_folder() / "config.json").read_text("utf-8"))
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    keys = hidden * config["num_key_value_heads"] // config["num_attention_heads"]
    shapes = {
        "self_attn.q_proj": (hidden, hidden),
        "self_attn.k_proj": (hidden, keys),
        "self_attn.v_proj": (hidden, keys),
        "self_attn.o_proj": (hidden, hidden),
        "mlp.gate_proj": (hidden, inner),
        "mlp.up_proj": (hidden, inner),
        "mlp.down_proj": (inner, hidden),
    }
    random = np.random.default_rng(seed)
    weights = {}
    for layer in range(config["num_hidden_layers"]):
        for module, (inputs, outputs) in shapes.items():
            stem = f"base_model.model.model.layers.{layer}.{module}"
            weights[f"{stem}.lora_A.weight"] = random.normal(0, inputs**-0.5, (rank, inputs)).astype(np.float16)
            weights[f"{stem}.lora_B.weight"] = random.normal(0, spread, (outputs, rank)).astype(np.float16)
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    modules = sorted({name.rpartition(".")[2] for name in shapes})
    peft = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank, "target_modules": modules}
    (folder / "adapter_config.json").write_text(json.dumps(peft), "utf-8")
    manifest = AdapterManifest(
        expert=expert,
        base=BaseIdentity.of(locate().manifest),
        rank=rank,
        alpha=2 * rank,
        prompt_hash="random",
        tool_catalogue_hash="random",
        data_sha256="random",
        config={},
        seed=seed,
        git_revision="unknown",
        metrics={},
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), "utf-8")


def _sizes(folder: Path) -> dict[str, float]:
    from leaf_agent.backends.base_model import locate

    base = (locate().openvino / "openvino_model.bin").stat().st_size
    adapters = sum((folder / expert / "adapter_model.safetensors").stat().st_size for expert in EXPERTS)
    return {"base_mb": round(base / 1e6, 1), "adapters_mb": round(adapters / 1e6, 1)}


def _work(folder: str) -> list[dict[str, Any]]:
    from leaf_agent.backends.adapters import load_adapters
    from leaf_agent.backends.base import Request
    from leaf_agent.backends.embedded import EmbeddedBackend

    started = time.perf_counter()
    backend = EmbeddedBackend(None if folder == "-" else load_adapters(Path(folder)))
    load_s, loaded_mb = time.perf_counter() - started, _rss_mb()
    experts: tuple[str | None, ...] = (None,) if folder == "-" else EXPERTS

    def requests(streams: int) -> list[Request]:
        # The number makes every prompt, and so its answer, another one.
        bodies = [f"{ASKED[index % len(ASKED)]} ({index})" for index in range(streams)]
        prompts = [f"<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n" for body in bodies]
        return [Request(experts[index % len(experts)], prompt, TOKENS) for index, prompt in enumerate(prompts)]

    backend.complete(requests(3))
    rows = []
    for streams in (1, 16, 48):
        times, rates = [], []
        for _ in range(3 if streams == 1 else 1):
            started = time.perf_counter()
            completions = backend.complete(requests(streams))
            times.append(time.perf_counter() - started)
            rates.append(sum(one.output_tokens for one in completions) / times[-1])
        middle = len(times) // 2
        rows.append(
            {
                "adapters": 0 if folder == "-" else len(EXPERTS),
                "streams": streams,
                "tokens_per_s": round(sorted(rates)[middle], 1),
                "median_s": round(sorted(times)[middle], 2),
                "load_s": round(load_s, 1),
                "loaded_rss_mb": loaded_mb,
                "rss_mb": _rss_mb(),
            }
        )
    return rows


def _rss_mb() -> int:
    """Resident memory of this process now, in MiB (Linux); elsewhere its peak."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text("utf-8").splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) // 1024
    import resource

    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20))


if __name__ == "__main__":
    print(json.dumps(_work(sys.argv[1])))

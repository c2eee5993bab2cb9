"""How fast the embedded backend answers, and what memory it takes: one base with three adapters beside three models.

Contenders: the bare base; the base with three adapters; three models that have an adapter each merged into them, three
pipelines in one process. Each runs in a fresh process, so that its resident memory is its own; all get the same prompts
and limits. Without adapters that ship, three of the same shape (rank 8 on all linear layers) with random weights stand
in: neither speed nor memory can tell.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

EXPERTS = ("planner", "executor", "interactor")
ASKED = (
    "Set line 3 to 80 parts per hour",
    "Which alarms are open on line 2?",
    "Tell the user that order O-104 is late, and why",
    "Stop line 1, make housings there and tell me the temperature of the weld station",
)
TOKENS = 48
STREAMS = (1, 4, 16, 48)
ROUNDS = 3
MIX = "request i goes to expert i modulo 3; one call per expert, one after the other; no constraints"
Advance = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to serve: how many adapters or merged models there are."""

    models: str
    adapters: int = 0
    merged: int = 0


BASE = Contender("base")
ADAPTERS = Contender("adapters", adapters=3)
MERGED = Contender("merged", merged=3)
CONTENDERS = (BASE, ADAPTERS, MERGED)


def measure(
    advance: Advance | None = None, *, streams: Sequence[int] = STREAMS, tokens: int = TOKENS, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Measure serving; `rows` has one entry per contender and number of streams.

    Args:
        advance: told how far the work is.
        streams: how many requests are asked at once.
        tokens: how long an answer may be.
        rounds: how often each batch is asked; medians are over them.

    Raises:
        RuntimeError: a contender's process failed.
    """
    from benchmarks.twin import machine

    tell = advance or (lambda _done, _total, _label: None)
    total, done = len(EXPERTS) + len(CONTENDERS) * len(streams), 0
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="leaf-bench-") as scratch:
        adapters, trained = _adapters(Path(scratch) / "adapters")
        merged = Path(scratch) / "merged"
        merging_s = []
        for expert in EXPERTS:
            tell(done, total, f"merging the {expert}")
            merging_s.append(_merge(adapters, expert, merged))
            done += 1
        for contender in CONTENDERS:
            tell(done, total, contender.models)
            work = {"folder": str(merged if contender.merged else adapters), **asdict(contender)}
            for row in _process({**work, "streams": list(streams), "tokens": tokens, "rounds": rounds}):
                rows.append(row)
                done += 1
                tell(done, total, contender.models)
        disk_mb = {contender.models: _disk_mb(contender, adapters, merged) for contender in CONTENDERS}
    return {
        "benchmark": "serving",
        "machine": machine(),
        "trained_adapters": trained,
        "mix": MIX,
        "max_tokens": tokens,
        "rounds": rounds,
        "disk_mb": disk_mb,
        "merging_s": round(median(merging_s), 1),
        "same_text": same_text(rows),
        "rows": with_ratios(rows),
    }


def with_ratios(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each row its speed and memory as multiples of the merged models' and of the base's, at as many streams."""
    peers = {(row["models"], row["streams"]): row for row in rows}
    found = []
    for row in rows:
        merged, base = (peers[contender.models, row["streams"]] for contender in (MERGED, BASE))
        ratios = {
            "speed_to_merged": round(row["tokens_per_s"] / merged["tokens_per_s"], 2),
            "rss_to_merged": round(row["rss_mb"] / merged["rss_mb"], 2),
            "rss_to_base": round(row["rss_mb"] / base["rss_mb"], 2),
        }
        found.append({name: value for name, value in {**row, **ratios}.items() if name != "texts"})
    return found


def same_text(rows: Sequence[dict[str, Any]]) -> float:
    """The share of requests to which the adapters and the merged models answer with the same text."""
    said = {contender: [row["texts"] for row in rows if row["models"] == contender.models] for contender in CONTENDERS}
    pairs: list[tuple[str, str]] = [
        (ours, theirs)
        for batch, peer in zip(said[ADAPTERS], said[MERGED], strict=True)
        for ours, theirs in zip(batch, peer, strict=True)
    ]
    return round(sum(ours == theirs for ours, theirs in pairs) / len(pairs), 3)


def _process(work: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Run a contender in a process of its own; its rows as they come."""
    command = [sys.executable, "-m", "benchmarks.serving_worker", json.dumps(work)]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, encoding="utf-8") as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                yield json.loads(line)
        if process.wait() != 0:
            complaints.seek(0)
            raise RuntimeError(f"'{work['models']}' failed: {complaints.read().strip()[-500:]}")


def _adapters(scratch: Path) -> tuple[Path, bool]:
    from leaf_agent.backends.adapters import SHIPPED, load_adapters
    from leaf_agent.backends.base_model import locate
    from leaf_agent.backends.errors import AdapterError

    base = locate()
    try:
        if set(load_adapters(SHIPPED, base_sha256=base.manifest.sha256)) >= set(EXPERTS):
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
        tool_catalogue_hashes=("random",),
        data_sha256="random",
        config={},
        seed=seed,
        git_revision="unknown",
        metrics={},
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), "utf-8")


def _merge(adapters: Path, expert: str, merged: Path) -> float:
    """Merge one adapter into the base; returns the seconds that took."""
    from benchmarks.merged_models import write_merged
    from leaf_agent.backends.adapters import load_adapter
    from leaf_agent.backends.base_model import locate

    begun = time.perf_counter()
    write_merged(locate(), load_adapter(adapters / expert), merged / expert)
    return time.perf_counter() - begun


def _disk_mb(contender: Contender, adapters: Path, merged: Path) -> float:
    """Weights and graphs on disk; the tokenizer, which all have, is left out."""
    from leaf_agent.backends.adapters import WEIGHTS
    from leaf_agent.backends.base_model import locate

    if contender.merged:
        files = [path for expert in EXPERTS for path in (merged / expert / "openvino").glob("openvino_model.*")]
    else:
        files = list(locate().openvino.glob("openvino_model.*"))
        files += [adapters / expert / WEIGHTS for expert in EXPERTS[: contender.adapters]]
    return round(sum(path.stat().st_size for path in files) / 1e6, 1)

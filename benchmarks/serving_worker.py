"""One contender of `leaf bench serving`, in a process of its own: `python -m benchmarks.serving_worker WORK`.

WORK is a JSON object: a `benchmarks.serving.Contender` with the folder of its adapters or merged models, the numbers of
streams, the tokens and the rounds. It prints a JSON line per number of streams.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.merged_models import MergedModels
from benchmarks.serving import ASKED, EXPERTS
from leaf_agent.backends.adapters import load_adapter
from leaf_agent.backends.base import Backend, Request
from leaf_agent.backends.base_model import BaseModelFolder, locate
from leaf_agent.backends.embedded import EmbeddedBackend


def _start(work: dict[str, Any]) -> Backend:
    folder, base = Path(work["folder"]), locate()
    if not work["merged"]:
        loaded = {expert: load_adapter(folder / expert) for expert in EXPERTS[: work["adapters"]]}
        return EmbeddedBackend(loaded, base=base)
    models = {expert: BaseModelFolder(folder / expert, base.manifest) for expert in EXPERTS}
    return MergedModels({expert: EmbeddedBackend(base=each) for expert, each in models.items()})


def _work(work: dict[str, Any]) -> Iterator[dict[str, Any]]:
    started = time.perf_counter()
    backend = _start(work)
    load_s, loaded_mb = time.perf_counter() - started, _rss_mb()
    experts: tuple[str | None, ...] = EXPERTS if work["adapters"] or work["merged"] else (None,)

    def requests(streams: int) -> list[Request]:
        # The number makes every prompt, and so its answer, another one.
        bodies = [f"{ASKED[index % len(ASKED)]} ({index})" for index in range(streams)]
        prompts = [f"<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n" for body in bodies]
        return [Request(experts[index % len(experts)], prompt, work["tokens"]) for index, prompt in enumerate(prompts)]

    backend.complete(requests(len(EXPERTS)))
    for streams in work["streams"]:
        times, rates = [], []
        for _ in range(work["rounds"]):
            started = time.perf_counter()
            completions = backend.complete(requests(streams))
            times.append(time.perf_counter() - started)
            rates.append(sum(one.output_tokens for one in completions) / times[-1])
        yield {
            "models": work["models"],
            "streams": streams,
            "tokens_per_s": round(median(rates), 1),
            "median_s": round(median(times), 2),
            "tokens": sum(one.output_tokens for one in completions),
            "load_s": round(load_s, 1),
            "loaded_mb": loaded_mb,
            "rss_mb": _rss_mb(),
            "texts": [one.text for one in completions],
        }


def _rss_mb() -> int:
    """Resident memory of this process now, in MB of 10^6 bytes (Linux); elsewhere its peak."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text("utf-8").splitlines() if line.startswith("VmRSS"))
        return round(int(line.split()[1]) * 1024 / 1e6)
    from evaluation.summary import peak_rss_mb

    return round(peak_rss_mb())


if __name__ == "__main__":
    for measured in _work(json.loads(sys.argv[1])):
        print(json.dumps(measured), flush=True)

"""How fast vLLM answers with three adapters at 1, 4, 16 and 48 streams, on whatever device it finds.

    .venv-vllm/bin/python -m benchmarks.vllm_throughput [--precision bfloat16] [--compiled] [--streams 1,4,16,48]

The prompts and their limit are those of `leaf bench serving`, so that the tables can be laid side by side. It prints
a table and, as the last line, the same as JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

from benchmarks.serving import ASKED, EXPERTS, TOKENS
from leaf_agent.backends.adapters import load_adapters
from leaf_agent.backends.base import Request
from leaf_agent.backends.vllm import Precision, VllmBackend

STREAMS = (1, 4, 16, 48)


def measure(precision: Precision = "float32", *, compiled: bool = False, streams: tuple[int, ...] = STREAMS) -> Any:
    """Measure; `rows` has one entry per number of streams."""
    from vllm import __version__
    from vllm.platforms import current_platform

    started = time.perf_counter()
    backend = VllmBackend(load_adapters(), precision=precision, eager=not compiled)
    load_s = time.perf_counter() - started
    backend.complete(_requests(3))
    rows = []
    for number in streams:
        times, rates = [], []
        for _ in range(3 if number == 1 else 1):
            started = time.perf_counter()
            completions = backend.complete(_requests(number))
            times.append(time.perf_counter() - started)
            rates.append(sum(one.output_tokens for one in completions) / times[-1])
        row = {"streams": number, "tokens_per_s": statistics.median(rates), "median_s": statistics.median(times)}
        rows.append({name: round(value, 2) for name, value in row.items()})
    backend.close()
    return {
        "benchmark": "vllm",
        "version": __version__,
        "device": current_platform.get_device_name(),
        "precision": precision,
        "compiled": compiled,
        "load_s": round(load_s, 1),
        "rows": rows,
    }


def _requests(streams: int) -> list[Request]:
    # The number makes every prompt, and so its answer, another one.
    bodies = [f"{ASKED[index % len(ASKED)]} ({index})" for index in range(streams)]
    prompts = [f"<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n" for body in bodies]
    return [Request(EXPERTS[index % len(EXPERTS)], prompt, TOKENS) for index, prompt in enumerate(prompts)]


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.vllm_throughput")
    parser.add_argument("--precision", choices=("float32", "bfloat16", "float16"), default="float32")
    parser.add_argument("--compiled", action="store_true", help="torch.compile and CUDA graphs")
    parser.add_argument("--streams", default=",".join(map(str, STREAMS)))
    given = parser.parse_args()
    streams = tuple(int(number) for number in given.streams.split(","))
    found = measure(given.precision, compiled=given.compiled, streams=streams)
    print(f"vLLM {found['version']} on {found['device']}, {found['precision']}, started in {found['load_s']} s")
    print("streams  tokens/s  seconds")
    for row in found["rows"]:
        print(f"{row['streams']:7d} {row['tokens_per_s']:9.1f} {row['median_s']:8.2f}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()

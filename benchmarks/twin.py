"""How fast the plants run, reset and fork, beside the named peers on equal work."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.peers.contest import Options, Row, Target, Turn, hold
from benchmarks.peers.environments import HERE

SCENARIOS = ("production", "maintenance", "energy")
_AT_ONCE = Target("≤ 20 ms", at_most_s=0.020)
_TEN_TIMES = Target("≥ 10 times LineFlow", at_least=10)
_HALF = Target("≥ 0.5 of bare SimPy", at_least=0.5)


def _ours(case: str, **options: Any) -> Turn:
    return Turn("plants", case, options)


ROWS: tuple[Row, ...] = (
    Row(
        "env reset to a task, production",
        _ours("reset"),
        (Turn("lineflow-rl", "reset", {"stations": 5, "lines": 3}),),
        _AT_ONCE,
    ),
    *(Row(f"env reset to a task, {name}", _ours("reset", scenario=name), target=_AT_ONCE) for name in SCENARIOS[1:]),
    *(Row(f"warmed-up plant, {name}", _ours("warmed", scenario=name), target=_AT_ONCE) for name in SCENARIOS),
    *(Row(f"first warm-up of 4 h, {name}", _ours("cold", scenario=name)) for name in SCENARIOS),
    *(
        Row(
            f"fork mid-episode, {name}",
            _ours("fork", scenario=name),
            (Turn("cps-twin", "fork"),) if name == "production" else (),
            _AT_ONCE,
        )
        for name in SCENARIOS
    ),
    Row(
        "env step in text, 5 stations",
        _ours("env_step"),
        (Turn("lineflow-rl", "step", {"step_s": 3.5}),),
        _TEN_TIMES,
    ),
    *(
        Row(
            f"step of {step_s} s in numbers, {5 * lines} stations",
            _ours("step", lines=lines, step_s=step_s),
            (Turn("lineflow-rl", "step", {"lines": lines, "step_s": step_s}),),
            _TEN_TIMES,
        )
        for lines in (1, 3)
        for step_s in (5, 60)
    ),
    Row(
        "grid step with one power flow",
        _ours("grid"),
        (Turn("grid2op", "step"),),
        Target("≥ 5 times Grid2Op with LightSim", at_least=5),
    ),
    Row("operation of a plain line", _ours("line"), (Turn("simpy", "line"),), _HALF),
    Row(
        "operation of a line with breakdowns and scrap",
        _ours("line", full=True),
        (Turn("simpy", "line", {"full": True}),),
        _HALF,
    ),
    Row("plant minute of a standard factory", _ours("minute"), (Turn("cps-twin", "advance"),)),
)


def measure(options: Options | None = None, advance: Callable[[int, int, str], None] | None = None) -> dict[str, Any]:
    """Measure; `rows` has one entry for each contender of each row, in seconds."""
    result = hold(ROWS, {"plants": HERE / "our_plants.py"}, options or Options(), advance)
    return {"benchmark": "twin", "machine": machine(), **result}


def machine() -> str:
    """Say what it was measured on."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text("utf-8").splitlines() if listed.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = models[0] if models else platform.machine()
    return f"{platform.system()}, {processor}, {os.cpu_count()} cores, Python {platform.python_version()}"

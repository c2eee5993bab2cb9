"""LineFlow (lineflow-rl): steps and resets of a line of as many stations, buffers and parts per hour as ours.

The first station is its Source, the last its Sink. Buffers move parts without delay, as ours do.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from types import ModuleType
from typing import Any

from clock import Case, main

TAKT_S = 45.0
LOAD = 0.9
# Its processing time is fixed plus exponential: a mean of LOAD * TAKT_S with a deviation of a tenth of the fixed part.
DEVIATION = 0.1
FIXED_S = LOAD * TAKT_S / (1 + DEVIATION)
BUFFER = 6
WARM_UP_S = 3600
EPISODE_STEPS = 500


def _simulation(stations: int, lines: int, step_s: float) -> Any:
    """Build its Gymnasium env. Importing it needs torch, which it uses to name a device; an empty module does."""
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
    sys.modules.setdefault("torch", ModuleType("torch"))
    import logging

    from lineflow.simulation import Buffer, Line, LineSimulation, Process, Sink, Source

    # It sets the root logger to DEBUG, which SimPy's and pygame's loggers would then pay for.
    logging.getLogger().setLevel(logging.WARNING)
    work = {"processing_time": FIXED_S, "processing_std": DEVIATION}

    class Parallel(Line):  # type: ignore[misc, unused-ignore]  # it ships no types
        def build(self) -> None:
            for number in range(lines):
                between = [
                    Buffer(f"B{number}.{index}", capacity=BUFFER, transition_time=0, put_time=0, get_time=0)
                    for index in range(stations - 1)
                ]
                Source(f"S{number}.0", buffer_out=between[0], unlimited_carriers=True, carrier_capacity=1, **work)
                for index in range(1, stations - 1):
                    Process(f"S{number}.{index}", buffer_in=between[index - 1], buffer_out=between[index], **work)
                Sink(f"S{number}.{stations - 1}", buffer_in=between[-1], **work)

    return LineSimulation(Parallel(step_size=step_s), simulation_end=1e9)


def step(stations: int = 5, lines: int = 1, step_s: float = 5.0, count: int = 25) -> Case:
    env = _simulation(stations, lines, step_s)
    seen: dict[str, Any] = {"turn": 0, "seed": 0}
    actions = [[0] * lines, [1] * lines]  # the Source's waiting time: 0 s and half a second

    def fresh() -> None:
        seen["seed"] += 1
        env.reset(seed=seen["seed"])
        line = env.line
        line.env.run(until=WARM_UP_S)  # fill the line without the record that a step keeps
        line.end_step = WARM_UP_S
        seen["parts"] = line.get_n_parts_produced()

    def work() -> None:
        seen["turn"] += 1
        seen["observation"] = env.step(actions[seen["turn"] % 2])[0]

    def facts() -> dict[str, Any]:
        made, passed = env.line.get_n_parts_produced() / lines, env.line.env.now
        return {"parts_per_line_h": round(made / passed * 3600, 1), "observed": int(seen["observation"].size)}

    return Case(work, count=count, every=EPISODE_STEPS, fresh=fresh, facts=facts)


def reset(stations: int = 5, lines: int = 1) -> Case:
    env = _simulation(stations, lines, 5.0)
    seeds = iter(range(1_000_000))
    return Case(lambda: env.reset(seed=next(seeds)))


if __name__ == "__main__":
    main(lambda: version("lineflow-rl"), {"step": step, "reset": reset})

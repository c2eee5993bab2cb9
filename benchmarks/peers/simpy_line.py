"""The production line written plainly in bare SimPy: stations as generators, buffers as stores.

`plain` has processing times, finite buffers, blocking and starving. `full` adds breakdowns by operating time, repairs,
and scrap and rework found by inspection, as the standard station has them. Times are lognormal, in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from importlib.metadata import version
from random import Random

import simpy
from clock import Case, main

TAKT_S = 45.0
LOAD = 0.9
VARIATION = 0.2
BUFFER = 6
MTBF_S = 20 * 3600.0
REPAIR_S = 720.0
REPAIR_VARIATION = 0.5
DEFECT_RATE = 0.007
REWORK_SHARE = 0.5
PLANT_S = 600.0


class Line:
    """A line of equal stations; `done` counts finished operations."""

    def __init__(self, env: simpy.Environment, stations: int, full: bool, random: Random) -> None:
        self.env = env
        self.random = random
        self.done = self.good = self.scrap = 0
        buffers = [simpy.Store(env, BUFFER) for _ in range(stations - 1)]
        for index in range(stations):
            before = buffers[index - 1] if index else None
            after = buffers[index] if index < stations - 1 else None
            env.process(self._full(before, after) if full else self._plain(before, after))

    def _plain(self, before: simpy.Store | None, after: simpy.Store | None) -> Generator[simpy.Event, object, None]:
        env, random = self.env, self.random
        mu, sigma = _lognormal(LOAD * TAKT_S, VARIATION)
        while True:
            if before is not None:
                yield before.get()
            yield env.timeout(random.lognormvariate(mu, sigma))
            self.done += 1
            if after is not None:
                yield after.put(1)
            else:
                self.good += 1

    def _full(self, before: simpy.Store | None, after: simpy.Store | None) -> Generator[simpy.Event, object, None]:
        env, random = self.env, self.random
        mu, sigma = _lognormal(LOAD * TAKT_S, VARIATION)
        repair_mu, repair_sigma = _lognormal(REPAIR_S, REPAIR_VARIATION)
        to_failure = random.expovariate(1 / MTBF_S)
        while True:
            bad = (yield before.get()) if before is not None else False
            work = random.lognormvariate(mu, sigma)
            while work > to_failure:
                yield env.timeout(to_failure)
                work -= to_failure
                yield env.timeout(random.lognormvariate(repair_mu, repair_sigma))
                to_failure = random.expovariate(1 / MTBF_S)
            yield env.timeout(work)
            to_failure -= work
            self.done += 1
            bad = bad or random.random() < DEFECT_RATE
            if after is not None:
                yield after.put(bad)
            elif bad and random.random() >= REWORK_SHARE:
                self.scrap += 1
            else:
                self.good += 1


def _lognormal(mean: float, variation: float) -> tuple[float, float]:
    """Give mu and sigma of a lognormal distribution from its mean and coefficient of variation."""
    square = math.log(1 + variation * variation)
    return math.log(mean) - square / 2, math.sqrt(square)


def line(stations: int = 5, lines: int = 1, full: bool = False) -> Case:
    env = simpy.Environment()
    floor = [Line(env, stations, full, Random(number)) for number in range(lines)]
    env.run(until=4 * 3600)

    def ahead() -> None:
        env.run(until=env.now + PLANT_S)

    def facts() -> dict[str, float]:
        return {"parts_per_line_h": round(sum(each.good for each in floor) / lines / env.now * 3600, 1)}

    return Case(ahead, size=lambda: float(sum(each.done for each in floor)), facts=facts)


if __name__ == "__main__":
    main(lambda: version("simpy"), {"line": line})

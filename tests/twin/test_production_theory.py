"""Lines with known theory against their formula, with a stated confidence.

Each test runs independent lines of one plant and compares their mean with theory: the 99 % confidence interval of the
mean (Student's t) must hold the formula's value, and must be narrow enough to mean something.
"""

from __future__ import annotations

import math
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from twin.catalog import build
from twin.production.config import OrderConfig, ProductionConfig, Recipe, StationConfig
from twin.production.durations import Distribution, draw, spread_of
from twin.production.floor import Streams, lay_out
from twin.randomness import stream

HOUR_S = 3600.0
LINES = 8
T_99 = 3.499
"""Student's t for 99 % and 7 degrees of freedom."""
SPEED = 600
"""Parts per hour: fast, so that few plant hours hold many parts."""


def plant(*stations: StationConfig) -> ProductionConfig:
    """Independent lines that make one product for ever at one speed."""
    recipe = Recipe(
        product="bracket",
        planned_speed_per_h=SPEED,
        max_speed_per_h=SPEED,
        weld_temperature_c=1500,
        inspection="visual",
    )
    return ProductionConfig(
        lines=LINES,
        stations=stations,
        recipes=(recipe,),
        changeovers=(),
        orders=OrderConfig(quantity_low=10**6, quantity_high=10**6, queue_low=0, queue_high=1),
        speed_high=SPEED,
        initial_speed_low=SPEED,
        initial_speed_high=SPEED,
        crew_round_h=None,
    )


def station(name: str, **changes: Any) -> StationConfig:
    fixed: dict[str, Any] = {"load": 1.0, "distribution": "exponential", "mtbf_h": None, "defect_rate": 0}
    return StationConfig(name=name, **(fixed | changes))


def rates_per_h(config: ProductionConfig, hours: float, seed: int) -> list[float]:
    """Good parts per hour of each line, after an hour in which the lines fill."""
    twin = build("production", seed=seed, config=config)
    twin.advance(HOUR_S)
    before = [line["good"] for line in twin.snapshot().state["lines"]]
    twin.advance(hours * HOUR_S)
    after = [line["good"] for line in twin.snapshot().state["lines"]]
    return [(late - early) / hours for early, late in zip(before, after, strict=True)]


def agree(measured: list[float], theory: float, tolerance: float) -> None:
    half_width = T_99 * stdev(measured) / math.sqrt(len(measured))
    assert half_width <= tolerance * theory
    assert fmean(measured) == pytest.approx(theory, abs=half_width)


@pytest.mark.parametrize(("buffer", "load"), [(0, 1.0), (3, 0.8), (6, 1.25)])
def test_mm1k(buffer: int, load: float) -> None:
    """A station fed by exponential arrivals that wait while the queue is full: M/M/1/K with K = buffer + 2.

    The first station is the source; while it is blocked it brings no arrival, which for exponential times is the same
    as losing one. Throughput = arrival rate x (1 - P_K), P_K = (1 - r) r^K / (1 - r^(K + 1)), r = load of the server.
    """
    places = buffer + 2
    blocked = 1 / (places + 1) if load == 1 else (1 - load) * load**places / (1 - load ** (places + 1))
    config = plant(station("source", buffer_after=buffer), station("server", load=load))
    agree(rates_per_h(config, 8, seed=11), SPEED * (1 - blocked), tolerance=0.03)


def two_machines_and_a_buffer(work: tuple[float, float], fail: float, repair: float, places: int) -> float:
    """Throughput of two unreliable machines round a finite buffer, all times exponential.

    Solves the balance equations of the chain of Gershwin and Berman, "Analysis of transfer lines consisting of two
    unreliable machines with random processing times and finite storage buffers" (1981). `places` counts the parts that
    the first machine can have finished before it is blocked; machines fail only while they work.
    """
    states = [(level, up, down) for level in range(places + 1) for up in (0, 1) for down in (0, 1)]
    rates = np.zeros((len(states), len(states)))

    def flow(before: tuple[int, int, int], after: tuple[int, int, int], rate: float) -> None:
        rates[states.index(before), states.index(after)] += rate
        rates[states.index(before), states.index(before)] -= rate

    for level, first, second in states:
        here = (level, first, second)
        if not first:
            flow(here, (level, 1, second), repair)
        elif level < places:
            flow(here, (level + 1, 1, second), work[0])
            flow(here, (level, 0, second), fail)
        if not second:
            flow(here, (level, first, 1), repair)
        elif level > 0:
            flow(here, (level - 1, first, 1), work[1])
            flow(here, (level, first, 0), fail)
    # Balance, with one equation exchanged for the sum of all shares.
    balance = rates.T.copy()
    balance[-1] = 1.0
    shares = np.linalg.solve(balance, np.eye(len(states))[-1])
    return work[1] * sum(share for share, (level, _, up) in zip(shares, states, strict=True) if level and up)


@pytest.mark.parametrize(("buffer", "load"), [(2, 1.0), (10, 0.9)])
def test_two_machines_with_a_finite_buffer(buffer: int, load: float) -> None:
    times = {"mtbf_h": 0.05, "repair_min": 0.75, "repair_distribution": "exponential"}
    config = plant(station("first", buffer_after=buffer, **times), station("second", load=load, **times))
    theory = two_machines_and_a_buffer((SPEED, SPEED / load), 1 / 0.05, 60 / 0.75, buffer + 2)
    agree(rates_per_h(config, 10, seed=5), theory, tolerance=0.04)


def test_the_chain_has_the_known_limits() -> None:
    reliable = two_machines_and_a_buffer((SPEED, SPEED), 0.0, 1.0, 4)
    assert reliable == pytest.approx(SPEED * (1 - 1 / 5))
    alone = 1 / (1 + 20 / 80)
    assert two_machines_and_a_buffer((SPEED, 100 * SPEED), 20.0, 80.0, 400) == pytest.approx(SPEED * alone, rel=0.01)


@pytest.mark.parametrize("distribution", ["lognormal", "gamma", "exponential"])
@pytest.mark.parametrize("variation", [0.2, 1.5])
def test_times_have_their_mean_and_variation(distribution: Distribution, variation: float) -> None:
    key, count = stream(3, distribution), 8000
    times = [draw(distribution, key, number, 40.0, spread_of(distribution, variation)) for number in range(count)]
    wanted = 1.0 if distribution == "exponential" else variation
    assert min(times) > 0
    assert fmean(times) == pytest.approx(40, rel=2.6 * wanted / math.sqrt(count))
    assert stdev(times) / fmean(times) == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("distribution", ["lognormal", "gamma"])
def test_times_without_variation_are_sure(distribution: Distribution) -> None:
    assert draw(distribution, 5, 1, 40.0, spread_of(distribution, 0)) == 40.0


def test_a_new_stream_leaves_the_draws_of_the_others() -> None:
    """Streams are named, not numbered: a fourth line, or another purpose, shifts nobody's draws."""
    three, four = (build("production", seed=4, config=ProductionConfig(lines=lines)) for lines in (3, 4))
    for each in (three, four):
        each.advance(4 * HOUR_S)
    ours, theirs = (each.snapshot().state["lines"] for each in (three, four))
    assert len(theirs) == 4
    for number in range(3):
        for key in ("good", "scrap", "parts_in", "product", "defects", "good_ms", "flow_ms", "time_ms"):
            assert ours[number][key] == theirs[number][key]
    streams = lay_out(ProductionConfig(), 4).places[1][2].streams
    purposes = {purpose: getattr(streams, purpose) for purpose in Streams.__dataclass_fields__}
    assert purposes == {purpose: stream(4, "line", 2, "weld", purpose) for purpose in purposes}
    assert len(set(purposes.values())) == len(purposes)

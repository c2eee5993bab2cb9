"""The parts that every twin is made of."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from simpy import Environment

from twin import errors, kpi
from twin.catalog import PLANTS, build
from twin.clock import iso_time, milliseconds
from twin.core import Twin
from twin.faults import Fault
from twin.journal import Journal
from twin.production.config import ProductionConfig
from twin.randomness import exponential, lognormal, noise, normal, sigma_of, stream, uniform, whole
from twin.sleeper import Sleeper

DRAWS = range(20000)


def test_times() -> None:
    assert iso_time(0) == "2026-01-05T06:00:00"
    assert iso_time(86400 + 90.4) == "2026-01-06T06:01:30"
    assert milliseconds(1.2345) == 1234
    for bad in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            milliseconds(bad)


@pytest.mark.parametrize("scenario", PLANTS)
def test_reading_all_at_once_is_reading_one_by_one(scenario: str) -> None:
    twin = build(scenario, seed=5)
    twin.advance(5000)
    assert list(twin.read_all().items()) == [(name, twin.read(name)) for name in twin.variables]


def test_advance_takes_time_that_goes_forward(twin: Twin) -> None:
    with pytest.raises(ValueError, match="forward"):
        twin.advance(-1)
    twin.advance(0)
    assert twin.now == 14400.0


def test_draws_have_their_distributions() -> None:
    key = stream(1, "line", 2, "weld")
    mean = sum(uniform(key, n) for n in DRAWS) / len(DRAWS)
    assert mean == pytest.approx(0.5, abs=0.01)
    squares = sum(normal(key, n) ** 2 for n in DRAWS) / len(DRAWS)
    assert squares == pytest.approx(1, abs=0.03)
    assert sum(exponential(key, n, 7.0) for n in DRAWS) / len(DRAWS) == pytest.approx(7, rel=0.03)
    drawn = [lognormal(key, n, 50.0, sigma_of(0.3)) for n in DRAWS]
    average = sum(drawn) / len(drawn)
    assert average == pytest.approx(50, rel=0.01)
    assert sum((x - average) ** 2 for x in drawn) / len(drawn) == pytest.approx(15**2, rel=0.05)
    assert lognormal(key, 3, 50.0, 0) == 50.0
    three = list(zip(*(noise(key, n) for n in DRAWS), strict=True))
    for column in three:
        assert sum(column) / len(column) == pytest.approx(0, abs=0.03)
        assert sum(x * x for x in column) / len(column) == pytest.approx(1, abs=0.03)
    assert abs(sum(x * y for x, y in zip(three[0], three[1], strict=True)) / len(DRAWS)) < 0.03
    assert {whole(key, n, 2, 4) for n in range(100)} == {2, 3, 4}


def test_neighbouring_streams_and_counters_are_strangers() -> None:
    one, two = stream(1, "a"), stream(1, "b")
    assert stream(1, "a") == one != two != stream(2, "a")
    pairs = [(uniform(one, n) - 0.5) * (uniform(two, n) - 0.5) for n in DRAWS]
    assert abs(sum(pairs) / len(pairs)) < 0.003
    steps = [(uniform(one, n) - 0.5) * (uniform(one, n + 1) - 0.5) for n in DRAWS]
    assert abs(sum(steps) / len(steps)) < 0.003


@given(key=st.integers(0, 2**64 - 1), counter=st.integers(0, 2**40))
def test_uniform_never_touches_its_ends(key: int, counter: int) -> None:
    assert 0 < uniform(key, counter) < 1


def test_errors_keep_code_and_message_through_pickle() -> None:
    for error in (errors.OutOfRange("x"), errors.UnknownVariable("y"), errors.TwinError("timeout", "z")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.code, again.message, str(again)) == (
            type(error),
            error.code,
            error.message,
            str(error),
        )
    assert isinstance(errors.UnknownVariable("y"), errors.NotFound)


def test_the_nearest_right_name_is_told() -> None:
    assert errors.no_such("station", "pres", ["press", "paint"]) == "no station 'pres'; did you mean 'press'?"
    assert errors.no_such("thing", "q", []) == "no thing 'q'; known: none"
    many = errors.no_such("thing", "q", [f"name{n}" for n in range(20)])
    assert many.endswith("name7, ...")


def test_key_figures() -> None:
    assert kpi.availability(6, 8) == 0.75
    assert kpi.availability(0, 0) == 0
    assert kpi.effectiveness(40, 60, 3000) == 0.8
    assert kpi.quality_ratio(9, 10) == 0.9
    assert kpi.quality_ratio(0, 0) == 1
    assert kpi.oee(0.75, 0.8, 0.9) == pytest.approx(0.54)
    assert kpi.mean_time_between_failures(100, 4) == 25
    assert kpi.mean_time_between_failures(100, 0) == 100
    assert kpi.mean_time_to_repair(100, 0) == 0
    assert kpi.time_weighted_mean([0, 10], [1, 4], 20) == 2.5
    with pytest.raises(ValueError, match="as many times"):
        kpi.time_weighted_mean([0], [1, 2], 20)


def test_a_journal_copy_goes_on_by_itself() -> None:
    journal = Journal()
    journal.record(1500, "failure", "line1.cut", {"cause": "jam"})
    copied = journal.copy()
    copied.record(1600, "repair", "line1.cut", {})
    assert (len(journal), len(copied), journal[0].time_s) == (1, 2, 1.5)
    assert copied[:1] == list(journal)
    assert copied.commands() == []
    assert journal != copied


def test_catalog_and_config_refuse_what_is_wrong() -> None:
    with pytest.raises(errors.NotFound, match="did you mean 'production'"):
        build("producton", seed=0)
    with pytest.raises(ValidationError, match="changeovers"):
        build("production", seed=0, config={"changeovers": []})
    with pytest.raises(ValidationError, match="named once"):
        ProductionConfig(stations=(ProductionConfig().stations[0],) * 2)
    with pytest.raises(ValidationError):
        Fault(kind="jam", target="1.cut", start_s=0, severity=2)
    small = build("production", seed=0, config={"lines": 1})
    assert small.config.lines == 1
    assert repr(small) == "Twin('production', seed=0, now=0 s)"


@dataclass
class Clock:
    due_ms: int | None


def test_a_sleeper_follows_times_that_move() -> None:
    env = Environment(initial_time=5)
    clock = Clock(10)
    seen: list[int] = []

    def settle(now: int) -> None:
        if clock.due_ms is not None and clock.due_ms <= now:
            seen.append(now)
            clock.due_ms = None

    sleeper = Sleeper(env, clock, settle)
    sleeper.notice()
    env.run(until=7)
    clock.due_ms = 20
    sleeper.notice()
    env.run(until=15)
    assert seen == []
    clock.due_ms = 16
    sleeper.notice()
    sleeper.notice()
    env.run(until=18)
    assert seen == [16]
    clock.due_ms = 30
    sleeper.notice()
    sleeper.notice()
    env.run(until=40)
    assert seen == [16, 30]

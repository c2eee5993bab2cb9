"""Intervals and tests against values that can be looked up or worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics import bootstrap, compare, mcnemar, mean, wilson


def test_wilson_gives_the_published_values() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    for successes, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = wilson(successes, trials)
        assert found is not None
        assert found == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_inside(pair: tuple[int, int]) -> None:
    successes, trials = pair
    bounds = wilson(successes, trials)
    assert bounds is not None
    low, high = bounds
    assert 0 <= low <= successes / trials <= high <= 1
    mirrored = wilson(trials - successes, trials)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_wilson_of_nothing_is_nothing_and_of_nonsense_an_error() -> None:
    assert wilson(0, 0) is None
    assert mean([]) is None
    with pytest.raises(ValueError, match="successes=3 of trials=2"):
        wilson(3, 2)


def test_mcnemar_is_the_binomial_test() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(0, 5) == pytest.approx(2 / 2**5)
    assert mcnemar(1, 9) == pytest.approx(2 * 11 / 2**10)
    assert mcnemar(5, 5) == 1.0
    assert 0 < mcnemar(1000, 1200) < 0.001


def test_compare_counts_pairs_and_is_repeatable() -> None:
    first = [True, False, False, True, False, False, True, False]
    second = [True, True, True, True, True, False, False, True]
    found = compare(first, second, seed=1)
    assert (found.pairs, found.only_first, found.only_second) == (8, 1, 4)
    assert found.difference == pytest.approx(3 / 8)
    assert found.low <= found.difference <= found.high
    assert found == compare(first, second, seed=1)
    with pytest.raises(ValueError, match="same episodes"):
        compare([True], [])


def test_bootstrap_comes_near_the_normal_interval() -> None:
    values = [float(value % 2) for value in range(400)]
    low, high = bootstrap(values)
    width = 1.96 * math.sqrt(0.25 / 400)
    assert (low, high) == pytest.approx((0.5 - width, 0.5 + width), abs=0.01)

"""How sure a measured share is, and whether two agents differ on the same episodes."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Z95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    return math.fsum(values) / len(values) if values else None


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float] | None:
    """Return Wilson's score interval of a share (E. B. Wilson, JASA 22, 1927); None without a trial.

    It stays inside 0..1 and keeps a width at 0 and at 1, where the textbook interval has none.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"successes={successes} of trials={trials} cannot be; give 0 <= successes <= trials")
    if trials == 0:
        return None
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # At 0 and 1 the bound is exactly 0 or 1; floating point would miss it by a hair.
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == trials else (centre + spread) / scale
    return low, high


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two agents on the same episodes. `difference` is second minus first; `low` and `high` its 95 % interval."""

    pairs: int
    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p_value: float


def compare(first: Sequence[bool], second: Sequence[bool], *, resamples: int = 4000, seed: int = 0) -> Comparison:
    """Compare paired successes: McNemar's exact test, and a paired bootstrap interval of the difference.

    The draws come from `seed`. Raises `ValueError` when the two are of different length or empty.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"{len(first)} and {len(second)} results make no pairs; give the same episodes for both")
    differences = [int(b) - int(a) for a, b in zip(first, second, strict=True)]
    only_first, only_second = differences.count(-1), differences.count(1)
    low, high = bootstrap(differences, resamples=resamples, seed=seed)
    return Comparison(
        pairs=len(differences),
        only_first=only_first,
        only_second=only_second,
        difference=sum(differences) / len(differences),
        low=low,
        high=high,
        p_value=mcnemar(only_first, only_second),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test (Q. McNemar, Psychometrika 12, 1947).

    Under the null either of the two is as likely to be the only one that succeeds: a binomial test with a half.
    """
    trials = only_first + only_second
    tail = sum(math.comb(trials, k) for k in range(min(only_first, only_second) + 1))
    # A fraction, since 2**trials of many trials is beyond a float.
    return min(1.0, float(Fraction(2 * tail, 2**trials)))


def bootstrap(
    values: Sequence[float], *, resamples: int = 4000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a mean (B. Efron, Ann. Statist. 7, 1979)."""
    draw = random.Random(f"bootstrap/{seed}")
    count = len(values)
    means = sorted(math.fsum(draw.choices(values, k=count)) / count for _ in range(resamples))
    cut = (1 - level) / 2
    return means[int(cut * (resamples - 1))], means[math.ceil((1 - cut) * (resamples - 1))]

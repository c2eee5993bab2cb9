"""Chance without generators: every draw is a pure function of its stream and a counter.

A stream is named by (seed, entity, purpose); the counter is the entity's own cycle number. So a new process never
shifts another's draws, a fork copies nothing but counters, and reading a sensor twice gives the same value. The mixing
function is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
"""

from __future__ import annotations

import math
from hashlib import blake2b
from statistics import NormalDist

_MASK = 0xFFFFFFFFFFFFFFFF
_GOLDEN = 0x9E3779B97F4A7C15
_TRIES = 64
_inverse_normal = NormalDist().inv_cdf
_QUANTILES = tuple(_inverse_normal((step + 0.5) / 4096) for step in range(4096))


def stream(seed: int, *names: str | int) -> int:
    """Return the 64-bit key of the stream that `names` name under `seed`."""
    text = "\x1f".join([str(seed), *map(str, names)])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def mix(key: int, counter: int) -> int:
    """Return number `counter` of stream `key` as 64 even bits."""
    z = (key + counter * _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def uniform(key: int, counter: int) -> float:
    """Draw evenly from the open interval (0, 1)."""
    return ((mix(key, counter) >> 12) + 0.5) * 2.220446049250313e-16


def normal(key: int, counter: int) -> float:
    """Draw from the standard normal distribution."""
    return _inverse_normal(uniform(key, counter))


def noise(key: int, counter: int) -> tuple[float, float, float]:
    """Draw three coarse standard normals at the price of one: each is one of 4096 evenly likely quantiles."""
    bits = mix(key, counter)
    return _QUANTILES[bits & 0xFFF], _QUANTILES[bits >> 12 & 0xFFF], _QUANTILES[bits >> 24 & 0xFFF]


def exponential(key: int, counter: int, mean: float) -> float:
    """Draw from the exponential distribution of this mean."""
    return -mean * math.log(uniform(key, counter))


def sigma_of(variation: float) -> float:
    """Return the sigma of the lognormal distribution that has this coefficient of variation."""
    return math.sqrt(math.log1p(variation * variation))


def lognormal(key: int, counter: int, mean: float, sigma: float) -> float:
    """Draw from the lognormal distribution of this mean and sigma (see `sigma_of`; 0 gives the mean itself)."""
    if sigma == 0:
        return mean
    return mean * math.exp(sigma * (normal(key, counter) - sigma / 2))


def gamma(key: int, counter: int, shape: float) -> float:
    """Draw from the gamma distribution of this shape and scale 1 (Marsaglia and Tsang, 2000). A draw has 64 tries."""
    first = counter * (2 * _TRIES + 1)
    boost = 1.0
    if shape < 1:
        boost = uniform(key, first) ** (1 / shape)
        shape += 1
    d = shape - 1 / 3
    c = 1 / math.sqrt(9 * d)
    for attempt in range(_TRIES):
        x = normal(key, first + 2 * attempt + 1)
        v = (1 + c * x) ** 3
        if v > 0 and math.log(uniform(key, first + 2 * attempt + 2)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v * boost
    raise AssertionError("64 tries of which each succeeds with more than 95 %")


def whole(key: int, counter: int, low: int, high: int) -> int:
    """Draw a whole number from low to high, both included."""
    return low + int(uniform(key, counter) * (high - low + 1))

"""How long work and repairs take: positive times of a given mean and coefficient of variation."""

from __future__ import annotations

from typing import Literal

from twin.randomness import exponential, gamma, lognormal, sigma_of

Distribution = Literal["lognormal", "gamma", "exponential"]


def spread_of(distribution: Distribution, variation: float) -> float:
    """Return the parameter by which `draw` spreads a distribution to this coefficient of variation.

    The exponential distribution has none: its coefficient of variation is 1.
    """
    return sigma_of(variation) if distribution == "lognormal" else variation * variation


def draw(distribution: Distribution, key: int, counter: int, mean: float, spread: float) -> float:
    """Draw a time of this mean; without spread it is the mean itself."""
    if distribution == "lognormal":
        return lognormal(key, counter, mean, spread)
    if distribution == "exponential":
        return exponential(key, counter, mean)
    return mean * spread * gamma(key, counter, 1 / spread) if spread else mean

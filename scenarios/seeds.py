"""Which seeds belong to which split, and which plant a seed lives in.

Every split has 100,000 seeds of its own, so that no parameters, plants or chance of one occur in another. Plants are
drawn from a pool of 64 per split, eight consecutive seeds in a row sharing one: a stream of instances meets many plants
but warms each up only once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Split = Literal["train", "validation", "test", "heldout"]

SEEDS_PER_SPLIT = 100_000
PLANTS_PER_SPLIT = 64
SEEDS_PER_PLANT = 8

SPLITS: Mapping[Split, tuple[int, int]] = {
    split: (index * SEEDS_PER_SPLIT, (index + 1) * SEEDS_PER_SPLIT - 1) for index, split in enumerate(get_args(Split))
}
"""First and last seed of each split."""


def split_of(seed: int) -> Split:
    """Give the split that a seed belongs to. Raises `ValueError` for a seed outside all of them."""
    for split, (first, last) in SPLITS.items():
        if first <= seed <= last:
            return split
    raise ValueError(f"seed {seed} belongs to no split; allowed 0..{len(SPLITS) * SEEDS_PER_SPLIT - 1}")


def plant_seed(seed: int, attempt: int = 0) -> int:
    """Give the seed of the plant that an instance's seed lives in; a further attempt moves on to the next plant."""
    first = SPLITS[split_of(seed)][0]
    return first + (seed // SEEDS_PER_PLANT + attempt) % PLANTS_PER_SPLIT

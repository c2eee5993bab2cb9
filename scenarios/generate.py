"""Streams of instances: deterministic, balanced over tasks, the same wherever they are made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count, islice

from scenarios.catalog import templates
from scenarios.seeds import SPLITS, Split
from scenarios.task import TaskInstance, TaskTemplate


def instances(
    scenario: str,
    split: Split = "train",
    limit: int | None = None,
    *,
    seeds: Iterable[int] | None = None,
    families: Collection[str] | None = None,
    tasks: Sequence[TaskTemplate] | None = None,
) -> Iterator[TaskInstance]:
    """Give instances of a split: every task with the first seed, then every task with the second, and so on.

    `limit` is how many at most; `seeds` are offsets into the split's own seeds (0, 1, 2, ... without it, up to the
    split's last); `families` keeps some; `tasks` takes the place of the catalogue. A wording follows from the seed by
    counting, so that consecutive seeds use all wordings of a task equally, and eight consecutive seeds share a plant.
    Raises `ValueError` when no task fits or a seed is outside the split.
    """
    chosen = [
        task
        for task in (templates(scenario) if tasks is None else tasks)
        if (families is None or task.family in families)
        and (task.split == "heldout") == (split == "heldout")
        and task.speaks(split)
    ]
    if not chosen:
        raise ValueError(f"no task of {scenario!r} fits: split {split!r}, families {families or 'all'}")
    return islice(_stream(chosen, split, seeds), limit)


def _stream(chosen: Sequence[TaskTemplate], split: Split, seeds: Iterable[int] | None) -> Iterator[TaskInstance]:
    first, last = SPLITS[split]
    for offset in count() if seeds is None else seeds:
        if first + offset > last and seeds is None:
            return
        for task in chosen:
            yield task.instance(first + offset, split)

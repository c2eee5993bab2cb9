"""Fit the Planner's shortlist: ridge regression from a request's n-grams to the tools of its plan.

In the dual form the fit is one solve of a few thousand unknowns. A wording's own requests are scored by weights that
never saw the wording of the request (`held_out`; that of a change of mind may be known), so that the Planner learns
from shortlists as good as those that it will meet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from leaf_agent.experts.shortlist import BUCKETS, SIZE, Shortlist, features
from scenarios.catalog import templates
from scenarios.script import compile_plan
from scenarios.seeds import SPLITS, Split
from scenarios.task import TaskInstance
from tools_api.catalog import specs
from training.noise import roughen

FOLDS: Final = 4
RIDGE: Final = 1.0
_TOOL: Final = re.compile(r"Tool \((\w+)\)")


@dataclass(frozen=True, slots=True)
class Known:
    """A request, the tools of its plan, and which wording it is of its task."""

    request: str
    tools: frozenset[str]
    task: str
    wording: int

    @property
    def fold(self) -> int:
        """The part of the data that the wording belongs to, whatever values are put into it."""
        return self.wording % FOLDS


def tools_of(instance: TaskInstance, *, revised: bool = False) -> frozenset[str]:
    """Return the tools that a plan for the request needs, branches not taken included."""
    return frozenset(_TOOL.findall(compile_plan(instance, revised=revised)))


def known_requests(scenario: str, split: Split = "train", rounds: int = 2, seed: int = 0) -> list[Known]:
    """Return every wording of a split with `rounds` draws of values, the second and further ones with typos."""
    found = []
    first = SPLITS[split][0]
    for task in templates(scenario):
        if (task.split == "heldout") != (split == "heldout"):
            continue
        wordings = len(task.words(split))
        random = Random(f"{seed}/{task.id}")
        for offset in range(rounds * wordings):
            instance = task.instance(first + offset, split)
            request = instance.request if offset < wordings else roughen(instance.request, random)
            wording = (first + offset) % wordings
            found.append(Known(request, tools_of(instance), task.id, wording))
            if instance.change is not None:
                said = f"{request} {instance.change.text}"
                found.append(Known(said, tools_of(instance, revised=True), task.id, wording))
    return found


def fit(scenario: str, known: Sequence[Known]) -> Shortlist:
    """Fit the weights. Raises `ValueError` without requests."""
    if not known:
        raise ValueError(f"no requests of {scenario!r} to fit a shortlist to")
    names = tuple(spec.name for spec in specs(scenario))
    counts = np.zeros((len(known), BUCKETS), dtype=np.float32)
    for row, one in enumerate(known):
        found = features(one.request)
        counts[row, list(found)] = list(found.values())
    spread = (counts > 0).sum(axis=0)
    # What fewer than two requests have is chance.
    idf = np.where(spread > 1, np.log((1 + len(known)) / (1 + spread)) + 1, 0).astype(np.float32)
    rows = counts * idf
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    wanted = np.array([[name in one.tools for name in names] for one in known], dtype=np.float32)
    mean = wanted.mean(axis=0)
    dual = np.linalg.solve(rows @ rows.T + RIDGE * np.eye(len(known), dtype=np.float32), wanted - mean)
    weights: NDArray[np.float32] = (rows.T @ dual).astype(np.float32)
    return Shortlist(names, weights, idf)


def held_out(scenario: str, known: Sequence[Known]) -> list[Shortlist]:
    """Fit one shortlist per fold, each on the other folds."""
    return [fit(scenario, [one for one in known if one.fold != fold]) for fold in range(FOLDS)]


def recall(shortlist: Shortlist, known: Sequence[Known], size: int = SIZE) -> float:
    """Return the share of requests all of whose tools are among the first `size`."""
    whole = sum(one.tools <= set(shortlist.pick(one.request, size)) for one in known)
    return whole / max(1, len(known))


def write(path: Path, content: bytes) -> None:
    """Write a shortlist's file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)

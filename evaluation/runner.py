"""Play many episodes and write them down.

Agents that think by generator advance together, so that one call of the backend serves all of them; no threads.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from evaluation.agents import AgentKind
from evaluation.episode import EpisodeRecord, Job
from evaluation.ledger import Ledger
from evaluation.play import Host, game
from evaluation.summary import summarise
from leaf_agent.backends.base import Backend, Completion, Request
from scenarios.seeds import SPLITS, Split
from scenarios.stress import StressProfile
from scenarios.task import TaskTemplate

LIVE = 32
"""Episodes under way at a time, if nobody says otherwise."""

SEEDS = 4
"""Instances of each task, if neither a number nor a limit is given."""

SEED_STRIDE = 17
"""Step between the seeds of an evaluation: each next one has another plant and, up to 16 wordings, another wording."""

T = TypeVar("T")
Game = Generator[list[Request], list[Completion], T]


class BackendMissingError(ValueError):
    """A game asks a language model and nobody gave one."""


def in_lockstep(games: Iterable[Game[T]], backend: Backend | None, live: int = LIVE) -> Iterator[T]:
    """Play games side by side, at most `live` at a time, and give each one's outcome as it ends.

    A game yields requests and is sent their completions; each round, one `complete()` serves all that wait. A game
    that never yields is played at once. The next game is begun only when there is room.
    """
    if live < 1:
        raise ValueError(f"live={live} lets no game be played; give at least 1")
    coming = iter(games)
    waiting: deque[tuple[Game[T], list[Request]]] = deque()
    more = True
    while more or waiting:
        while more and len(waiting) < live:
            try:
                begun = next(coming)
            except StopIteration:
                more = False
                break
            yield from _go_on(begun, None, waiting)
        if not waiting:
            continue
        if backend is None:
            raise BackendMissingError("this agent asks a language model; give a backend")
        completions = deque(backend.complete([request for _, requests in waiting for request in requests]))
        for _ in range(len(waiting)):
            played, requests = waiting.popleft()
            yield from _go_on(played, [completions.popleft() for _ in requests], waiting)


def _go_on(
    played: Game[T], completions: list[Completion] | None, waiting: deque[tuple[Game[T], list[Request]]]
) -> Iterator[T]:
    try:
        # A generator's first step takes None.
        requests = next(played) if completions is None else played.send(completions)
    except StopIteration as stop:
        yield stop.value
    else:
        waiting.append((played, requests))


def jobs_of(
    templates: Sequence[TaskTemplate], split: Split, seeds: int | None = None, limit: int | None = None
) -> list[Job]:
    """List what an evaluation plays: every task that has words for the split, `seeds` times.

    Families take turns, so that any first part of the list is as mixed as it can be. Without `seeds`, each task comes
    as often as `limit` asks for, or `SEEDS` times.
    """
    wanted = [task for task in templates if (task.split == "heldout") == (split == "heldout") and task.speaks(split)]
    families: dict[str, list[TaskTemplate]] = {}
    for task in wanted:
        families.setdefault(task.family, []).append(task)
    mixed = [task for turn in zip_longest(*families.values()) for task in turn if task is not None]
    first = SPLITS[split][0]
    if seeds is None:
        seeds = SEEDS if limit is None else -(-limit // max(1, len(mixed)))
    jobs = [Job(task=task.id, seed=first + SEED_STRIDE * index) for index in range(seeds) for task in mixed]
    return jobs if limit is None else jobs[:limit]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is evaluated: an agent on jobs. `settings` are what makes two evaluations the same (see `provenance`).

    `profiles` holds the stress profiles that the jobs name.
    """

    kind: AgentKind
    templates: Mapping[str, TaskTemplate]
    jobs: Sequence[Job]
    settings: Mapping[str, Any]
    backend: Backend | None = None
    live: int = LIVE
    profiles: Mapping[str, StressProfile] = field(default_factory=dict)


def evaluate(
    evaluation: Evaluation,
    folder: Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    summed: Callable[[Sequence[EpisodeRecord], Mapping[str, Any]], dict[str, Any]] = summarise,
) -> dict[str, Any]:
    """Play what is not played yet, write each episode down as it ends, and return the summary that `summed` makes.

    A second run with the same folder and settings goes on where the first was stopped.
    """
    wanted = list(dict.fromkeys(evaluation.jobs))
    with Ledger(folder, evaluation.settings) as ledger:
        played = ledger.played()
        left = [job for job in wanted if job not in played]
        done = len(wanted) - len(left)
        host = Host(evaluation.kind, evaluation.templates, evaluation.backend, evaluation.profiles)
        last = time.perf_counter()
        for record in in_lockstep((game(host, job) for job in left), evaluation.backend, evaluation.live):
            now = time.perf_counter()
            ledger.add(record.model_copy(update={"elapsed_s": round(now - last, 4)}))
            last = now
            done += 1
            if progress is not None:
                progress(done, len(wanted), record.job.task)
        # A folder may hold more than is asked for now; the summary is of what is asked.
        chosen = {record.job: record for record in ledger.records}
        summary = summed([chosen[job] for job in wanted], evaluation.settings)
        ledger.summarise(summary)
    return summary


def records_in_order(records: Iterable[EpisodeRecord]) -> list[EpisodeRecord]:
    """Sort episodes by what was played, since they end in the order in which they end."""
    return sorted(records, key=lambda record: (record.job.task, record.job.seed, record.job.request or ""))

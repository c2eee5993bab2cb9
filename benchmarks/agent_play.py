"""One row of `leaf bench agent`: tasks of all plants, played in a process of its own and timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from benchmarks.shares import PLANTS
from evaluation.episode import EpisodeRecord
from evaluation.summary import peak_rss_mb
from leaf_agent.backends.base import Completion, Request
from leaf_agent.backends.errors import BackendError
from leaf_agent.config import EXPERTS

if TYPE_CHECKING:
    from evaluation.agents import AgentKind
    from leaf_agent.backends.base import Backend
    from scenarios.task import TaskInstance

_PLAYED = "an episode was played\n"
_NO_BACKEND = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One row: who plays, on what, and how many episodes side by side."""

    agent: str
    backend: str
    batch: int

    @property
    def name(self) -> str:
        """The row's name."""
        return f"{self.agent} on {self.backend}, {'one stream' if self.batch == 1 else f'batch {self.batch}'}"


class Played(BaseModel):
    """One episode. `elapsed_s` of its record is wall time from its beginning to its verdict, among its batch.

    `steps` are those of the reference's plan, or of both where the user changes their mind: the same for every agent.
    """

    plant: str
    steps: int
    record: EpisodeRecord


class Measured(BaseModel):
    """What a row's process found. Sizes in MB of 10^6 bytes; `rss_mb` is the peak, `loaded_rss_mb` before any task."""

    load_s: float
    loaded_rss_mb: float
    rss_mb: float
    wall_s: float
    episodes: list[Played]


Game = Generator[list[Request], list[Completion], EpisodeRecord]
Timed = Generator[list[Request], list[Completion], Played]


def play(line: Line, tasks: int, told: Callable[[int], None]) -> Measured:
    """Play a row in a fresh process, `tasks` of each plant; `told` hears how many episodes are over.

    Raises `BackendError` for a backend that cannot be had.
    """
    # The process finds this package wherever it is started, and factories where the user stands.
    root = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "benchmarks.agent_play", json.dumps({**asdict(line), "tasks": tasks})]
    last, done = "", 0
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, "PYTHONPATH": paths}
        ) as process:
            assert process.stdout is not None
            for last in process.stdout:
                if last == _PLAYED:
                    told(done := done + 1)
        errors.seek(0)
        said = errors.read().strip()
    if process.returncode == _NO_BACKEND:
        raise BackendError(said.splitlines()[-1])
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {said[-1000:]}")
    return Measured.model_validate_json(last)


def _work(line: Line, tasks: int) -> Measured:
    from evaluation.agents import agent_kind
    from evaluation.runner import in_lockstep

    kind = agent_kind(line.agent)
    started = time.perf_counter()
    backend = _start(kind, line.backend) if kind.model else None
    loaded_s, loaded_mb = time.perf_counter() - started, peak_rss_mb()
    started = time.perf_counter()
    episodes = []
    for one in in_lockstep(_games(kind, backend, tasks), backend, line.batch):
        episodes.append(one)
        print(_PLAYED, end="", flush=True)
    wall_s = time.perf_counter() - started
    found = Measured(
        load_s=round(loaded_s, 2),
        loaded_rss_mb=round(loaded_mb, 1),
        rss_mb=round(peak_rss_mb(), 1),
        wall_s=wall_s,
        episodes=episodes,
    )
    close = getattr(backend, "close", None)
    if close is not None:
        close()
    return found


def _start(kind: AgentKind, name: str) -> Backend:
    """Make the backend, and let each expert say a word: the first call of a process compiles what later ones use."""
    from leaf_agent.backends.adapters import load_adapters
    from leaf_agent.backends.catalog import create
    from leaf_agent.experts.base import chat, prompt_hash
    from tools_api.catalog import catalogue_hash

    backend = create(name, adapters=kind.adapters)
    if getattr(backend, "adapters_sha256", None):  # a server knows its own
        for plant in PLANTS:
            load_adapters(prompt_hash=prompt_hash(), tool_catalogue_hash=catalogue_hash(plant))
    experts: tuple[str | None, ...] = (None, *(EXPERTS[:3] if kind.adapters else ()))
    backend.complete([Request(expert, chat("Is line 2 running?"), 4) for expert in experts])
    return backend


def _games(kind: AgentKind, backend: Backend | None, tasks: int) -> Iterator[Timed]:
    """Give the games of all plants by turns, so that any batch mixes them."""
    from evaluation.play import Host, game
    from evaluation.runner import jobs_of
    from scenarios.catalog import templates

    hosts = {plant: Host(kind, {one.id: one for one in templates(plant)}, backend) for plant in PLANTS}
    jobs = {plant: jobs_of(templates(plant), "test", limit=tasks) for plant in PLANTS}
    for turn in zip_longest(*jobs.values()):
        for plant, job in zip(PLANTS, turn, strict=True):
            if job is not None:
                steps = plan_steps(hosts[plant].templates[job.task].instance(job.seed))
                yield timed(plant, steps, game(hosts[plant], job))


def plan_steps(instance: TaskInstance) -> int:
    """Count the steps of the reference's plan, the branches not taken included; of both where the mind is changed."""
    from scenarios.compile import compile_steps

    return sum(len(compile_steps(steps)) for steps in (instance.reference, instance.revised) if steps)


def timed(plant: str, steps: int, game: Game) -> Timed:
    """Play a game and keep its wall time."""
    begun = time.perf_counter()
    record = yield from game
    return Played(plant=plant, steps=steps, record=record.model_copy(update={"elapsed_s": time.perf_counter() - begun}))


def main() -> None:
    """Measure one row and print it as JSON, after a line for each episode."""
    given = json.loads(sys.argv[1])
    tasks = given.pop("tasks")
    try:
        found = _work(Line(**given), tasks)
    except BackendError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        sys.exit(_NO_BACKEND)
    print(found.model_dump_json())


if __name__ == "__main__":
    main()

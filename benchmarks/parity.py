"""What the embedded backend answers to sixty real prompts, for a backend in another environment to be held against.

    .venv/bin/python -m benchmarks.parity build/parity.json

plays production tasks in their train wordings with the shipped adapters and keeps, for each expert, the first twenty
different requests with their answers, and how the first episodes ended. `tests/vllm/` reads the file in the
environment that has vLLM and no OpenVINO.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluation.agents import agent_kind
from evaluation.episode import EpisodeRecord, Job
from evaluation.play import Host, game
from evaluation.runner import in_lockstep, jobs_of
from leaf_agent.backends.base import Backend, Choice, Completion, Constraint, Grammar, JsonSchema, Request
from scenarios.catalog import templates

EXPERTS = ("planner", "executor", "interactor")
EACH = 20
EPISODES = 30
_KINDS: dict[str, type[Grammar] | type[JsonSchema] | type[Choice]] = {
    "Grammar": Grammar,
    "JsonSchema": JsonSchema,
    "Choice": Choice,
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what was answered."""

    request: Request
    completion: Completion


@dataclass(frozen=True, slots=True)
class Difference:
    """Two answers to one request that are not the same, from character `at` on."""

    request: Request
    expected: str
    found: str

    @property
    def at(self) -> int:
        """The first character that differs."""
        pairs = zip(self.expected, self.found, strict=False)
        shared = min(len(self.expected), len(self.found))
        return next((place for place, (one, other) in enumerate(pairs) if one != other), shared)

    def __str__(self) -> str:
        return (
            f"{self.request.adapter}, from character {self.at} on\n"
            f"  expected: {self.expected!r}\n  found:    {self.found!r}"
        )


class Recorder:
    """A backend that keeps what passes through it."""

    def __init__(self, backend: Backend) -> None:
        self.name = backend.name
        self._backend = backend
        self.exchanges: list[Exchange] = []

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Pass a batch on, and keep it with its answers."""
        completions = self._backend.complete(requests)
        self.exchanges += [Exchange(*pair) for pair in zip(requests, completions, strict=True)]
        return completions


def play(backend: Backend, jobs: Sequence[Job]) -> Iterator[EpisodeRecord]:
    """Play production episodes side by side with the agent behind a backend, and yield each as it ends."""
    host = Host(agent_kind("leaf"), {task.id: task for task in templates("production")}, backend)
    return in_lockstep((game(host, job) for job in jobs), backend)


def record(backend: Backend) -> dict[str, Any]:
    """Play, and return what `read` reads."""
    recorder = Recorder(backend)
    jobs = jobs_of(templates("production"), "train", limit=EPISODES)
    ended = {played.job: played for played in play(recorder, jobs)}
    first: dict[str, dict[str, Exchange]] = {expert: {} for expert in EXPERTS}
    for exchange in recorder.exchanges:
        seen = first.get(exchange.request.adapter or "", {})
        if len(seen) < EACH:
            seen.setdefault(exchange.request.prompt, exchange)
    for expert, seen in first.items():
        if len(seen) < EACH:
            raise RuntimeError(f"{len(jobs)} episodes asked the {expert} {len(seen)} things; {EACH} are needed")
    return {
        "backend": backend.name,
        "exchanges": [_to_json(exchange) for seen in first.values() for exchange in seen.values()],
        "episodes": [{"job": job.model_dump(), "outcome": ended[job].outcome, "said": ended[job].said} for job in jobs],
    }


def read(path: Path) -> tuple[list[Exchange], list[tuple[Job, str, str]]]:
    """Read a file that `record` made: the exchanges, and each episode's job, outcome and last words."""
    document = json.loads(path.read_text("utf-8"))
    exchanges = [_from_json(one) for one in document["exchanges"]]
    return exchanges, [(Job(**one["job"]), one["outcome"], one["said"]) for one in document["episodes"]]


def differences(exchanges: Sequence[Exchange], found: Sequence[Completion]) -> list[Difference]:
    """Compare texts, exchange by exchange."""
    return [
        Difference(one.request, one.completion.text, other.text)
        for one, other in zip(exchanges, found, strict=True)
        if one.completion.text != other.text
    ]


def _to_json(exchange: Exchange) -> dict[str, Any]:
    constraint = exchange.request.constraint
    kind = None if constraint is None else type(constraint).__name__
    return {"request": asdict(exchange.request), "constraint": kind, "completion": asdict(exchange.completion)}


def _from_json(document: dict[str, Any]) -> Exchange:
    fields = dict(document["request"])
    constraint: Constraint | None = None
    if document["constraint"] is not None:
        given = fields["constraint"]
        if document["constraint"] == "Choice":
            given = {"options": tuple(given["options"])}
        constraint = _KINDS[document["constraint"]](**given)
    return Exchange(Request(**{**fields, "constraint": constraint}), Completion(**document["completion"]))


def main(path: Path) -> None:
    """Write what the embedded backend answers."""
    from leaf_agent.backends.catalog import create

    document = record(create("embedded"))
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.part")
    beside.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    os.replace(beside, path)
    print(f"{len(document['exchanges'])} answers of the embedded backend are in {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

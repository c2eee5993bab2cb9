"""How a worker measures and answers. Standard library alone: it runs in every peer's environment.

A worker is a script with cases. `SCRIPT CASE [NAME=VALUE ...]` measures one case and prints one JSON line. `SCRIPT
--serve` stays and answers one line for each line of JSON that it reads, so that two workers can take turns without
paying for their imports each time. What a case prints goes to stderr.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

SECONDS = 0.5
"""How long a turn measures, unless it is told."""
MOST_SAMPLES = 4000

Work = Callable[[], object]


class SkippedError(Exception):
    """A case that cannot be measured here; the message says why."""


@dataclass
class Case:
    """A piece of work to be timed again and again.

    A sample is the time of `count` runs of `work`, divided by what they did: `size()` says how much of it (parts,
    steps) is done so far; without it, each run is one. `fresh` is called without being timed before the first sample
    and whenever `every` more runs are done. `facts()` tells what belongs beside the times.
    """

    work: Work
    count: int = 1
    every: int = 0
    fresh: Work | None = None
    size: Callable[[], float] | None = None
    facts: Callable[[], dict[str, Any]] | None = None

    runs: int = field(default=0, init=False)

    def sample(self, seconds: float) -> list[float]:
        """Take samples for about `seconds` of work, at least one; each in seconds."""
        taken: list[float] = []
        work, count, size = self.work, self.count, self.size
        gc.collect()
        worked = 0.0
        while True:
            if self.fresh is not None and (self.runs == 0 or (self.every and self.runs % self.every < count)):
                self.fresh()
            before = size() if size is not None else 0.0
            if count == 1:
                started = perf_counter()
                work()
                passed = perf_counter() - started
            else:
                started = perf_counter()
                for _ in range(count):
                    work()
                passed = perf_counter() - started
            self.runs += count
            worked += passed
            done = size() - before if size is not None else float(count)
            if done > 0:
                taken.append(passed / done)
            if taken and (worked >= seconds or len(taken) >= MOST_SAMPLES):
                return taken


@dataclass
class Given:
    """A case that times its own parts, such as a verdict in the middle of an episode."""

    take: Callable[[], float]
    facts: Callable[[], dict[str, Any]] | None = None

    def sample(self, seconds: float) -> list[float]:
        """Take samples for about `seconds`, at least one; each in seconds."""
        taken: list[float] = []
        gc.collect()
        end = perf_counter() + seconds
        while not taken or (perf_counter() < end and len(taken) < MOST_SAMPLES):
            taken.append(self.take())
        return taken


Cases = Mapping[str, Callable[..., Case | Given]]


def main(version: Callable[[], str], cases: Cases) -> None:
    """Run a worker: one line for the case on the command line, or line by line with `--serve`."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Libraries greet and log on stdout; the answers have it to themselves.
    os.dup2(2, 1)
    built: dict[str, Case | Given] = {}
    if sys.argv[1:] == ["--serve"]:
        for line in sys.stdin:
            print(json.dumps(_answer(version, cases, built, json.loads(line))), file=answers, flush=True)
    else:
        print(json.dumps(_answer(version, cases, built, _asked(sys.argv[1:], cases))), file=answers, flush=True)


def _asked(words: list[str], cases: Cases) -> dict[str, Any]:
    if not words or words[0] not in cases:
        sys.exit(f"usage: {sys.argv[0]} --serve | CASE [NAME=VALUE ...]; cases: {', '.join(cases)}")
    options: dict[str, Any] = {}
    for name, value in (word.split("=", 1) for word in words[1:]):
        try:
            options[name] = json.loads(value)
        except json.JSONDecodeError:
            options[name] = value
    return {"case": words[0], "seconds": options.pop("seconds", SECONDS), "options": options}


def _answer(
    version: Callable[[], str], cases: Cases, built: dict[str, Case | Given], asked: dict[str, Any]
) -> dict[str, Any]:
    key = json.dumps([asked["case"], asked["options"]], sort_keys=True)
    try:
        case = built.get(key)
        if case is None:
            case = built[key] = cases[asked["case"]](**asked["options"])
        samples = case.sample(asked["seconds"])
        facts = case.facts() if case.facts is not None else {}
    except SkippedError as reason:
        return {"case": asked["case"], "version": version(), "skipped": str(reason)}
    return {"case": asked["case"], "version": version(), "samples": samples, "facts": facts}

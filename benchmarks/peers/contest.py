"""Ours and theirs on equal work, by turns: workers that stay, rounds that alternate, medians and spread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.peers.environments import HERE, PEERS, Peer, install, interpreter

ROOT = HERE.parent.parent
ROUNDS = 7
SECONDS = 0.5
OURS = "leaf-twin"


class WorkerError(RuntimeError):
    """A worker broke: a fault of the program, with what it said."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One case of one worker."""

    worker: str
    case: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """What DESIGN section 9 asks for: a median of at most `at_most_s`, or `at_least` times the first peer's speed."""

    text: str
    at_most_s: float | None = None
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: our case, and those of peers on equal work."""

    name: str
    ours: Turn
    theirs: tuple[Turn, ...] = ()
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How long and beside whom; `only` keeps the rows whose name holds it."""

    rounds: int = ROUNDS
    seconds: float = SECONDS
    install: bool = False
    only: str = ""


Advance = Callable[[int, int, str], None]


class _Worker:
    """A script that stays and answers cases line by line."""

    def __init__(self, label: str, python: Path, script: Path) -> None:
        # One thread each: a solver that spreads over all cores would be measured against one that does not.
        alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        paths = {"PYTHONPATH": str(ROOT)} if label == OURS else {}
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.label = label
        # A file: a pipe that nobody empties would stop a talkative worker.
        self.said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the worker
        self.process = subprocess.Popen(
            [str(python), str(script), "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
            env={**kept, **alone, **paths},
        )

    def ask(self, turn: Turn, seconds: float) -> dict[str, Any]:
        """Let it measure a case once."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        wanted = {"case": turn.case, "seconds": seconds, "options": dict(turn.options)}
        line = ""
        # A worker that is gone cannot read; what it said tells more.
        with suppress(BrokenPipeError):
            print(json.dumps(wanted), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.said.seek(0)
        said = self.said.read().strip()
        if self.label == OURS:
            raise WorkerError(f"{self.label} broke in case '{turn.case}' {dict(turn.options)}:\n{said[-2000:]}")
        return {"skipped": f"peer '{self.label}' broke: {said.splitlines()[-1] if said else 'it said nothing'}"}

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()
        self.said.close()


def hold(
    rows: Sequence[Row], scripts: Mapping[str, Path], options: Options, advance: Advance | None = None
) -> dict[str, Any]:
    """Measure rows; `scripts` are our workers. Gives `rows` (one for each contender of each row) and `notes`.

    Raises `PeerError` when a peer is to be installed and cannot be, `WorkerError` when a worker breaks.
    """
    chosen = [row for row in rows if options.only in row.name]
    named = dict.fromkeys(turn.worker for row in chosen for turn in row.theirs)
    peers = [PEERS[name] for name in named]
    total = len(chosen) * options.rounds
    tell = advance or _silent
    if options.install:
        for peer in peers:
            tell(0, total, f"installing {peer.name}")
            install(peer)
    notes = [
        f"peer '{peer.name}' ({peer.about}) is not installed: --peers installs it"
        for peer in peers
        if interpreter(peer) is None
    ]
    measured: list[dict[str, Any]] = []
    with _workers(scripts, peers) as workers:
        for place, row in enumerate(chosen):
            turns = [turn for turn in (row.ours, *row.theirs) if turn.worker in workers]
            samples: list[list[list[float]]] = [[] for _ in turns]
            answers: list[dict[str, Any]] = [{} for _ in turns]
            for number in range(options.rounds):
                tell(place * options.rounds + number, total, row.name)
                order = range(len(turns)) if number % 2 == 0 else reversed(range(len(turns)))
                for index in order:
                    answers[index] = workers[turns[index].worker].ask(turns[index], options.seconds)
                    samples[index].append(answers[index].get("samples", []))
            notes += [f"{row.name}: {answer['skipped']}" for answer in answers if "skipped" in answer]
            # Without our side there is nothing to compare; without theirs, ours stands alone.
            held = [index for index, answer in enumerate(answers) if "skipped" not in answer]
            if 0 in held:
                measured += _entries(row, *([each[index] for index in held] for each in (turns, answers, samples)))
    tell(total, total, "")
    return {"rounds": options.rounds, "seconds": options.seconds, "notes": notes, "rows": measured}


def _silent(done: int, total: int, label: str) -> None:
    """Show no progress."""


@contextmanager
def _workers(scripts: Mapping[str, Path], peers: Sequence[Peer]) -> Iterator[dict[str, _Worker]]:
    with ExitStack() as stack:
        workers = {name: _Worker(OURS, Path(sys.executable), script) for name, script in scripts.items()}
        for peer in peers:
            python = interpreter(peer)
            if python is not None:
                workers[peer.name] = _Worker(peer.name, python, peer.script)
        for worker in workers.values():
            stack.callback(worker.close)
        yield workers


def _entries(
    row: Row, turns: Sequence[Turn], answers: Sequence[Mapping[str, Any]], samples: Sequence[Sequence[Sequence[float]]]
) -> list[dict[str, Any]]:
    """Sum up a row: one entry for each contender, the ratio taken round by round."""
    entries = []
    middles = [[median(each) for each in rounds] for rounds in samples]
    for index, (turn, answer, rounds) in enumerate(zip(turns, answers, samples, strict=True)):
        pooled = sorted(sample for each in rounds for sample in each)
        low, middle, high = _quartiles(pooled)
        entry: dict[str, Any] = {
            "row": row.name,
            "who": f"{OURS if index == 0 else turn.worker} {answer['version'].removeprefix(turn.worker).strip()}",
            "median_s": middle,
            "q1_s": low,
            "q3_s": high,
            "p95_s": pooled[min(len(pooled) - 1, int(0.95 * len(pooled)))],
            "per_s": 1 / middle,
            "samples": len(pooled),
            "ratio": None,
            "ratio_q1": None,
            "ratio_q3": None,
            "target": None,
            "met": None,
            "facts": answer["facts"],
        }
        if index > 0:
            ratios = [theirs / ours for ours, theirs in zip(middles[0], middles[index], strict=True)]
            entry["ratio_q1"], entry["ratio"], entry["ratio_q3"] = _quartiles(sorted(ratios))
        entries.append(entry)
    if row.target is not None:
        entries[0]["target"] = row.target.text
        if row.target.at_most_s is not None:
            entries[0]["met"] = entries[0]["median_s"] <= row.target.at_most_s
        elif row.target.at_least is not None and len(entries) > 1:
            entries[0]["met"] = entries[1]["ratio"] >= row.target.at_least
    return entries


def _quartiles(ordered: Sequence[float]) -> tuple[float, float, float]:
    if len(ordered) < 2:
        return ordered[0], ordered[0], ordered[0]
    low, middle, high = quantiles(ordered, n=4, method="inclusive")
    return low, middle, high

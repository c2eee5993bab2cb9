"""Same seed, same agent: the same trajectory and verdict, bit for bit, in another process with another hash seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.catalog import templates
from scenarios.task import TaskTemplate
from tools_api.catalog import SCENARIOS

ROOT = Path(__file__).parents[2]
SAMPLE = 8

# Reads lines `scenario task seed` and prints for each the hashes of what a knowing and a random agent bring about.
PLAYER = """
import hashlib, json, sys
from scenarios.catalog import template
from scenarios.episode import Episode
from scenarios.reference import ReferenceAgent
from scenarios.spaces import ActionSpace
from tools_api.catalog import specs

def played(instance, act):
    episode = Episode(instance)
    while not episode.over:
        episode.step(act(episode.observation))
    text = episode.trajectory.model_dump_json()
    return hashlib.sha256(text.encode()).hexdigest()

found = {}
for line in sys.stdin.read().splitlines():
    scenario, task, seed = line.split()
    instance = template(scenario, task).instance(int(seed))
    space = ActionSpace(specs(scenario), seed=int(seed))
    made = hashlib.sha256(instance.model_dump_json().encode()).hexdigest()
    known = played(instance, ReferenceAgent(instance).act)
    found[line] = [made, known, played(instance, lambda observation: space.draw())]
json.dump(found, sys.stdout)
"""


def lines(tasks: list[TaskTemplate], seeds: int = 1) -> list[str]:
    first = {"train": 5, "heldout": 300_005}
    return [f"{task.scenario} {task.id} {first[task.split] + 7 * n}" for task in tasks for n in range(seeds)]


def play_elsewhere(wanted: list[str], *hash_seeds: str) -> list[dict[str, list[str]]]:
    """Play in processes of their own, one for each hash seed, side by side; the later ones in the other order."""
    players = []
    for number, hash_seed in enumerate(hash_seeds):
        player = subprocess.Popen(
            [sys.executable, "-c", PLAYER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        # Whoever played before must not matter either: plants are cached.
        order = wanted if number % 2 == 0 else wanted[::-1]
        players.append((player, "\n".join(order)))
    for player, text in players:
        assert player.stdin is not None
        player.stdin.write(text)
        player.stdin.close()
        player.stdin = None
    outputs = [player.communicate()[0] for player, _ in players]
    assert all(player.returncode == 0 for player, _ in players)
    return [json.loads(output) for output in outputs]


def chosen(scenario: str) -> list[TaskTemplate]:
    """A few tasks of every kind: with a change of mind, with a question, held out, and some of all."""
    tasks = templates(scenario)
    turns = [task for task in tasks if task.user.changes is not None]
    asked = [task for task in tasks if any(check.kind == "asked" for check in task.checks)]
    heldout = [task for task in tasks if task.split == "heldout"]
    spread = tasks[:: max(1, len(tasks) // SAMPLE)]
    ids = {task.id for task in (*turns[:3], *asked[:2], *heldout[:2], *spread)}
    return [task for task in tasks if task.id in ids]


def prove(wanted: list[str]) -> None:
    first, second = play_elsewhere(wanted, "1", "4242")
    assert len(first) == len(wanted)
    different = [line for line in wanted if first[line] != second[line]]
    assert not different, different


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_sample_comes_out_the_same_in_another_process(scenario: str) -> None:
    tasks = chosen(scenario)
    assert sum(task.user.changes is not None for task in tasks) >= 2
    prove(lines(tasks))


def test_another_seed_or_agent_comes_out_otherwise() -> None:
    (found,) = play_elsewhere(lines([templates("production")[0]], 3), "0")
    hashes = [one for hashes in found.values() for one in hashes]
    assert len(set(hashes)) == len(hashes) == 9


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_task_comes_out_the_same_in_another_process(scenario: str) -> None:
    prove(lines(list(templates(scenario)), 2))

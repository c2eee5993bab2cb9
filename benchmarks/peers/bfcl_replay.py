"""BFCL (bfcl-eval): calls on its simulated backends, and its verdict on finished multi-turn tasks by replaying them."""

from __future__ import annotations

import json
from importlib.metadata import version
from itertools import count as numbers
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

from clock import Case, Given, main

CATEGORY = "multi_turn_base"
READER = "multi_turn_base_1"
"""A task with one backend, a file system of five entries; each further backend makes every call slower."""
READS = ("ls(a=True)", "pwd()", "find(path='.', name='log.txt')")
ACTS = ("mkdir(dir_name='kept')", "rmdir(dir_name='kept')")


def _tasks() -> dict[str, tuple[dict[str, Any], list[list[str]]]]:
    """Read the tasks of a category and the calls that fulfil them, turn by turn."""
    import bfcl_eval

    folder = Path(bfcl_eval.__file__).parent / "data"
    name = f"BFCL_v4_{CATEGORY}.json"
    asked, answered = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in (folder / name, folder / "possible_answer" / name)
    )
    truth = {each["id"]: each["ground_truth"] for each in answered}
    return {each["id"]: (each, truth[each["id"]]) for each in asked}


def _forget() -> None:
    """Drop the backends of earlier runs, which it keeps as globals for ever."""
    from bfcl_eval.eval_checker.multi_turn_eval import multi_turn_utils

    kept = vars(multi_turn_utils)
    for name in [name for name in kept if name.endswith("_instance")]:
        del kept[name]


def _calls(calls: tuple[str, ...]) -> Case:
    from bfcl_eval.eval_checker.multi_turn_eval.multi_turn_utils import execute_multi_turn_func_call

    task, _ = _tasks()[READER]
    turns = cycle(calls)

    def call(written: str) -> str:
        given = (task["initial_config"], task["involved_classes"], "door", task["id"])
        answers: list[str] = execute_multi_turn_func_call([written], *given)[0]
        return answers[0]

    def fresh() -> None:
        _forget()
        for written in calls:
            answer = call(written)
            if "error" in answer.lower():
                raise RuntimeError(f"{written}: {answer}")

    return Case(lambda: call(next(turns)), every=200, fresh=fresh)


def read() -> Case:
    return _calls(READS)


def act() -> Case:
    return _calls(ACTS)


def verify() -> Given:
    """Time its verdict on each task; the model's calls are those of the ground truth, one step for each turn."""
    from bfcl_eval.eval_checker.multi_turn_eval.multi_turn_checker import multi_turn_checker

    tasks = list(_tasks().values())
    turns = cycle(tasks)
    runs = numbers()

    def take() -> float:
        task, truth = next(turns)
        model = [[calls] if calls else [] for calls in truth]
        _forget()
        started = perf_counter()
        verdict = multi_turn_checker(model, truth, task, CATEGORY, f"run{next(runs)}")
        passed = perf_counter() - started
        if not verdict["valid"]:
            raise RuntimeError(f"task {task['id']} was not fulfilled: {verdict['error_message']}")
        return passed

    # A first verdict with a backend imports it; an evaluation pays once.
    for _ in tasks:
        take()
    calls = sum(len(each) for _, truth in tasks for each in truth)
    return Given(take, lambda: {"tasks": len(tasks), "calls_per_task": round(calls / len(tasks), 1)})


if __name__ == "__main__":
    main(lambda: version("bfcl-eval"), {"read": read, "act": act, "verify": verify, "replay": verify})

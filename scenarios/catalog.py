"""The task documents of each scenario, read strictly."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenarios.document import TaskDocumentError, path_in, problems_of, read_yaml, unfit
from scenarios.questions import QuestionReader
from scenarios.rules import broken_rules
from scenarios.slots import SlotTable, load_slots
from scenarios.task import TaskTemplate
from tools_api.catalog import SCENARIOS, specs

DATA = Path(__file__).parent / "data"
SLOTS_FILE = "slots.yaml"
_CHANGE = "/change"
"""What a task's id has behind it where test words for its change of mind stand."""


@cache
def templates(scenario: str) -> tuple[TaskTemplate, ...]:
    """Give all tasks of a scenario, in the order of their files and places.

    Raises `TaskDocumentError` with every problem found, `ValueError` for an unknown scenario.
    """
    if scenario not in SCENARIOS:
        raise ValueError(f"no scenario {scenario!r}; there are {', '.join(SCENARIOS)}")
    found: list[TaskTemplate] = []
    problems: list[str] = []
    for path in sorted((DATA / scenario).glob("*.yaml")):
        if path.name == SLOTS_FILE:
            continue
        try:
            found.extend(load_templates(path))
        except TaskDocumentError as error:
            problems.extend(str(error).splitlines())
    problems += [f"task id {name!r} is used twice; ids are unique in a scenario" for name in _doubled(found)]
    if problems:
        raise TaskDocumentError(scenario, problems)
    return tuple(found)


def template(scenario: str, task: str) -> TaskTemplate:
    """Give one task. Raises `ValueError` with the nearest right id."""
    for candidate in templates(scenario):
        if candidate.id == task:
            return candidate
    names = [candidate.id for candidate in templates(scenario)]
    near = get_close_matches(task, names, n=1)
    raise ValueError(f"no task {task!r} in {scenario}; {f'did you mean {near[0]!r}?' if near else ', '.join(names)}")


@cache
def slots(scenario: str) -> SlotTable:
    """Give the slots that a scenario's users know, how they are asked for and how they are told."""
    return load_slots(DATA / scenario / SLOTS_FILE)


@cache
def question_reader(scenario: str) -> QuestionReader:
    """Give what understands questions about a scenario's slots."""
    return QuestionReader(slots(scenario))


def load_templates(path: Path) -> list[TaskTemplate]:
    """Read one file of tasks; wordings for `test` come from `test/<same name>` beside it, if there is one.

    A file of one's own works as well. Raises `TaskDocumentError` with the path of every bad field and its rule.
    """
    documents = read_yaml(path, list)
    beside = path.parent / "test" / path.name
    tests: dict[str, Any] = read_yaml(beside, dict) if beside.exists() else {}
    found: list[TaskTemplate] = []
    problems: list[str] = []
    for place, document in enumerate(documents):
        label = _label(document, place)
        odd = unfit(document)
        if odd:
            problems.extend(f"{label}: {problem}" for problem in odd)
            continue
        if isinstance(document, dict) and label in tests and isinstance(document.get("wordings"), dict):
            if "test" in document["wordings"]:
                problems.append(f"{label}: wordings.test: test words live in {beside.name} beside the tasks only")
            document = _with_test_words(document, tests[label], tests.get(f"{label}{_CHANGE}"))
        try:
            task = TaskTemplate.model_validate(document)
        except ValidationError as error:
            problems.extend(problems_of(error, label, document))
            continue
        if task.scenario not in SCENARIOS:
            problems.append(f"{label}: scenario: no scenario {task.scenario!r}; there are {', '.join(SCENARIOS)}")
            continue
        for problem in broken_rules(task, specs(task.scenario), slots(task.scenario)):
            place_in, _, rule = problem.partition(": ")
            parts = tuple(int(part) if part.isdigit() else part for part in place_in.split("."))
            written = path_in(document, parts, kinds=False)
            problems.append(f"{label}: {written}: {rule}")
        found.append(task)
    ids = {task.id for task in found}
    ids |= {f"{task.id}{_CHANGE}" for task in found if task.user.changes is not None}
    problems += [f"test/{path.name}: words for {name!r}, which is no task here" for name in tests if name not in ids]
    problems += [f"task id {name!r} is used twice" for name in _doubled(found)]
    if problems:
        raise TaskDocumentError(path.name, problems)
    return found


def _label(document: Any, place: int) -> str:
    """Give what a document is called in messages: its id, if it has one that can stand in a line."""
    name = document.get("id") if isinstance(document, dict) else None
    return name if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 60 else f"task {place}"


def _with_test_words(document: dict[str, Any], words: Any, change: Any) -> dict[str, Any]:
    """Put the test words of a task, and those for its change of mind, where the document would have them."""
    document = {**document, "wordings": {**document["wordings"], "test": words}}
    user = document.get("user")
    if change is None or not isinstance(user, dict):
        return document
    changes = user.get("changes")
    if isinstance(changes, dict) and isinstance(changes.get("says"), dict):
        document["user"] = {**user, "changes": {**changes, "says": {**changes["says"], "test": change}}}
    return document


def _doubled(found: list[TaskTemplate]) -> list[str]:
    names = [task.id for task in found]
    return sorted({name for name in names if names.count(name) > 1})

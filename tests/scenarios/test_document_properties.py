"""Any task document loads and can be played, or is refused with the path of the bad field and the rule."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios.admission import check_task
from scenarios.catalog import DATA, load_templates
from scenarios.document import TaskDocumentError
from scenarios.task import TaskTemplate
from tools_api.catalog import SCENARIOS

Spot = tuple[str | int, ...]
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
FIRST_SEEDS = {"train": 0, "heldout": 300_000}

STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    -3.5,
    1e12,
    10**400,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    " ",
    "-",
    "yes",
    "*",
    "{",
    "{}",
    "{line}",
    "{nobody}",
    "{nobody:word}",
    "{user.nothing}",
    "{nothing.field}",
    "{error}",
    "{line:shout}",
    "not {line}",
    "a == b",
    "status.state == stopped",
    "x\x00y",
    "two\nlines ** <<END>>",
    "\ud800",
    "\u00e9\U0001f600",
    "long " * 20_000,
    [],
    {},
    [[]],
    {"a": {}},
    [1, "two", None],
    {"tool": "get_kpi", "field": "x"},
    {1: 2, None: 3},
)


@cache
def documents(scenario: str) -> tuple[dict[str, Any], ...]:
    """All documents of a scenario as YAML reads them."""
    found: list[dict[str, Any]] = []
    for path in sorted((DATA / scenario).glob("*.yaml")):
        if path.stem != "slots":
            found += yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    return tuple(found)


def spots(value: Any, spot: Spot = ()) -> Iterator[Spot]:
    yield spot
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if len(spot) < 14:
        for key, part in parts:
            yield from spots(part, (*spot, key))


def at(document: Any, spot: Spot) -> Any:
    for key in spot:
        document = document[key]
    return document


def put(document: dict[str, Any], spot: Spot, value: Any) -> None:
    if spot:
        at(document, spot[:-1])[spot[-1]] = value
    elif isinstance(value, dict):
        document.clear()
        document.update(value)


def nested(value: Any, depth: int, key: str) -> Any:
    for _ in range(depth):
        value = [value] if key == "[]" else {key: value}
    return value


def mutate(draw: st.DrawFn, document: dict[str, Any]) -> str:
    """Change one thing somewhere and say what."""
    everywhere = [spot for spot in spots(document) if spot]
    if not everywhere:
        return "nothing is left"
    spot = draw(st.sampled_from(everywhere))
    kind = draw(st.sampled_from(KINDS))
    home, value = at(document, spot[:-1]), at(document, spot)
    if kind == "drop":
        del home[spot[-1]]
    elif kind == "rename" and isinstance(home, dict):
        home[draw(st.sampled_from(("colour", "", " ", "tool", "when", "call", "not", "{line}")))] = home.pop(spot[-1])
    elif kind == "strange":
        put(document, spot, copy.deepcopy(draw(st.sampled_from(STRANGE))))
    elif kind == "garble" and isinstance(value, str) and value:
        place = draw(st.integers(0, len(value) - 1))
        put(document, spot, value[:place] + draw(st.text("{}:.<>=*\x07 x9", max_size=3)) + value[place + 1 :])
    elif kind == "retype":
        put(document, spot, draw(st.sampled_from((str(value), [value], {"a": value}, {str(value)[:20]: value}))))
    elif kind == "swap":
        other = draw(st.sampled_from(everywhere))
        mine, theirs = copy.deepcopy(value), copy.deepcopy(at(document, other))
        put(document, spot, theirs)
        # Where one holds the other, the outer one is gone by now.
        if other[: len(spot)] != spot and spot[: len(other)] != other:
            put(document, other, mine)
    elif kind == "double" and isinstance(home, list):
        home.append(copy.deepcopy(value))
    elif kind == "nest":
        key = draw(st.sampled_from(("[]", "then", "arguments", "also")))
        put(document, spot, nested(value, draw(st.sampled_from((1, 3, 30, 60))), key))
    elif kind == "loop":
        put(document, spot, at(document, draw(st.sampled_from([spot[:n] for n in range(len(spot))]))))
    elif kind == "refer":
        names = list(document["parameters"]) if isinstance(document.get("parameters"), dict) else []
        if names and all(isinstance(name, str) for name in names):
            put(document, spot, f"{{{draw(st.sampled_from(names))}}}")
    return f"{kind} at {'.'.join(map(str, spot))}"


KINDS = ("drop", "rename", "strange", "garble", "retype", "swap", "double", "nest", "loop", "refer")


@st.composite
def mutated(draw: st.DrawFn, scenario: str) -> tuple[dict[str, Any], list[str]]:
    document = copy.deepcopy(draw(st.sampled_from(documents(scenario))))
    changes = [mutate(draw, document) for _ in range(draw(st.integers(1, 3)))]
    return document, changes


def load(folder: Path, document: Any) -> TaskTemplate | TaskDocumentError:
    """Load one document from a file; also what is in the file may be refused, such as bytes that are no text."""
    path = folder / "mine.yaml"
    path.write_bytes(yaml.dump([document], sort_keys=False, allow_unicode=False).encode("utf-8", "surrogatepass"))
    try:
        (task,) = load_templates(path)
    except TaskDocumentError as error:
        return error
    return task


def is_there(document: Any, path: str) -> bool:
    """Whether a path names a field of the document, or one that its parent has not."""
    listed = enumerate(document) if isinstance(document, list) else ()
    for key, part in document.items() if isinstance(document, dict) else listed:
        # Keys may hold dots, so the path is not cut up at them.
        if path == str(key) or (path.startswith(f"{key}.") and is_there(part, path[len(str(key)) + 1 :])):
            return True
    return "." not in path


def instances_of(task: TaskTemplate) -> str | None:
    """Make two instances; give the message when there is none, which must be ours and not pydantic's."""
    try:
        for offset in range(2):
            task.instance(FIRST_SEEDS[task.split] + 7 * offset)
    except ValueError as error:
        return f"pydantic: {error}" if isinstance(error, ValidationError) else str(error)
    return None


def prove(folder: Path, document: dict[str, Any], changes: list[str], *, admit: bool = False) -> str:
    """Load, make instances, and try to admit: whatever is refused is refused in words. Say how far it came."""
    task = load(folder, document)
    if isinstance(task, TaskDocumentError):
        label = str(document.get("id"))
        for problem in task.problems:
            assert len(problem) < 2000, problem
            assert problem.isprintable(), problem
            if problem.startswith("no YAML: "):
                continue
            assert problem.startswith((f"{label}: ", "task 0: ")), problem
            path, _, rule = problem.removeprefix(f"{label}: ").removeprefix("task 0: ").partition(": ")
            assert rule.strip(), problem
            assert path == "(whole)" or is_there(document, path), f"{changes}: {problem}"
        return "refused"
    refusal = instances_of(task)
    if refusal is not None:
        assert task.id in refusal, f"{changes}: {refusal}"
        assert "\n" not in refusal, f"{changes}: {refusal}"
        return "no instance"
    if not admit:
        return "loaded"
    row = check_task(task, 1, chances=1)
    assert all(problem.isprintable() and len(problem) < 3000 for problem in row.problems), f"{changes}: {row.problems}"
    return "admitted" if row.admitted else "not admitted"


@pytest.fixture(autouse=True)
def _few_plants(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pick that no plant can serve is told after three plants rather than 64: the same words, sooner."""
    monkeypatch.setattr("scenarios.task.ATTEMPTS", 3)


def run(folder: Path, scenario: str, examples: int, *, admit: bool) -> None:
    ends: dict[str, int] = {}

    @settings(max_examples=examples, deadline=None, suppress_health_check=QUIET, derandomize=True)
    @given(mutated(scenario))
    def check(made: tuple[dict[str, Any], list[str]]) -> None:
        end = prove(folder, *made, admit=admit)
        ends[end] = ends.get(end, 0) + 1

    check()
    assert len(ends) > 1, ends


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_mutated_document_loads_or_is_refused_in_words(scenario: str, tmp_path: Path) -> None:
    run(tmp_path, scenario, 60, admit=False)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_loads_is_admitted_or_refused_in_words(scenario: str, tmp_path: Path) -> None:
    run(tmp_path, scenario, 12, admit=True)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_many_mutated_documents_load_or_are_refused_in_words(scenario: str, tmp_path: Path) -> None:
    run(tmp_path, scenario, 1000, admit=True)


SAMPLE = yaml.safe_load(Path(__file__).with_name("sample_tasks.yaml").read_text())[0]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[" * 5000 + "]" * 5000, "nested too deep|deeper than 32 levels"),
        ("- &a {id: x, world: *a}", "x: world: it holds itself"),
        ("- {id: x, world: " + "[" * 60 + "]" * 60 + "}", "deeper than 32 levels"),
        ("- {id: x, due: 2026-02-31}", "no YAML"),
        ("- {id: x, due: 2026-02-28}", "x: due: a date is no value"),
        ("- {id: x, judge_after: .nan}", "x: judge_after: nan is no number"),
        ("- {id: x, judge_after: 1.0e+300}", "beyond 2"),
        ('- {id: x, family: "\\ud800"}', "x: family: .*cannot be printed|no YAML"),
        ("- {id: x, family: " + "y" * 5000 + "}", "a text of 5000 characters"),
        ("- &a [x, x, x]\n- &b [*a, *a, *a, *a]\n- {id: x, a: [" + "*b, " * 900 + "]}", "more than 10000 parts"),
        ("- 7", "task 0: "),
        ("- {id: [1]}", "task 0: id: "),
        ("just words", "must be a list"),
    ],
)
def test_what_no_document_may_hold(tmp_path: Path, text: str, rule: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TaskDocumentError, match=rule):
        load_templates(path)


@pytest.mark.parametrize(
    ("spot", "value", "rule"),
    [
        (("parameters", "line", "choice"), ["{line}", 2], "parameters.line.choice: no earlier parameter 'line'"),
        (("parameters", "line", "choice"), ["{speed}"], "parameters.line.choice: no earlier parameter 'speed'"),
        (("parameters", "speed", "range"), [0, 1000, 0.001], "more than 10000 values"),
        (("parameters", "line", "choice"), ["one"], r"\{line:ordinal\} needs a number"),
        (("world", "warmup_s"), 1e9, "world.warmup_s: .*less than or equal to 2678400"),
        (("world", "config"), {"lines": []}, "world.config"),
        (("world", "faults"), [{"kind": "jam", "target": "1.weld", "when": "maybe"}], "world.faults.0.when"),
        (("checks", 0, "fact", "arguments", "lime"), 1, "checks.0.fact.arguments.lime: .* takes no such"),
        (("reference", 0, "do"), "", "reference.0.do: "),
    ],
)
def test_what_could_not_be_played_is_refused_at_its_place(tmp_path: Path, spot: Spot, value: Any, rule: str) -> None:
    document = copy.deepcopy(SAMPLE)
    put(document, spot, value)
    error = load(tmp_path, document)
    assert isinstance(error, TaskDocumentError)
    assert re.search(rf"slow_down_if_fast: .*{rule}", str(error)), error


@pytest.mark.parametrize(
    ("spot", "value", "rule"),
    [
        (("world", "commands"), [{"start_line": {"line": "{line}"}}], "cannot be played: .*running"),
        (
            ("world", "commands"),
            [{"stop_line": {"line": [3]}}],
            "cannot be played: the world's command stop_line: line is",
        ),
        (("world", "faults"), [{"kind": "jam", "target": "9.weld"}], "cannot be played: .*9"),
        (("world", "faults"), [{"kind": "gremlins", "target": "1.weld"}], "cannot be played: .*gremlins"),
        (("reference", 0, "arguments", "line"), 77, "the reference fails with seed"),
        (("reference", 1, "when"), "status.fullest_buffer > 5", "no seed of|the reference fails"),
    ],
)
def test_what_loads_but_cannot_be_played_is_not_admitted(tmp_path: Path, spot: Spot, value: Any, rule: str) -> None:
    document = copy.deepcopy(SAMPLE)
    put(document, spot, value)
    task = load(tmp_path, document)
    assert isinstance(task, TaskTemplate), task
    problems = check_task(task, 1, chances=0).problems
    assert any(re.search(rule, problem) for problem in problems), problems


def test_a_reference_that_never_ends_is_not_admitted(tmp_path: Path) -> None:
    document = copy.deepcopy(yaml.safe_load(Path(__file__).with_name("sample_tasks.yaml").read_text())[1])
    until = next(step for step in document["reference"] if "until" in step)
    until.update({"until": "status.state == flying", "at_most": 10**9, "every_s": 1})
    task = load(tmp_path, document)
    assert isinstance(task, TaskTemplate), task
    assert any("beyond its budgets" in problem for problem in check_task(task, 1, chances=0).problems)

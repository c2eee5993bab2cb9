"""Bad usage and bad input end with code 2 and one line that says what, why and what to do; never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

CASES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("tols",), "'tools'"),
    (("tools",), "leaf tools --help"),
    (("tools", "lst", "production"), "'list'"),
    (("tools", "list"), "leaf tools list --help"),
    (("tools", "list", "prodction"), "did you mean 'production'?"),
    (("tools", "call", "production", "get_line_state"), "did you mean 'get_line_status'?"),
    (("tools", "call", "production", "get_line_status"), "needs argument 'line'"),
    (("tools", "call", "production", "get_line_status", '{"lin": 2}'), "did you mean 'line'?"),
    (("tools", "call", "production", "get_line_status", '{"line": "two"}'), "without quotes"),
    (("tools", "call", "production", "wait", '{"seconds": 60'), "no JSON"),
    (("tools", "call", "production", "wait", "[60]"), "no JSON object"),
    (("tools", "call", "production", "wait", '{"seconds": 60}', "--seed", "x"), "--seed"),
    (("tasks", "list", "nowhere"), "there are: production"),
    (("tasks", "list", "no_such.yaml"), "no file no_such.yaml"),
    (("tasks", "list", "production", "--family", "order"), "did you mean 'orders'?"),
    (("tasks", "show", "set_sped"), "did you mean 'set_speed'?"),
    (("tasks", "show", "set_speed", "--seed", "999999"), "belongs to no split"),
    (("tasks", "show", "set_speed", "--split", "tst"), "did you mean 'test'?"),
    (("tasks", "show", "a", "b", "c"), "names 3 things"),
    (("run", "production"), "one of the two"),
    (("run", "production", "How are you?", "--task", "set_speed"), "not both"),
    (("run", "production", "How are you?", "--agent", "reference"), "give --task"),
    (("run", "production", "  ", "--agent", "null"), "the request is empty"),
    (("run", "production", "Hello", "--agent", "null", "--save", "x.jsonl"), "go with --task"),
    (("run", "production", "--task", "set_speed", "--agent", "lef"), "did you mean 'leaf'?"),
    (("run", "production", "--task", "set_speed", "--agent", "null", "--save", "no/where/x"), "no folder no/where"),
    (("run", "production", "--task", "set_speed", "--request", "", "--agent", "null"), "--request is empty"),
    (("run", "production", "--task", "set_speed", "--agent", "nobody:home"), "no module 'nobody'"),
    (("run", "production", "--task", "set_speed", "--agent", "json:dmp"), "did you mean 'dump'?"),
    (("run", "production", "--task", "set_speed", "--agent", "json:dump"), "needs 'obj'"),
    (("run", "production", "--task", "set_speed", "--agent", "builtins:object"), "without act(observation)"),
    (("run", "production", "--task", "set_speed", "--backend", "embeded"), "did you mean 'embedded'?"),
    (("run", "production", "--task", "set_speed", "--agent", "reference", "--picture"), "has no decision engine"),
    (("run", "production", "how are you?", "--picture"), "go with --task"),
    (
        ("run", "production", "--task", "set_speed", "--agent", "reference", "--confirm", "*"),
        "--confirm goes with leaf",
    ),
    (("run", "production", "--task", "set_speed", "--confirm", "stop_lin"), "did you mean 'stop_line'?"),
    (("chat", "production", "--confirm", "get_kpi"), "changes nothing; name a tool that acts"),
    (("chat", "production", "--agent", "reference"), "give --task"),
    (("eval", "--scenario", "energi", "--agent", "null"), "did you mean 'energy'?"),
    (("eval", "--scenario", "x", "--agent", "null"), "there are: production, maintenance, energy"),
    (("eval", "--split", "tests", "--agent", "null"), "did you mean 'test'?"),
    (("eval", "--limit", "0", "--agent", "null"), "--limit"),
    (("eval", "--requests", "nothing.jsonl", "--agent", "null"), "no file nothing.jsonl"),
    (("eval", "--agnt", "null"), "--agent"),
    (("replay", "nothing.jsonl"), "no file nothing.jsonl"),
    (("report", "."), "no summary.json"),
    (("bench", "servng"), "did you mean 'serving'?"),
)


@pytest.mark.parametrize(("arguments", "says"), CASES, ids=[" ".join(arguments) for arguments, _ in CASES])
def test_one_clear_line_and_code_2(leaf, arguments: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    ended = leaf(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("leaf: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "line 1 is no JSON"),
        ('{"task": "set_speed", "seed": 1}', "request is empty"),
        ('{"task": "set_sped", "seed": 1, "request": "Go"}', "did you mean 'set_speed'?"),
        ('{"task": "set_speed", "seed": "one", "request": "Go"}', "line 1: seed"),
        ('{"task": "set_speed", "seed": 1, "request": "Go", "note": 1}', "line 1: note"),
        ('{"task": "set_speed", "seed": 999999, "request": "Go"}', "belongs to no split"),
        ("\n", "holds no request"),
    ],
)
def test_a_bad_file_of_requests_names_the_line(leaf, tmp_path: Path, content: str, says: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "requests.jsonl"
    path.write_text(content)
    ended = leaf("eval", "--agent", "null", "--requests", path)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


def test_a_bad_task_document_names_every_bad_field(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.yaml"
    path.write_text("- {id: x, scenario: production}\n- {id: 7}\n")
    ended = leaf("tasks", "check", path)
    assert ended.code == 2
    assert "x: family" in ended.err
    assert all(line.startswith("leaf: ") for line in ended.err.splitlines())


def test_a_missing_base_model_says_how_to_get_it(leaf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("LEAF_HOME", str(tmp_path))
    ended = leaf("run", "production", "--task", "set_speed", "--agent", "leaf-untuned")
    assert (ended.code, ended.out) == (2, "")
    assert "leaf model pull" in ended.err


def test_an_agent_that_raises_shows_where(leaf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "own_raising.py").write_text(
        "class Agent:\n    def act(self, observation):\n        raise KeyError('x')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    ended = leaf("eval", "--agent", "own_raising:Agent", "--limit", "1")
    assert ended.code == 2
    assert "own_raising.py" in ended.err
    assert "raised KeyError in task" in ended.err.splitlines()[-1]

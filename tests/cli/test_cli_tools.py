"""`leaf tools`: the list, calls, and a plant kept between calls."""

from __future__ import annotations

import json
from pathlib import Path

from tools_api.catalog import specs


def test_list_names_all_tools_in_both_forms(leaf) -> None:  # type: ignore[no-untyped-def]
    tools = leaf("tools", "list", "production", "--json").document["tools"]
    assert [tool["name"] for tool in tools] == [spec.name for spec in specs("production")]
    assert tools[0]["parameters"]["required"] == ["line"]
    table = leaf("tools", "list", "production")
    assert table.code == 0
    assert all(spec.name in table.out for spec in specs("production"))


def test_a_call_answers_and_the_same_seed_answers_the_same(leaf) -> None:  # type: ignore[no-untyped-def]
    call = ("tools", "call", "production", "get_line_status", '{"line": 2}', "--seed", "3", "--json")
    first = leaf(*call)
    (result,) = first.document["results"]
    assert result["ok"] is True
    assert result["data"]["line"] == 2
    assert leaf(*call).out == first.out


def test_a_refusal_of_the_plant_ends_with_1(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("tools", "call", "production", "set_line_speed", '{"line": 2, "speed_per_h": 500}', "--json")
    assert ended.code == 1
    assert ended.document["results"][0]["code"] == "out_of_range"


def test_a_journal_keeps_the_plant_between_calls(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    journal = tmp_path / "plant.json"

    def call(tool: str, **arguments: object) -> dict[str, object]:
        ended = leaf(
            "tools", "call", "production", tool, json.dumps(arguments), "--seed", 5, "--journal", journal, "--json"
        )
        (result,) = ended.document["results"]
        return result

    before = call("get_line_status", line=2)
    call("set_line_speed", line=2, speed_per_h=60)
    call("set_line_speed", line=2, speed_per_h=500)
    call("wait", seconds=600)
    after = call("get_line_status", line=2)
    assert after["data"]["speed_per_h"] == 60  # type: ignore[index]
    assert str(after["time"]) > str(before["time"])
    assert [entry["subject"] for entry in json.loads(journal.read_text())["commands"]] == ["set_line_speed"] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["plant.json"]


def test_calls_from_stdin_share_one_plant_and_equal_calls_through_a_journal(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    calls = [("stop_line", {"line": 1}), ("wait", {"seconds": 300}), ("get_line_status", {"line": 1})]
    lines = "\n".join(json.dumps({"name": name, "arguments": arguments}) for name, arguments in calls)
    together = leaf("tools", "call", "production", "--json", stdin=lines).document["results"]
    journal = tmp_path / "plant.json"
    apart = [
        leaf("tools", "call", "production", name, json.dumps(arguments), "--journal", journal, "--json").document[
            "results"
        ][0]
        for name, arguments in calls
    ]
    assert together == apart
    assert together[-1]["data"]["state"] == "stopped"


def test_a_journal_of_another_plant_or_none_is_refused_and_left_alone(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    journal = tmp_path / "plant.json"
    leaf("tools", "call", "production", "get_line_status", '{"line": 2}', "--seed", 5, "--journal", journal)
    kept = journal.read_text()
    ended = leaf("tools", "call", "production", "get_line_status", '{"line": 2}', "--seed", 6, "--journal", journal)
    assert ended.code == 2
    assert "seed 5" in ended.err
    assert journal.read_text() == kept
    journal.write_text("{}")
    ended = leaf("tools", "call", "production", "get_line_status", '{"line": 2}', "--journal", journal)
    assert ended.code == 2
    assert "is no plant journal" in ended.err
    assert journal.read_text() == "{}"


def test_a_bad_line_on_stdin_is_named_and_nothing_is_done(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    journal = tmp_path / "plant.json"
    lines = '{"name": "stop_line", "arguments": {"line": 1}}\nstop it\n'
    ended = leaf("tools", "call", "production", "--journal", journal, stdin=lines)
    assert ended.code == 2
    assert "stdin line 2" in ended.err
    assert not journal.exists()

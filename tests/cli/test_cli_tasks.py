"""`leaf tasks`: list, one instance, and the check of a file of one's own."""

from __future__ import annotations

from pathlib import Path

from scenarios.catalog import templates

GOOD = """
- id: my_speed
  scenario: production
  family: mine
  world: {warmup_s: 3600}
  parameters:
    line: {choice: [1, 2, 3]}
    speed: {range: [40, 90, 5]}
  wordings: {train: ["Line {line} to {speed} please", "Give me {speed} an hour on line {line}"]}
  reference:
  - call: set_line_speed
    do: "set line {line} to {speed} parts per hour"
    arguments: {line: "{line}", speed_per_h: "{speed}"}
    save: done
    if_error:
    - say: "explain why not"
      facts: [error]
      texts: ["Line {line} was not changed: {error}"]
  - say: "confirm the new speed of line {line}"
    facts: [done.speed_per_h]
    texts: ["Line {line} now runs at {done.speed_per_h} parts per hour."]
  checks:
  - {kind: state, tool: get_line_status, arguments: {line: "{line}"}, where: "speed_per_h == {speed}"}
  - {kind: reported, fact: {tool: get_line_status, arguments: {line: "{line}"}, field: speed_per_h}}
  - {kind: untouched}
"""


def test_list_names_all_tasks_in_both_forms(leaf) -> None:  # type: ignore[no-untyped-def]
    tasks = leaf("tasks", "list", "production", "--json").document["tasks"]
    assert [task["id"] for task in tasks] == [task.id for task in templates("production")]
    table = leaf("tasks", "list", "production", "--family", "orders")
    assert table.code == 0
    assert "cancel_order" in table.out
    assert "set_speed" not in table.out


def test_show_prints_one_instance_with_its_world(leaf) -> None:  # type: ignore[no-untyped-def]
    shown = leaf("tasks", "show", "set_speed", "--seed", 7, "--json").document
    assert shown["seed"] == 7
    assert shown["world"]["warmup_s"] > 0
    assert str(shown["parameters"]["speed"]) in shown["plan"][0]
    assert shown["request"] in leaf("tasks", "show", "production", "set_speed", "--seed", 7).out


def test_a_seed_counts_within_the_split_unless_it_is_one_of_its_own(leaf) -> None:  # type: ignore[no-untyped-def]
    inside = leaf("tasks", "show", "set_speed", "--split", "test", "--seed", 7, "--json").document
    absolute = leaf("tasks", "show", "set_speed", "--seed", inside["seed"], "--json").document
    assert inside == absolute
    assert inside["split"] == "test"


def test_check_admits_a_sound_file_of_ones_own(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    ended = leaf("tasks", "check", path, "--seeds", 2, "--json")
    assert ended.code == 0
    assert ended.document["admitted"] is True
    assert [row["id"] for row in ended.document["tasks"]] == ["my_speed"]


def test_check_ends_with_1_and_the_reason_when_nothing_has_to_be_done(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.yaml"
    head, _, _ = GOOD.partition("  checks:")
    path.write_text(head + "  checks:\n  - {kind: untouched}\n")
    ended = leaf("tasks", "check", path, "--seeds", 1)
    assert ended.code == 1
    assert "nothing fulfils it" in " ".join(ended.out.split())


def test_several_sources_are_checked_at_once_in_processes(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    paths = [tmp_path / "mine.yaml", tmp_path / "yours.yaml"]
    paths[0].write_text(GOOD)
    paths[1].write_text(GOOD.replace("my_speed", "your_speed"))
    ended = leaf("tasks", "check", *paths, "--seeds", 1, "--jobs", 2, "--json")
    assert ended.code == 0
    assert [row["id"] for row in ended.document["tasks"]] == ["my_speed", "your_speed"]


def test_difficulty_and_traits_are_listed(leaf) -> None:  # type: ignore[no-untyped-def]
    tasks = {task["id"]: task for task in leaf("tasks", "list", "production", "--json").document["tasks"]}
    slow = tasks["slow_if_vibrating"]
    assert (slow["calls"], slow["branches"], slow["questions"]) == (2, 1, 0)
    assert slow["traits"] == ["multi_step", "conditional"]
    assert "clarify" in tasks["speed_without_value"]["traits"]
    assert "refuse" in tasks["overspeed"]["traits"]
    assert tasks["line_state"]["traits"] == ["lookup"]


def test_the_nearest_pairs_are_shown_and_a_task_twice_ends_with_1(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pairs = leaf("tasks", "distinct", "production", "--pairs", 3, "--json")
    assert pairs.code == 0
    assert len(pairs.document["pairs"]) == 3
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD + GOOD.replace("my_speed", "your_speed"))
    ended = leaf("tasks", "distinct", path)
    assert ended.code == 1
    assert "your_speed" in ended.out

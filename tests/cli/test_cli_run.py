"""`leaf run`, `chat` and `replay`: an episode is told, saved, and comes out the same again."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_story_has_request_calls_answer_and_verdict(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("run", "production", "--task", "speed_without_value", "--split", "test", "--agent", "reference")
    assert ended.code == 0
    labels = [line[:9].strip() for line in ended.out.splitlines() if line[:1].strip()]
    assert labels == ["task", "time", "user", "agent", "user", "call", "result", "agent", "verdict"]
    assert "verdict  success" in ended.out


def test_a_failed_task_ends_with_1_and_names_the_failed_check(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("run", "production", "--task", "set_speed", "--agent", "null")
    assert ended.code == 1
    assert "verdict  failure" in ended.out
    assert "FAIL state" in ended.out


def test_json_is_the_trajectory_with_tokens_and_time(leaf) -> None:  # type: ignore[no-untyped-def]
    told = leaf("run", "production", "--task", "overspeed", "--agent", "reference", "--json").document
    assert told["verdict"]["outcome"] == "success"
    assert told["output_tokens"]["total"] == 0
    assert set(told["milliseconds"]) == {"planner", "executor", "interactor", "engine", "total"}


def test_other_words_keep_the_world(leaf) -> None:  # type: ignore[no-untyped-def]
    words = "Would you be so kind as to change the pace?"
    common = ("run", "production", "--task", "set_speed", "--seed", 4, "--agent", "reference", "--json")
    ours, others = leaf(*common).document, leaf(*common, "--request", words).document
    assert others["request"] == words
    assert others["entries"][1:] == ours["entries"][1:]


def test_replay_says_the_same_and_finds_a_change(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "episode.jsonl"
    saved = ("run", "production", "--task", "set_speed", "--split", "test", "--agent", "reference", "--save", path)
    assert leaf(*saved).code == 0
    again = leaf("replay", path)
    assert again.code == 0
    assert "the same in every entry" in again.out
    path.write_text(path.read_text().replace('"ok":true', '"ok":false'))
    changed = leaf("replay", path, "--json")
    assert changed.code == 1
    assert changed.document["same"] is False
    assert "entry" in changed.document["episodes"][0]["difference"]


def test_replay_of_no_episodes_is_bad_input(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "episode.jsonl"
    for content in ("", "{}\n", "\x00\n"):
        path.write_text(content)
        assert leaf("replay", path).code == 2


def test_a_free_request_is_answered_and_not_judged(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("run", "production", "How is line 2?", "--agent", "null", "--json")
    assert ended.code == 0
    assert ended.document["outcome"] == "ungraded"
    assert ended.document["answer"] == "I did nothing."
    assert "How is line 2?" in ended.err


def test_ones_own_agent_can_ask_the_person_at_the_terminal(
    leaf,  # type: ignore[no-untyped-def]
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "own_asking.py").write_text(
        "from tools_api.messages import AgentMessage, ToolCall\n"
        "class Agent:\n"
        "    def __init__(self, specs, seed=0):\n"
        "        self.turn = 0\n"
        "    def act(self, observation):\n"
        "        self.turn += 1\n"
        "        if self.turn == 1:\n"
        "            return AgentMessage(text='Which line?', expects_reply=True)\n"
        "        if self.turn == 2:\n"
        "            line = int(observation.events[0].text)\n"
        "            return ToolCall(name='stop_line', arguments={'line': line})\n"
        "        return AgentMessage(text=observation.events[0].message, final=True)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    ended = leaf("run", "production", "Stop it", "--agent", "own_asking:Agent", "--json", stdin="3\n")
    assert ended.code == 0
    assert "line: 3, state: stopped" in ended.document["answer"]


def test_chat_goes_on_with_one_plant_until_an_empty_line(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("chat", "production", "--agent", "random", stdin="stop line 2\nagain\n\nnot read\n")
    assert ended.code == 0
    times = [line[9:].strip() for line in ended.out.splitlines() if line.startswith("time")]
    assert len(times) == 2
    assert times[0] < times[1]
    assert "not read" not in ended.out

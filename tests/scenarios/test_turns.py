from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scenarios.admission import check_task
from scenarios.catalog import load_templates, question_reader, slots
from scenarios.difficulty import difficulty
from scenarios.document import TaskDocumentError
from scenarios.episode import Episode
from scenarios.reference import ReferenceAgent
from scenarios.task import TaskInstance, TaskTemplate
from scenarios.user import SimulatedUser
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, ToolCall, UserMessage

FILE = Path(__file__).with_name("turn_tasks.yaml")


@pytest.fixture(scope="module")
def turns() -> dict[str, TaskTemplate]:
    return {task.id: task for task in load_templates(FILE)}


def play(instance: TaskInstance, *actions: ToolCall | AgentMessage) -> Episode:
    episode = Episode(instance)
    for action in actions:
        episode.step(action)
    return episode


def test_both_kinds_are_admitted(turns: dict[str, TaskTemplate]) -> None:
    for task in turns.values():
        row = check_task(task, 6)
        assert row.admitted, row.problems
        assert row.reference == 6


def test_the_change_comes_once_with_the_first_result_of_its_tool(turns: dict[str, TaskTemplate]) -> None:
    instance = turns["t_change"].instance(5)
    line = instance.parameters["line"]
    look = ToolCall(name="get_line_status", arguments={"line": line})
    episode = play(instance, ToolCall(name="list_alarms", arguments={}))
    assert not [event for event in episode.observation.events if isinstance(event, UserMessage)]
    said = [[e.text for e in episode.step(look).events if isinstance(e, UserMessage)] for _ in range(3)]
    assert instance.change is not None
    assert said == [[instance.change.text], [], []]


def test_a_call_that_never_reached_the_plant_changes_no_mind(turns: dict[str, TaskTemplate]) -> None:
    instance = turns["t_change"].instance(5)
    episode = play(instance, ToolCall(name="get_line_status", arguments={"lane": 1}))
    assert not [event for event in episode.observation.events if isinstance(event, UserMessage)]


def test_what_was_wished_first_is_no_allowance_afterwards(turns: dict[str, TaskTemplate]) -> None:
    instance = turns["t_change"].instance(5)
    first, speed = instance.parameters["line"], instance.parameters["speed"]
    other = instance.parameters["other"]
    episode = play(
        instance,
        ToolCall(name="get_line_status", arguments={"line": first}),
        ToolCall(name="set_line_speed", arguments={"line": first, "speed_per_h": speed}),
        ToolCall(name="set_line_speed", arguments={"line": other, "speed_per_h": speed}),
        AgentMessage(text="Done.", final=True),
    )
    assert episode.verdict is not None
    assert {check.kind for check in episode.verdict.checks if not check.passed} == {"state", "untouched"}


def test_the_new_wish_is_no_allowance_beforehand(turns: dict[str, TaskTemplate]) -> None:
    instance = turns["t_change"].instance(5)
    call = ToolCall(name="set_line_speed", arguments={"line": instance.parameters["other"], "speed_per_h": 50})
    episode = play(instance, call, AgentMessage(text="Done.", final=True))
    assert episode.verdict is not None
    assert "untouched" in {check.kind for check in episode.verdict.checks if not check.passed}


@pytest.mark.parametrize(
    "question",
    [
        "Should it be {wrong} or {speed}?",
        "You gave two speeds. Which is right?",
        "Do you want {speed} parts per hour?",
        "Do you want {wrong} parts per hour?",
        "The request says {wrong} and {speed} parts per hour. Which one shall I set?",
        "What speed should it be?",
    ],
)
def test_who_is_torn_settles_it_when_asked(turns: dict[str, TaskTemplate], question: str) -> None:
    instance = turns["t_torn"].instance(11)
    user = SimulatedUser(instance, slots("production"), question_reader("production"))
    text = question.format(**instance.parameters)
    assert user.understand(AgentMessage(text=text, expects_reply=True)).slots == ("speed_per_h",)
    answer = user.reply(AgentMessage(text=text, expects_reply=True)).text
    assert str(instance.parameters["speed"]) in answer
    assert str(instance.parameters["wrong"]) not in answer


def test_guessing_right_without_asking_is_not_enough(turns: dict[str, TaskTemplate]) -> None:
    instance = turns["t_torn"].instance(11)
    arguments = {"line": instance.parameters["line"], "speed_per_h": instance.parameters["speed"]}
    episode = play(
        instance, ToolCall(name="set_line_speed", arguments=arguments), AgentMessage(text="Done.", final=True)
    )
    assert episode.verdict is not None
    assert [check.kind for check in episode.verdict.checks if not check.passed] == ["asked"]


def test_difficulty_follows_from_the_reference(turns: dict[str, TaskTemplate]) -> None:
    change, torn = (difficulty(turns[name], specs("production")) for name in ("t_change", "t_torn"))
    assert (change.calls, change.branches, change.questions, change.traits) == (1, 0, 0, ("changed_mind",))
    assert (torn.calls, torn.branches, torn.questions, torn.traits) == (1, 0, 1, ("contradictory",))


def test_replays_bit_for_bit(turns: dict[str, TaskTemplate]) -> None:
    for task in turns.values():
        records = []
        for _ in range(2):
            instance = task.instance(9)
            agent, episode = ReferenceAgent(instance), Episode(instance)
            while not episode.over:
                episode.step(agent.act(episode.observation))
            records.append(episode.trajectory)
        assert records[0] == records[1]


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        ({"revised": []}, "go together"),
        ({"user": {"changes": {"after": "get_lane", "says": {"train": ["No."]}}}}, "get_line_status"),
        ({"user": {"changes": {"after": "reply", "says": {"test": ["No."]}}}}, "no words for the change"),
    ],
)
def test_broken_changes_are_refused_with_the_rule(tmp_path: Path, edit: dict[str, object], rule: str) -> None:
    document = {**yaml.safe_load(FILE.read_text("utf-8"))[0], **edit}
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump([document]), "utf-8")
    with pytest.raises(TaskDocumentError, match=rule):
        load_templates(path)


def test_a_torn_request_names_both_values(tmp_path: Path) -> None:
    document = yaml.safe_load(FILE.read_text("utf-8"))[1]
    document["wordings"] = {"train": ["Set line {line} to {wrong} parts per hour."]}
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump([document]), "utf-8")
    with pytest.raises(TaskDocumentError, match="torn about 'speed_per_h'"):
        load_templates(path)


def test_test_words_of_a_change_come_from_beside(tmp_path: Path) -> None:
    document = yaml.safe_load(FILE.read_text("utf-8"))[0]
    (tmp_path / "test").mkdir()
    (tmp_path / "own.yaml").write_text(yaml.safe_dump([document]), "utf-8")
    words = {"t_change": ["Look at line {line} and put it on {speed}."], "t_change/change": ["Sorry, {other} it is."]}
    (tmp_path / "test" / "own.yaml").write_text(yaml.safe_dump(words), "utf-8")
    (task,) = load_templates(tmp_path / "own.yaml")
    instance = task.instance(200_000)
    assert instance.change is not None
    assert instance.change.text == f"Sorry, {instance.parameters['other']} it is."

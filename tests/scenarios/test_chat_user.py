from __future__ import annotations

import json

import pytest

from scenarios.catalog import template
from scenarios.chat_user import ChatMessage, ChatUser
from scenarios.env import TwinEnv
from scenarios.episode import Episode
from tools_api.messages import AgentMessage, ToolCall, UserMessage


class ScriptedModel:
    """Answers with what it was given, and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.chats: list[list[ChatMessage]] = []

    def __call__(self, chat: list[ChatMessage]) -> str:
        self.chats.append(chat)
        return self._answers.pop(0)


def ask(text: str) -> AgentMessage:
    return AgentMessage(text=text, expects_reply=True)


def test_the_model_is_told_what_it_knows_and_how_to_behave() -> None:
    instance = template("production", "speed_without_value").instance(3)
    speed = instance.parameters["speed"]
    model = ScriptedModel("no idea", f"oh, {speed} an hour")
    user = ChatUser(instance, model)

    assert user.open().text == instance.request
    assert user.reply(ask("What speed should it be?")).text == "no idea"
    assert user.told == {}
    assert user.reply(ask("Which speed, then?")).text == f"oh, {speed} an hour"

    assert user.told == {"speed_per_h": speed}
    assert [question.slots for _, question in user.questions] == [("speed_per_h",), ("speed_per_h",)]
    system, *turns = model.chats[1]
    assert system["role"] == "system"
    assert str(speed) in system["content"]
    assert "only when you are asked" in system["content"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]


def test_an_episode_with_a_chat_model_is_judged_as_any_other() -> None:
    instance = template("production", "speed_without_value").instance(3)
    line, speed = instance.parameters["line"], instance.parameters["speed"]
    model = ScriptedModel(f"{speed} please")
    episode = Episode(instance, user=lambda told: ChatUser(told, model))

    said = episode.step(ask("What speed?")).events[0]
    assert isinstance(said, UserMessage)
    assert said.text == f"{speed} please"
    episode.step(ToolCall(name="set_line_speed", arguments={"line": line, "speed_per_h": speed}))
    episode.step(AgentMessage(text=f"Line {line} now runs at {speed} parts per hour.", final=True))

    assert episode.verdict is not None
    assert episode.verdict.outcome == "success", episode.verdict


def test_the_env_takes_another_user() -> None:
    model = ScriptedModel("It's a secret.")
    env = TwinEnv("production", user=lambda told: ChatUser(told, model))
    env.reset(seed=3, options={"task": "speed_without_value"})
    observation = env.step(ask("What speed?"))[0]
    assert json.loads(observation)["events"][0]["text"] == "It's a secret."
    assert len(model.chats) == 1


def test_a_model_that_says_nothing_is_refused() -> None:
    user = ChatUser(template("production", "speed_without_value").instance(3), ScriptedModel(" "))
    with pytest.raises(ValueError, match="said nothing"):
        user.reply(ask("What speed?"))

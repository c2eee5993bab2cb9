from __future__ import annotations

import pytest

from scenarios.catalog import question_reader, slots, template
from scenarios.task import TaskInstance
from scenarios.user import PATIENCE, SimulatedUser
from tools_api.messages import AgentMessage


def user(instance: TaskInstance) -> SimulatedUser:
    return SimulatedUser(instance, slots("production"), question_reader("production"))


def ask(someone: SimulatedUser, text: str) -> str:
    return someone.reply(AgentMessage(text=text, expects_reply=True)).text


@pytest.fixture(scope="module")
def speed() -> TaskInstance:
    return template("production", "speed_without_value").instance(3)


def test_opens_with_the_request(speed: TaskInstance) -> None:
    assert user(speed).open().text == speed.request


def test_tells_what_it_knows_when_asked(speed: TaskInstance) -> None:
    someone = user(speed)
    assert str(speed.parameters["speed"]) in ask(someone, "What speed should it be?")
    assert someone.told == {"speed_per_h": speed.parameters["speed"]}


def test_answers_several_questions_at_once(speed: TaskInstance) -> None:
    answer = ask(user(speed), "Which line and what speed?")
    assert str(speed.parameters["speed"]) in answer
    assert str(speed.parameters["line"]) in answer


def test_words_vary_with_the_seed_and_nothing_else() -> None:
    task = template("production", "speed_without_value")
    answers = [ask(user(task.instance(seed)), "What speed?") for seed in range(24)]
    assert answers == [ask(user(task.instance(seed)), "What speed?") for seed in range(24)]
    assert len({"".join(c for c in answer if not c.isdigit()) for answer in answers}) >= 5


def test_does_not_know_what_it_does_not_know_and_gives_up_politely(speed: TaskInstance) -> None:
    someone = user(speed)
    answers = [ask(someone, "What is the alarm id?") for _ in range(PATIENCE + 1)]
    assert all("know" in answer or "idea" in answer or "tell" in answer for answer in answers[:PATIENCE])
    assert "thank" in answers[-1]


def test_confirms_what_is_right_and_corrects_what_is_wrong(speed: TaskInstance) -> None:
    line, value = speed.parameters["line"], speed.parameters["speed"]
    assert ask(user(speed), f"Shall I set line {line} to {value} parts per hour?").startswith(("Yes", "Correct"))
    wrong = ask(user(speed), f"Shall I set line {line} to 21 parts per hour?")
    assert wrong.startswith("No")
    assert str(value) in wrong


def test_denies_when_the_profile_says_so(speed: TaskInstance) -> None:
    profile = speed.user.model_copy(update={"confirms": False})
    assert ask(user(speed.model_copy(update={"user": profile})), "Shall I go ahead?").startswith("No")


def test_says_that_this_is_all(speed: TaskInstance) -> None:
    assert "all" in ask(user(speed), "Anything else?").lower() or "thanks" in ask(user(speed), "Anything else?")


def test_a_slot_with_words_is_told_in_words() -> None:
    instance = template("production", "sensor_peak").instance(0)
    sensor = instance.parameters["sensor"]
    answer = ask(user(instance), "Which sensor?")
    assert sensor not in answer
    assert str(sensor).split("_")[0] in answer

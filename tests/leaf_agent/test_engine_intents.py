"""Answers, changes of mind and cancels are told apart, on a written set and on the words of the tasks' users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from leaf_agent.intents import consent, remark_intent, reply_intent
from scenarios import user
from scenarios.catalog import slots, templates
from scenarios.task import REPLY

SET: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("intents.yaml").read_text(encoding="utf-8")
)
SCENARIOS = ("production", "maintenance", "energy")


def phrasings(kind: str) -> list[tuple[str, str]]:
    return [(wanted, text) for wanted, texts in SET[kind].items() for text in texts]


def test_the_set_is_large_and_has_no_phrasing_twice() -> None:
    texts = [text for kind in SET for _, text in phrasings(kind)]
    assert len(texts) >= 200
    assert len(phrasings("reply")) == len({text for _, text in phrasings("reply")})


def test_at_most_one_phrasing_in_a_hundred_is_misread() -> None:
    wrong = []
    for wanted, text in phrasings("reply"):
        question, _, reply = text.rpartition(" >> ")
        if (found := reply_intent(reply, question)) != wanted:
            wrong.append((text, wanted, found))
    for kind, read in (("remark", remark_intent), ("consent", consent)):
        wrong += [(text, wanted, read(text)) for wanted, text in phrasings(kind) if read(text) != wanted]
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize("text", [text for wanted, text in phrasings("consent") if wanted != "yes"])
def test_nothing_but_a_yes_is_a_yes(text: str) -> None:
    assert consent(text) != "yes"


def changes() -> Iterator[tuple[str, str, str]]:
    """The moment, the split and the words of every change of mind in the tasks."""
    for scenario in SCENARIOS:
        for task in templates(scenario):
            if task.user.changes is not None:
                for split, texts in task.user.changes.says.items():
                    yield from ((task.user.changes.after, split, text) for text in texts)


def test_the_users_changes_of_mind_are_recognised_when_they_come() -> None:
    found: dict[str, list[bool]] = {}
    for moment, split, text in changes():
        read: str = reply_intent(text) if moment == REPLY else remark_intent(text)
        found.setdefault(split, []).append(read == "change")
    assert len(found["train"]) >= 60
    for split, hits in found.items():
        assert sum(hits) >= 0.95 * len(hits), split


def test_most_would_be_recognised_in_place_of_any_answer() -> None:
    hits = [reply_intent(text) == "change" for _, _, text in changes()]
    assert sum(hits) >= 0.95 * len(hits)


def answers() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Question, answer and the values that were open, as the tasks' users answer."""
    for scenario in SCENARIOS:
        for slot in slots(scenario).values():
            for question in slot.questions:
                for value in (*slot.values, "3", "80", "O-104", "M-301", "weld"):
                    for answer in slot.answers:
                        told = answer.replace("{value}", value)
                        yield question, told, slot.values
                        for no in user._NOT_THAT:
                            yield question, no.replace("{answer}", told.rstrip(".")), slot.values
    for text in (*user._YES, *user._NO, *user._ALL, *user._UNKNOWN):
        yield "Shall I go on?", text, ()


def test_ordinary_answers_are_not_taken_for_changes() -> None:
    read = [(text, reply_intent(text, question, values)) for question, text, values in answers()]
    wrong = [one for one in read if one[1] != "answer"]
    assert len(read) > 10_000
    assert len(wrong) < 0.01 * len(read), wrong[:20]


def test_a_user_who_gives_up_cancels() -> None:
    assert {reply_intent(text) for text in user._GIVEN_UP} == {"cancel"}


def test_another_thing_than_what_was_asked_for_is_a_change() -> None:
    said: dict[str, Any] = {"question": "Which speed?", "others": ("line",)}
    assert reply_intent("actually make it line 3", **said) == "change"
    assert reply_intent("line 3", **said) == "answer"
    assert reply_intent("actually make it 80", **said) == "answer"

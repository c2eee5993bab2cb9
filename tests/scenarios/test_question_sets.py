"""How often does the simulated user misunderstand reasonable questions? Measured on written sets of phrasings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scenarios.catalog import question_reader, slots, templates
from scenarios.seeds import SPLITS
from scenarios.task import TaskInstance, UserProfile
from scenarios.user import SimulatedUser
from scenarios.world import World
from tools_api.catalog import SCENARIOS
from tools_api.messages import AgentMessage

HERE = Path(__file__).parent
RIGHT = 0.99
KINDS = ("confirm", "deny", "closing", "unknown")


def situations(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((HERE / f"questions_{name}.yaml").read_text(encoding="utf-8"))
    return found


def phrasings(name: str) -> Iterator[tuple[dict[str, Any], str, tuple[str, ...] | str]]:
    for situation in situations(name):
        for text, wanted in situation["questions"]:
            yield situation, text, wanted if wanted in KINDS else tuple([wanted] if isinstance(wanted, str) else wanted)


def user_in(situation: dict[str, Any]) -> SimulatedUser:
    scenario = situation["scenario"]
    instance = TaskInstance(
        task="asked",
        scenario=scenario,
        family="questions",
        split="test",
        seed=1,
        plant_seed=1,
        request=situation["request"],
        parameters={},
        world=World(),
        user=UserProfile(knows=situation["knows"], torn=tuple(situation.get("torn", ()))),
        withheld=tuple(situation["withheld"]),
        reference=(),
        checks=(),
    )
    return SimulatedUser(instance, slots(scenario), question_reader(scenario))


def answered(situation: dict[str, Any], text: str, wanted: tuple[str, ...] | str) -> tuple[bool, str]:
    """Whether the user's answer is what a person would have said, and the answer."""
    user = user_in(situation)
    question = user.understand(AgentMessage(text=text))
    said = user.reply(AgentMessage(text=text)).text
    told = set(user.told)
    yes = said.startswith(("Yes", "Correct"))
    no = said.startswith("No") and not said.startswith("No idea")
    right = {
        # a person who is asked "line 2, right?" says "yes" or "line 2"; asked for line 1: "no", "no, line 2", "line 2"
        "confirm": yes or (not no and bool(told) and told <= set(situation["withheld"])),
        "deny": no or (not yes and bool(told) and told <= set(situation["withheld"])),
        "closing": question.closing and not told,
        "unknown": not (question.closing or yes or no or told),
    }
    return (right[wanted] if isinstance(wanted, str) else told == set(wanted) == set(question.slots)), said


def misses(name: str, only: str | None = None) -> tuple[int, list[str]]:
    """Give how many phrasings there are, and those that the user got wrong."""
    count, wrong = 0, []
    for situation, text, wanted in phrasings(name):
        if only is not None and situation.get("set") != only:
            continue
        count += 1
        right, said = answered(situation, text, wanted)
        if not right:
            wrong.append(f"{situation['scenario']}: {text!r} asks for {wanted}, the user said {said!r}")
    return count, wrong


def test_the_proof_is_large_and_spread() -> None:
    texts = [text for _, text, _ in phrasings("proof")]
    assert len(texts) >= 200
    assert {situation["scenario"] for situation in situations("proof")} == set(SCENARIOS)
    assert not set(texts) & {text for _, text, _ in phrasings("tuning") if len(text.split()) > 6}


@pytest.mark.parametrize("name", ["tuning", "proof"])
def test_reasonable_questions_are_seldom_misunderstood(name: str) -> None:
    count, wrong = misses(name)
    assert len(wrong) <= (1 - RIGHT) * count, "\n".join(wrong)


@pytest.mark.parametrize("situation", [s for s in situations("proof") if s["withheld"]][:40])
def test_reading_a_question_changes_nothing(situation: dict[str, Any]) -> None:
    user = user_in(situation)
    message = AgentMessage(text=situation["questions"][0][0])
    assert user.understand(message) == user.understand(message)
    assert not user.told


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_question_of_the_tables_is_understood_alone_and_with_others(scenario: str) -> None:
    table = slots(scenario)
    for task in templates(scenario):
        instance = task.instance(SPLITS[task.split][0], task.split)
        wanted = [slot for slot in instance.withheld if slot in table]
        for turn in range(8 if wanted else 0):
            asked = {slot: table[slot].questions[turn % len(table[slot].questions)] for slot in wanted}
            for some in (wanted, wanted[:1], wanted[-1:]):
                user = SimulatedUser(instance, table, question_reader(scenario))
                text = " ".join(asked[slot] for slot in some)
                heard = user.understand(AgentMessage(text=text, expects_reply=True))
                assert set(heard.slots) == set(some), (task.id, text, heard)

from __future__ import annotations

import pytest

from scenarios.catalog import question_reader, slots, templates
from scenarios.questions import Question
from tools_api.catalog import SCENARIOS

# What a reasonable agent may ask -> the slot that was left out -> what it asks for (None: just that slot).
PHRASINGS: list[tuple[str, str, set[str] | None]] = [
    ("Which line do you mean?", "line", None),
    ("What's the target speed?", "speed_per_h", None),
    ("How many parts per hour?", "speed_per_h", None),
    ("Which order?", "order", None),
    ("What quantity?", "quantity", None),
    ("What speed should line 2 run at?", "speed_per_h", None),
    ("How many parts per hour should line 2 run at?", "speed_per_h", None),
    ("Please tell me the new speed for line 3.", "speed_per_h", None),
    ("Could you give me the order number, please?", "order", None),
    ("What is the quantity of the order?", "quantity", None),
    ("How many brackets should I order on line 1?", "quantity", None),
    ("I need the line number to continue.", "line", None),
    ("Line number?", "line", None),
    ("Quantity, please.", "quantity", None),
    ("The order id is missing, which one is it?", "order", None),
    ("You did not say which line.", "line", None),
    ("Please provide speed_per_h.", "speed_per_h", None),
    ("What should the speed be?", "speed_per_h", None),
    ("What should the speed of line 2 be?", "speed_per_h", None),
    ("For which line?", "line", None),
    ("On which line should I look?", "line", None),
    ("Is it line 1, 2 or 3?", "line", None),
    ("Line 1, line 2 or line 3?", "line", None),
    ("To what value should I set the speed?", "speed_per_h", None),
    ("How fast should line 2 run?", "speed_per_h", None),
    ("Which one do you mean?", "line", None),
    ("Can you be more specific?", "order", None),
    ("What quantity of valves would you like to order?", "quantity", None),
    ("What new rate would you like for line 1?", "speed_per_h", None),
    ("I'm missing the target speed for line 2. What should it be?", "speed_per_h", None),
    ("Can you tell me which order this concerns?", "order", None),
    ("Which job should become urgent?", "order", None),
    ("What's the ID of the order you want to change to high priority?", "order", None),
    ("Please specify the number of parts for the order.", "quantity", None),
    ("What number of housings do you want?", "quantity", None),
    ("How big should the order be?", "quantity", None),
    ("Which production line would you like me to stop?", "line", None),
    ("To which speed, in parts per hour, should I set line 3?", "speed_per_h", None),
    ("What is the desired speed for line 2 in parts per hour?", "speed_per_h", None),
    ("Which line's status would you like to know?", "line", None),
    ("What line are you asking about?", "line", None),
    ("Could you let me know the line you are referring to?", "line", None),
    ("What is the line number, 1 to 3?", "line", None),
    ("I can do that, but I need to know how many flanges.", "quantity", None),
    ("And the speed?", "speed_per_h", None),
    ("Order number please?", "order", None),
    ("The line would be which?", "line", None),
    ("What's the number of the order?", "order", None),
    ("Target speed, 20 to 120 parts per hour: what should it be?", "speed_per_h", None),
    ("Please give the quantity (number of parts, 1 to 2000).", "quantity", None),
    ("By how much should I change the speed, or to what?", "speed_per_h", None),
    ("Should it go faster or slower, and to how many parts per hour?", "speed_per_h", None),
    ("What value do you have in mind?", "speed_per_h", None),
    ("Which line should I check for you?", "line", None),
    ("Can you specify the line?", "line", None),
    ("Do you mean order O-105 or O-106?", "order", None),
    ("What pace do you want on the second line?", "speed_per_h", None),
    ("At what speed shall the line run?", "speed_per_h", None),
    ("Set it to what speed?", "speed_per_h", None),
    ("Which of the lines?", "line", None),
    ("Name the line, please.", "line", None),
    ("Sorry, I don't know which line you are talking about. Could you say it?", "line", None),
    ("What is the line?", "line", None),
    ("What line number is it?", "line", None),
    ("Please enter the target speed in parts per hour.", "speed_per_h", None),
    ("How many parts should the order of valves on line 2 have?", "quantity", None),
    ("Could you tell me how many pieces you need?", "quantity", None),
    ("Which order should get the urgent priority?", "order", None),
    ("Which order do you want me to set to low priority?", "order", None),
    ("I can change the priority, but for which order?", "order", None),
    ("To change the speed I need a value in parts per hour.", "speed_per_h", None),
    ("Which line should be stopped?", "line", None),
    # several at once, and what the request had given
    ("Which line and what speed?", "speed_per_h", {"line", "speed_per_h"}),
    ("How many pieces do you need and on which line?", "quantity", {"quantity", "line"}),
    ("Which priority should order O-105 get?", "order", {"priority"}),
    ("In how many hours is it due and how many pieces?", "quantity", {"due_in_h", "quantity"}),
    ("Which product, how many and on which line?", "quantity", {"product", "quantity", "line"}),
    # no slot at all
    ("Shall I stop line 2?", "line", set()),
    ("Do you want me to set line 2 to 75 parts per hour?", "line", set()),
    ("Is there anything else I can do?", "line", set()),
    ("Should I go ahead?", "speed_per_h", set()),
]


def read(text: str, withheld: str) -> Question:
    return question_reader("production").read(text, {withheld}, {withheld})


def test_reasonable_questions_are_understood() -> None:
    assert len(PHRASINGS) >= 60
    wrong = [
        (text, read(text, slot).slots)
        for text, slot, asked in PHRASINGS
        if set(read(text, slot).slots) != ({slot} if asked is None else asked)
    ]
    assert len(wrong) <= 0.02 * len(PHRASINGS), wrong


SLOTS = [(scenario, slot) for scenario in SCENARIOS for slot in sorted(slots(scenario))]


@pytest.mark.parametrize(("scenario", "slot"), SLOTS)
def test_every_written_question_asks_for_its_slot(scenario: str, slot: str) -> None:
    for question in slots(scenario)[slot].questions:
        assert question_reader(scenario).read(question, {slot}, {slot}).slots == (slot,), question


def test_yes_no_and_closing_questions_are_told_apart() -> None:
    assert read("Shall I stop line 2?", "line").confirms
    assert read("Is there anything else I can do for you?", "line").closing
    assert not read("The weather is nice.", "line").understood


def test_a_vague_question_means_all_that_is_withheld() -> None:
    question = question_reader("production").read("Which one?", {"line", "order"}, {"order"})
    assert question.slots == ("order",)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_slot_that_a_user_knows_has_words(scenario: str) -> None:
    for task in templates(scenario):
        assert task.user.knows.keys() <= slots(scenario).keys()

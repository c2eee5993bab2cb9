"""A user torn between two values understands the ways in which an agent asks which of them holds."""

import pytest

from scenarios.catalog import question_reader


@pytest.mark.parametrize(
    "text",
    [
        "Which of the two powers is right?",
        "Which value is correct, 150 or 190 kW?",
        "Which is right, please?",
        "There are two figures in your request. Which figure holds?",
        "Which of these two should I take?",
    ],
)
def test_a_question_between_two_values_asks_for_what_is_torn(text: str) -> None:
    question = question_reader("energy").read(text, ("power_kw",), ("power_kw",))

    assert question.slots == ("power_kw",)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Which batch do you mean, and by how many hours should I delay it?", ("load", "hours")),
        ("Furnace or compressor, and how long?", ("load", "hours")),
        ("What delay should the batch have?", ("hours",)),
    ],
)
def test_a_batch_stands_for_its_load(text: str, asked: tuple[str, ...]) -> None:
    question = question_reader("energy").read(text, ("load", "hours"), ("load", "hours"))

    assert question.slots == asked


@pytest.mark.parametrize(
    "text",
    ["At which state of charge should I alert you?", "What counts as low, in percent?", "Below what percentage?"],
)
def test_a_charge_level_stands_for_the_limit(text: str) -> None:
    assert question_reader("energy").read(text, ("limit",), ("limit",)).slots == ("limit",)

"""What a verdict does not depend on: order of keys, how numbers are written, reads that nobody needed.

Each invariance is tested on the reference's own actions, which succeed, or on the same with one wrong number told,
which mostly fail: what is right must stay right and what is wrong must stay wrong.

- The order of keys: in the arguments of calls, and anywhere in a document but in `parameters`, which are drawn in
  their order. The instance is the same, and so is every check with its reason.
- Numbers in arguments: 4 or 4.0, where the tool takes both. ("4" is no number to the toolbox; it says so.)
- Numbers in what is told: 1050, 1050.0, 1,050, 1 050 (also with a no-break space), 12.50 for 12.5, and whole numbers
  from two to a hundred in words. Dates, times of day, ids and numbers of lines are no such numbers.
- Reads: a read that no check names, before everything or after the last act, against a `wait` as long as the read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.admission import sample
from scenarios.catalog import templates
from scenarios.episode import Episode
from scenarios.goals import Verdict
from scenarios.numerals import number_word
from scenarios.reference import ReferenceAgent
from scenarios.statements import Statement
from scenarios.task import TaskInstance, TaskTemplate
from tools_api.catalog import SCENARIOS, specs, toolbox
from tools_api.messages import AgentMessage, ToolCall

Action = ToolCall | AgentMessage
EVERY = [task for scenario in SCENARIOS for task in templates(scenario)]
FIRST_SEEDS = {"train": 0, "heldout": 300_000}
MODEST = settings(max_examples=12, deadline=None, derandomize=True)
SLOW_SEEDS = 3
READ_S = 2.0


def play(instance: TaskInstance, actions: Iterable[Action]) -> Verdict:
    episode = Episode(instance)
    for action in actions:
        if episode.over:
            break
        episode.step(action)
    assert episode.verdict is not None, f"{instance.task} {instance.seed} did not end"
    return episode.verdict


def passed(verdict: Verdict) -> list[tuple[str, bool]]:
    return [(check.kind, check.passed) for check in verdict.checks]


@cache
def made(scenario: str, task: str, seed: int) -> tuple[TaskInstance, tuple[Action, ...], tuple[Action, ...]]:
    """The instance, the reference's actions after a pause as long as a read, and the same with wrong numbers told."""
    instance = next(one for one in EVERY if (one.scenario, one.id) == (scenario, task)).instance(seed)
    agent, episode = ReferenceAgent(instance), Episode(instance)
    pause = ToolCall(name="wait", arguments={"seconds": READ_S})
    actions: list[Action] = [pause]
    episode.step(pause)
    while not episode.over:
        actions.append(agent.act(episode.observation))
        episode.step(actions[-1])
    return instance, tuple(actions), tuple(wrong(action) for action in actions)


def wrong(action: Action) -> Action:
    """Tell another number: the first one that has something to it."""
    if not isinstance(action, AgentMessage) or action.expects_reply:
        return action
    spans = figures(action.text)
    if not spans:
        return action
    start, end = spans[0]
    other = f"{float(action.text[start:end]) * 3 + 41:g}"
    return action.model_copy(update={"text": action.text[:start] + other + action.text[end:]})


def figures(text: str) -> list[tuple[int, int]]:
    """Where a text tells numbers in digits, as the verdict reads it; parts of dates are none."""
    spans = [(s.numeral.start, s.numeral.end) for s in Statement(text).numbers if not s.numeral.in_words]
    return [
        (start, end)
        for start, end in spans
        if re.fullmatch(r"\d+(?:\.\d+)?", text[start:end])
        and not re.match(r"[-/:]\w|\w", text[end:])
        and not re.search(r"\d[-/:t]$", text[:start].lower())
    ]


def rewritten(action: Action, write: Callable[[str], str]) -> Action:
    if not isinstance(action, AgentMessage) or action.expects_reply:
        return action
    text = action.text
    for start, end in reversed(figures(text)):
        text = text[:start] + write(text[start:end]) + text[end:]
    return action.model_copy(update={"text": text})


def grouped(mark: str) -> Callable[[str], str]:
    def write(number: str) -> str:
        whole, dot, rest = number.partition(".")
        return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", mark, whole) + dot + rest

    return write


WAYS: dict[str, Callable[[str], str]] = {
    "decimals": lambda number: f"{number}0" if "." in number else f"{number}.0",
    "commas": grouped(","),
    "spaces": grouped(" "),
    "no-break spaces": grouped("\u00a0"),
    "words": lambda number: number_word(int(number)) if number.isdigit() and 1 < int(number) <= 100 else number,
}


def numbers_are_numbers(task: TaskTemplate, seed: int, random: Random) -> None:
    instance, right, false = made(task.scenario, task.id, seed)
    for actions in random.sample((right, false), 1):
        if not any(figures(action.text) for action in actions if isinstance(action, AgentMessage)):
            continue
        before = play(instance, actions)
        for name in random.sample(sorted(WAYS), 1):
            after = play(instance, [rewritten(action, WAYS[name]) for action in actions])
            assert passed(after) == passed(before), (task.id, seed, name, actions[-1], after)


def arguments_are_numbers(task: TaskTemplate, seed: int, random: Random) -> None:
    instance, right, false = made(task.scenario, task.id, seed)
    box = toolbox(task.scenario, instance.plant())
    for actions in random.sample((right, false), 1):
        again = [retyped(action, box.check) for action in actions]
        assert passed(play(instance, again)) == passed(play(instance, actions)), (task.id, seed, again)


def retyped(action: Action, refusal: Callable[[ToolCall], Any]) -> Action:
    if not isinstance(action, ToolCall):
        return action
    for name, value in action.arguments.items():
        if isinstance(value, int) and not isinstance(value, bool):
            other: float = float(value)
        elif isinstance(value, float) and value.is_integer():
            other = int(value)
        else:
            continue
        changed = action.model_copy(update={"arguments": {**action.arguments, name: other}})
        if refusal(changed) is None:
            action = changed
    return action


def keys_have_no_order(task: TaskTemplate, seed: int, random: Random) -> None:
    instance, right, false = made(task.scenario, task.id, seed)
    again = TaskTemplate.model_validate(shuffled(task.model_dump(by_alias=True), random)).instance(seed)
    assert again == instance
    for actions in random.sample((right, false), 1):
        turned = [
            action.model_copy(update={"arguments": dict(reversed(action.arguments.items()))})
            if isinstance(action, ToolCall)
            else action
            for action in actions
        ]
        before = play(instance, actions)
        assert play(instance, turned) == before
        assert play(again, turned) == before
    # The reference asks for two things in the order of its arguments; what comes of it is the same.
    assert passed(by_reference(again)) == passed(by_reference(instance))


def by_reference(instance: TaskInstance) -> Verdict:
    agent, episode = ReferenceAgent(instance), Episode(instance)
    while not episode.over:
        episode.step(agent.act(episode.observation))
    assert episode.verdict is not None
    return episode.verdict


def shuffled(value: Any, random: Random, *, keep: bool = False) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        if not keep:
            random.shuffle(items)
        return {name: shuffled(part, random, keep=name == "parameters") for name, part in items}
    return [shuffled(part, random) for part in value] if isinstance(value, list | tuple) else value


def reads_change_nothing(task: TaskTemplate, seed: int, random: Random) -> None:
    instance, right, false = made(task.scenario, task.id, seed)
    choices = reads(instance, right)
    acts = {spec.name for spec in specs(task.scenario) if spec.mutates}
    last = max((n for n, one in enumerate(right) if isinstance(one, ToolCall) and one.name in acts), default=0)
    for actions in random.sample((right, false), 1):
        pause = actions[0]
        for read in random.sample(choices, min(1, len(choices))):
            first = play(instance, [read, *actions[1:]])
            assert passed(first) == passed(play(instance, actions)), (task.id, seed, "first", read, first)
            place = random.randint(last + 1, len(actions) - 1)
            paused = play(instance, [*actions[1:place], pause, *actions[place:]])
            later = play(instance, [*actions[1:place], read, *actions[place:]])
            assert passed(later) == passed(paused), (task.id, seed, place, read, later, paused)


def reads(instance: TaskInstance, actions: Sequence[Action]) -> list[ToolCall]:
    """Reads that cost as much as the pause, that the plant answers, and that no check names."""
    named = set(words_in([check.model_dump() for check in instance.checks]))
    known = {**instance.user.knows, **instance.parameters}
    found = [action for action in actions if isinstance(action, ToolCall)]
    for spec in specs(instance.scenario):
        wanted = [parameter for parameter in spec.parameters if parameter.required]
        arguments = {p.name: known.get(p.name, p.choices[-1] if p.choices else 2) for p in wanted}
        found.append(ToolCall(name=spec.name, arguments=arguments))
    box = toolbox(instance.scenario, instance.plant())
    return [
        call
        for call in found
        if call.name not in named
        and not (spec := box.specs[call.name]).mutates
        and (spec.duration_s, spec.duration_argument, spec.duration_field) == (READ_S, None, None)
        and box.peek(call).ok
    ]


def words_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from words_in(part)


PROPERTIES = (numbers_are_numbers, arguments_are_numbers, keys_have_no_order, reads_change_nothing)
Property = Callable[[TaskTemplate, int, Random], None]


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_a_verdict_depends_on_nothing_else(holds: Property) -> None:
    @MODEST
    @given(st.sampled_from(EVERY), st.integers(0, 63), st.randoms(use_true_random=False))
    def check(task: TaskTemplate, offset: int, random: Random) -> None:
        holds(task, FIRST_SEEDS[task.split] + offset, random)

    check()


@pytest.mark.slow
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_verdict_of_any_task_depends_on_anything_else(scenario: str, holds: Property) -> None:
    for task in templates(scenario):
        for instance in sample(task, SLOW_SEEDS):
            for turn in range(3):
                holds(task, instance.seed, Random(f"{task.id}/{instance.seed}/{turn}"))


def test_only_what_is_claimed_is_a_number() -> None:
    assert [s.numeral.value for s in Statement("It is 1.05 thousand kWh.").numbers] == [1.05]
    for text in ("1050 kWh", "1050.0 kWh", "1,050 kWh", "1 050 kWh", "1\u00a0050 kWh", "1\u202f050.0 kWh"):
        assert [s.numeral.value for s in Statement(text).numbers] == [1050.0], text
    assert [s.numeral.value for s in Statement("12 100 kWh, 5 20, L1 100, 2026 100").numbers][:2] == [12100.0, 5.0]

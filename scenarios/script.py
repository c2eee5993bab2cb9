"""What a teacher knows of an instance: the compiled plan, and what belongs into each of its steps as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, Literal

from scenarios.catalog import slots
from scenarios.compile import ScriptStep, compile_steps
from scenarios.rendering import ERROR, USER, Placeholder, fill
from scenarios.steps import Ask, Call, Say, Until
from scenarios.task import TaskInstance

Outputs = Mapping[str, Mapping[str, Any]]
"""What each saved name stands for so far: the data of the answer."""


def compile_plan(instance: TaskInstance, *, revised: bool = False) -> str:
    """Write an instance's reference in the plan language, one step a line, the branches not taken included.

    `revised` asks for the plan after the user's change of mind.
    """
    return "\n".join(str(step) for step in compile_steps(instance.revised if revised else instance.reference))


class OracleScript:
    """The reference of one instance, step by step of its plan; steps are counted from 1 as in the plan.

    Below, `outputs` maps a saved name to the data that its step brought, `told` a slot to what the user said it is,
    and `error` is the message of the last refusal. The words vary with the instance's seed alone, among the first
    `phrasings` ways to say each thing, or all of them. `revised` takes the way after the user's change of mind.
    """

    def __init__(self, instance: TaskInstance, phrasings: int | None = None, *, revised: bool = False) -> None:
        self.instance = instance
        self.phrasings = phrasings
        self.steps = compile_steps(instance.revised if revised else instance.reference)

    @property
    def plan_text(self) -> str:
        """The whole plan in the plan language."""
        return "\n".join(str(step) for step in self.steps)

    def step(self, number: int) -> ScriptStep:
        """Give a step. Raises `IndexError` for a number that is not in the plan."""
        if not 1 <= number <= len(self.steps):
            raise IndexError(f"step {number} is not in the plan; it has steps 1..{len(self.steps)}")
        return self.steps[number - 1]

    def kind(self, number: int) -> Literal["tool", "tell", "ask"]:
        """Give what a step does."""
        return self.step(number).kind

    def tool(self, number: int) -> str | None:
        """Give the tool of a tool step; None for a dialog step."""
        return self.step(number).tool

    def save_name(self, number: int) -> str | None:
        """Give the name that a step's output goes by in `outputs`; None when nothing refers to it."""
        return self.step(number).save

    def arguments(self, number: int, outputs: Outputs, told: Mapping[str, Any]) -> dict[str, Any]:
        """Give the arguments of a tool step; None for what is not known yet."""
        step = self.step(number)
        if step.waits and isinstance(step.origin, Until):
            return {"seconds": step.origin.every_s}
        if not isinstance(step.origin, Call | Until):
            raise ValueError(f"step {number} calls no tool: {step}")
        return step_arguments(step.origin, outputs, told)

    def missing(self, number: int, told: Mapping[str, Any]) -> tuple[str, ...]:
        """Give the slots that a tool step still needs from the user."""
        origin = self.step(number).origin
        return missing_slots(origin, told) if isinstance(origin, Call | Until) else ()

    def question(self, wanted: Iterable[str]) -> str:
        """Ask for slots, as a good agent would."""
        return ask_for(self.instance, wanted, self.phrasings)

    def facts(self, number: int, outputs: Outputs, error: str = "") -> dict[str, Any]:
        """Give what a tell step has to convey, by the reference's names for it; only what is known."""
        origin = self.step(number).origin
        names = origin.facts if isinstance(origin, Say) else ()
        found = {name: fill(f"{{{name}}}", lambda place: _known(place, outputs, {}, error)) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def utterance(self, number: int, outputs: Outputs, told: Mapping[str, Any], error: str = "") -> str:
        """Give the words of a dialog step: one of the reference's texts, its placeholders filled as far as known."""
        origin = self.step(number).origin
        if not isinstance(origin, Say | Ask):
            raise ValueError(f"step {number} says nothing: {self.step(number)}")
        return words_for(self.instance, origin, outputs, told, error, self.phrasings)


def step_arguments(step: Call | Until, outputs: Outputs, told: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments of a reference step; None for what is not known yet."""
    filled: dict[str, Any] = fill(step.arguments, lambda place: _known(place, outputs, told, ""))
    return filled


def missing_slots(step: Call | Until, told: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the slots that a reference step needs from the user and has not got, in the order of its arguments."""
    wanted: list[str] = []

    def note(place: Placeholder) -> Any:
        if place.name == USER and place.field is not None and place.field not in told and place.field not in wanted:
            wanted.append(place.field)

    fill(step.arguments, note)
    return tuple(wanted)


def words_for(
    instance: TaskInstance,
    step: Say | Ask,
    outputs: Outputs,
    told: Mapping[str, Any],
    error: str = "",
    phrasings: int | None = None,
) -> str:
    """Give the words of a reference step; a variant by the instance's seed."""
    if isinstance(step, Ask) and not step.texts:
        return ask_for(instance, [step.ask], phrasings)
    what = step.ask if isinstance(step, Ask) else step.say
    text = Random(f"{instance.task}/{instance.seed}/{what}").choice(step.texts[:phrasings])
    return str(fill(f"{text}\0", lambda place: _known(place, outputs, told, error))).removesuffix("\0")


def ask_for(instance: TaskInstance, wanted: Iterable[str], phrasings: int | None = None) -> str:
    """Ask for slots in one message; a variant by the instance's seed."""
    table = slots(instance.scenario)
    asked = []
    for slot in wanted:
        questions = table[slot].questions if slot in table else (f"What is the {slot.replace('_', ' ')}?",)
        asked.append(Random(f"{instance.task}/{instance.seed}/{slot}").choice(questions[:phrasings]))
    return " ".join(asked)


def _known(place: Placeholder, outputs: Outputs, told: Mapping[str, Any], error: str) -> Any:
    if place.field is None:
        return error or None if place.name == ERROR else None
    source = told if place.name == USER else outputs.get(place.name, {})
    return source.get(place.field)

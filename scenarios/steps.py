"""The reference of a task: a neutral tree of steps that fulfils the request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator

from scenarios.conditions import parse_condition
from scenarios.document import Arguments, Document, tag_by_key
from scenarios.numerals import plain

Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
Spoken = Annotated[str, BeforeValidator(lambda value: plain(value) if isinstance(value, int | float) else value)]
"""Words; a text that is nothing but `{speed}` becomes the number in words' place."""
Phrase = Annotated[Spoken, Field(min_length=1, pattern=r"^[^\n*<>]+$")]
Texts = Annotated[tuple[Spoken, ...], Field(min_length=1)]


class Call(Document):
    """Use a tool. `save` names its output for later steps; `if_error` is what to do when it is refused, and the end."""

    tag: ClassVar[str] = "call"
    call: str
    do: Phrase
    arguments: Arguments = Field(default_factory=dict)
    save: Name | None = None
    if_error: tuple[Step, ...] = ()


class Say(Document):
    """Tell the user something: what (`say`), which facts, and how a good answer reads."""

    tag: ClassVar[str] = "say"
    say: Phrase
    facts: tuple[str, ...] = ()
    texts: Texts


class Ask(Document):
    """Ask the user for a slot, whatever happens."""

    tag: ClassVar[str] = "ask"
    ask: Name
    do: Phrase
    texts: tuple[Spoken, ...] = ()


class When(Document):
    """Go one way or the other, by a field of an earlier output."""

    tag: ClassVar[str] = "when"
    when: str
    then: Annotated[tuple[Step, ...], Field(min_length=1)]
    otherwise: Annotated[tuple[Step, ...], Field(alias="else")] = ()

    _readable = field_validator("when")(lambda text: _condition(text))


class Until(Document):
    """Call a tool every `every_s` seconds, at most `at_most` times, until its output is so; then or otherwise go on."""

    tag: ClassVar[str] = "until"
    until: str
    every_s: Annotated[float, Field(ge=1, le=3600)]
    at_most: Annotated[int, Field(ge=1)]
    call: str
    do: Phrase
    arguments: Arguments = Field(default_factory=dict)
    save: Name
    then: tuple[Step, ...] = ()
    otherwise: tuple[Step, ...] = ()

    _readable = field_validator("until")(lambda text: _condition(text))


Step = Annotated[
    Annotated[Until, Tag("until")]
    | Annotated[When, Tag("when")]
    | Annotated[Call, Tag("call")]
    | Annotated[Ask, Tag("ask")]
    | Annotated[Say, Tag("say")],
    Discriminator(tag_by_key(("until", "when", "call", "ask", "say"))),
]
AnyStep = Call | Say | Ask | When | Until

for _model in (Call, When, Until):
    _model.model_rebuild()


def branches(step: AnyStep) -> tuple[tuple[AnyStep, ...], ...]:
    """Give the step lists that a step may lead into."""
    if isinstance(step, Call):
        return (step.if_error,)
    if isinstance(step, When | Until):
        return (step.then, step.otherwise)
    return ()


def walk(steps: tuple[AnyStep, ...]) -> Iterator[AnyStep]:
    """Go through a tree, each step before its branches."""
    for step in steps:
        yield step
        for branch in branches(step):
            yield from walk(branch)


def _condition(text: str) -> str:
    parse_condition(text)
    return text

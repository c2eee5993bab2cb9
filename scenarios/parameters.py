"""The parameters of a task: how an instance draws their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag, model_validator

from scenarios.conditions import parse_condition, same
from scenarios.document import Arguments, Document, Value, tag_by_key
from scenarios.rendering import render

Look = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Reads the warmed-up plant: tool name and arguments to data; raises `NothingThere` when the tool says no."""


MOST_VALUES = 10_000
"""Values that a range may have."""


class NothingThereError(Exception):
    """The plant of this seed offers no value for a parameter; the instance moves on to another."""


class ToolFact(Document):
    """A field of a tool's answer."""

    tool: str
    arguments: Arguments = Field(default_factory=dict)
    field: str


class Only(Document):
    """Something that must be so in the warmed-up plant; the arguments may name the parameter that is drawn."""

    tool: str
    arguments: Arguments = Field(default_factory=dict)
    where: str

    @model_validator(mode="after")
    def _readable(self) -> Only:
        parse_condition(self.where)
        return self


class Choice(Document):
    """One of some values, all equally likely; `"{worse}"` is the value of a parameter drawn before.

    `not` names a parameter (or several) drawn before whose value is left out, `not_tool` a value that the plant shows;
    `only` keeps the values for which something is so in the plant.
    """

    tag: ClassVar[str] = "choice"
    choice: Annotated[tuple[Value, ...], Field(min_length=1)]
    excluded: Annotated[str | tuple[str, ...], Field(alias="not")] = ()
    not_tool: ToolFact | None = None
    only: Only | None = None
    say: dict[Value, str] = Field(default_factory=dict)

    def draw(self, name: str, random: Random, drawn: Mapping[str, Any], look: Look) -> Any:
        """Draw a value. Raises `NothingThereError` when all are left out."""
        given = render(self.choice, drawn, {})
        values = [value for value in given if self._fits(name, value, drawn, look)]
        return _choose(values, self.excluded, self.not_tool, random, drawn, look)

    def _fits(self, name: str, value: Value, drawn: Mapping[str, Any], look: Look) -> bool:
        if self.only is None:
            return True
        known = {**drawn, name: value}
        seen = look(self.only.tool, render(self.only.arguments, known, {}))
        return parse_condition(str(render(self.only.where, known, {}))).holds(seen.__getitem__)


class Range(Document):
    """A number low, low + step, ... up to high, all equally likely; `not` and `not_tool` as for a choice."""

    tag: ClassVar[str] = "range"
    range: tuple[int | float, int | float, int | float]
    excluded: Annotated[str | tuple[str, ...], Field(alias="not")] = ()
    not_tool: ToolFact | None = None
    say: dict[Value, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        low, high, step = self.range
        if not (low <= high and step > 0):
            raise ValueError(f"range [{low}, {high}, {step}] must be [low, high, step] with low <= high and step > 0")
        if not (high - low) / step < MOST_VALUES:
            raise ValueError(f"range [{low}, {high}, {step}] has more than {MOST_VALUES} values; take a greater step")
        return self

    def values(self) -> list[Value]:
        """Give all values, whole numbers as integers when low and step are."""
        low, high, step = self.range
        return [round(low + step * index, 6) for index in range(int((high - low) / step + 1e-9) + 1)]

    def draw(self, name: str, random: Random, drawn: Mapping[str, Any], look: Look) -> Any:  # noqa: ARG002 - all draw alike
        """Draw a number. Raises `NothingThereError` when all are left out."""
        return _choose(self.values(), self.excluded, self.not_tool, random, drawn, look)


class Source(Document):
    """Records in a tool's answer: `where` (all parts joined by `and` hold) keeps some, `field` is the value wanted."""

    tool: str
    arguments: Arguments = Field(default_factory=dict)
    records: str
    field: str
    where: str | None = None

    @model_validator(mode="after")
    def _readable(self) -> Source:
        for part in (self.where or "").split(" and ") if self.where else ():
            parse_condition(part)
        return self


class Pick(Document):
    """A value that the warmed-up plant of the seed really has, such as the id of a queued order."""

    tag: ClassVar[str] = "pick"
    pick: Source
    excluded: Annotated[str | tuple[str, ...], Field(alias="not")] = ()
    say: dict[Value, str] = Field(default_factory=dict)

    def draw(self, name: str, random: Random, drawn: Mapping[str, Any], look: Look) -> Any:  # noqa: ARG002 - all draw alike
        """Draw a record's value. Raises `NothingThereError` when the plant has no such record."""
        source = self.pick
        data = look(source.tool, render(source.arguments, drawn, {}))
        where = "" if source.where is None else str(render(source.where, drawn, {}))
        parts = [parse_condition(part) for part in where.split(" and ") if part]
        found = [
            record[source.field]
            for record in data[source.records]
            if all(part.holds(record.__getitem__) for part in parts)
        ]
        return _choose(found, self.excluded, None, random, drawn, look)


Parameter = Annotated[
    Annotated[Choice, Tag("choice")] | Annotated[Range, Tag("range")] | Annotated[Pick, Tag("pick")],
    Discriminator(tag_by_key(("choice", "range", "pick"))),
]


def draw_parameters(
    parameters: Mapping[str, Choice | Range | Pick], random: Random, look: Look
) -> tuple[dict[str, Any], dict[str, str]]:
    """Draw all parameters in their order; give their values and the words for them, where a parameter has words."""
    values: dict[str, Any] = {}
    sayings: dict[str, str] = {}
    for name, parameter in parameters.items():
        values[name] = parameter.draw(name, random, values, look)
        if values[name] in parameter.say:
            sayings[name] = parameter.say[values[name]]
    return values, sayings


def _choose(
    values: list[Any],
    excluded: str | tuple[str, ...],
    not_tool: ToolFact | None,
    random: Random,
    drawn: Mapping[str, Any],
    look: Look,
) -> Any:
    names = (excluded,) if isinstance(excluded, str) else excluded
    unwanted = [drawn[name] for name in names]
    if not_tool is not None:
        unwanted.append(look(not_tool.tool, render(not_tool.arguments, drawn, {}))[not_tool.field])
    left = [value for value in values if not any(same(value, other) for other in unwanted)]
    if not left:
        raise NothingThereError("no value is left to choose from")
    return left[random.randrange(len(left))]

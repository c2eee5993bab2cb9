"""The checks of a task: what must be so when the agent says that it is done."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from scenarios.conditions import parse_condition
from scenarios.document import Document, Value
from scenarios.parameters import ToolFact

When = bool | str
"""Whether something counts, after the instance's parameters are put in: `{faulty}`, `not {faulty}`, `{late} == yes`."""


class FromResult(Document):
    """A value that only the episode brings: a field of the last accepted call of a tool."""

    tool: str
    field: str


CheckArguments = dict[str, Value | FromResult]


class Fact(Document):
    """Something that can be read: a field of a tool's answer about the thing that the arguments name.

    `unit` and `tolerance` say how a number may be told, beyond the field's own unit and honest rounding; `say` maps a
    value to further words for it.
    """

    tool: str
    arguments: CheckArguments = Field(default_factory=dict)
    field: str
    unit: str | None = None
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    say: dict[Value, str | tuple[str, ...]] = Field(default_factory=dict)


class Seen(Document):
    """Something that was so for the agent: as it first read it, or, if it never looked, as it was at the request.

    `also` is something else that must have been so as well.
    """

    tool: str
    arguments: CheckArguments = Field(default_factory=dict)
    where: str
    also: Seen | None = None

    @field_validator("where")
    @classmethod
    def _readable(cls, where: str) -> str:
        parse_condition(where)
        return where


class Check(Document):
    """Base of the checks. One whose `when` is not so does not count."""

    when: When | Seen = True


class Rival(ToolFact):
    """A thing that is compared with others: the words that name it (`line 2`) and the fact about it."""

    name: str


class State(Check):
    """The final plant, as a tool sees it: a condition holds, or a field is as it would be had nobody acted."""

    kind: Literal["state"]
    tool: str
    arguments: CheckArguments = Field(default_factory=dict)
    where: str | None = None
    field: str | None = None
    unchanged: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> State:
        if self.where is not None:
            parse_condition(self.where)
        if (self.where is None) != (self.field is not None and self.unchanged):
            raise ValueError("a state check has either 'where' or both 'field' and 'unchanged: true'")
        return self


class Called(Check):
    """How often a tool was used with arguments that include these.

    `at_least` counts calls that were accepted, `at_most` those that reached the plant, also when it refused.
    """

    kind: Literal["called"]
    tool: str
    arguments: CheckArguments = Field(default_factory=dict)
    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Called:
        if self.at_least == 0 and self.at_most is None:
            raise ValueError("a called check needs at_least, at_most or both")
        return self


class Order(Check):
    """These tools were used, accepted, in this order; others may come between."""

    kind: Literal["order"]
    tools: Annotated[tuple[str, ...], Field(min_length=2)]


class Reported(Check):
    """The user was told the fact, as it was read in the episode, and nothing that contradicts it."""

    kind: Literal["reported"]
    fact: Fact


class Compared(Check):
    """The user was told which of several things is ahead: the one with the greatest (or least) fact, as read."""

    kind: Literal["compared"]
    among: Annotated[tuple[Rival, ...], Field(min_length=2)]
    ahead: Literal["highest", "lowest"] = "highest"


class Refused(Check):
    """The tool was never used with success; the user was told that it was not done and why.

    Each of `reasons` is a number, or the beginning of a word, that tells the true reason; one is enough.
    """

    kind: Literal["refused"]
    tool: str
    reasons: Annotated[tuple[str, ...], Field(min_length=1)]


class Asked(Check):
    """The user was asked for the slot, and for none that the request gave or the task does not have."""

    kind: Literal["asked"]
    slot: str


class Never(Check):
    """No journal entry of this kind (and subject) since the request."""

    kind: Literal["never"]
    event: str
    subject: str | None = None


class Untouched(Check):
    """No command was accepted but those of the reference."""

    kind: Literal["untouched"]


class Kpi(Check):
    """A figure is better than in the plant of the same seed and time to which nobody did anything, by `at_least`."""

    kind: Literal["kpi"]
    tool: str
    arguments: CheckArguments = Field(default_factory=dict)
    field: str
    better: Literal["higher", "lower"] = "higher"
    at_least: float = 0.0


AnyCheck = Annotated[
    State | Called | Order | Reported | Compared | Refused | Asked | Never | Untouched | Kpi,
    Field(discriminator="kind"),
]


class CheckResult(Document):
    """One check of one episode: its kind, whether it passed, and why."""

    kind: str
    passed: bool
    reason: str


class Verdict(Document):
    """What became of an episode. `score` is the share of checks passed; `ungraded` episodes score 0 and count apart."""

    outcome: Literal["success", "failure", "ungraded"]
    score: Annotated[float, Field(ge=0, le=1)]
    checks: tuple[CheckResult, ...] = ()


UNGRADED = Verdict(outcome="ungraded", score=0.0)

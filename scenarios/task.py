"""A task: what a user may want of a plant, in many worlds and words, and how to tell whether it was done."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from scenarios.conditions import is_so
from scenarios.document import Document, Value, problems_of
from scenarios.goals import AnyCheck
from scenarios.parameters import NothingThereError, Parameter, draw_parameters
from scenarios.rendering import USER, placeholders, render
from scenarios.seeds import SPLITS, Split, plant_seed, split_of
from scenarios.steps import Step
from scenarios.warm import build_plant, look_at
from scenarios.world import LONGEST_S, World
from twin.core import Twin
from twin.errors import TwinError

ATTEMPTS = 64
"""Plants that an instance tries until one has what its parameters pick."""


Trait = Literal["two_goals", "infeasible", "must_not_act"]
"""What makes a task special and does not follow from its reference; `scenarios.difficulty` finds the other traits."""

REPLY = "reply"
"""The moment of a change of mind that is no tool: the first answer to the agent."""


class Change(Document):
    """A change of mind in mid-dialogue: after what it comes, and the ways to say it.

    `after` names a tool: it is said with the first result of that tool, accepted or refused; or it is `reply`: it is
    said in place of the answer to the agent's first question.
    """

    after: str
    says: dict[Split, tuple[str, ...]]


class SpokenChange(Document):
    """The change of mind of one instance: after what it comes, and what is said."""

    after: str
    text: str


class UserProfile(Document):
    """What the user knows and tells only when asked, by slot, and whether they say yes when asked to confirm.

    `torn` are the known slots about which the request contradicts itself: it names the right value and a wrong one.
    """

    knows: dict[str, Value] = Field(default_factory=dict)
    confirms: bool = True
    torn: tuple[str, ...] = ()


class TemplateUser(UserProfile):
    """The user of a task document, who may also change their mind."""

    changes: Change | None = None


class TaskInstance(Document):
    """One task in one world with one wording: all parameters put in; what the episode brings is still open.

    `spoken` gives the words for a known slot where its value has some; `withheld` are the slots that the request
    leaves out (or is torn about) and the reference needs; `revised` is what is to be done after the change of mind.
    """

    task: str
    scenario: str
    family: str
    split: Split
    seed: int
    plant_seed: int
    request: str
    parameters: dict[str, Value]
    world: World
    user: UserProfile
    spoken: dict[str, str] = Field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    reference: tuple[Step, ...]
    change: SpokenChange | None = None
    revised: tuple[Step, ...] = ()
    checks: tuple[AnyCheck, ...]
    judge_after_s: float = 0.0

    def plant(self) -> Twin:
        """Build the plant as the user finds it when the request is made; each call gives one of its own."""
        return build_plant(self.scenario, self.plant_seed, self.world)


class TaskTemplate(Document):
    """A task document. One template makes as many instances as its split has seeds.

    When the user changes their mind, `reference` is the way to the first wish and `revised` the whole way to the new
    one, from the change on.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    scenario: str
    family: str
    split: Literal["train", "heldout"] = "train"
    world: World = Field(default_factory=World)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    wordings: dict[Split, tuple[str, ...]]
    traits: tuple[Trait, ...] = ()
    user: TemplateUser = Field(default_factory=TemplateUser)
    reference: Annotated[tuple[Step, ...], Field(min_length=1)]
    revised: tuple[Step, ...] = ()
    checks: Annotated[tuple[AnyCheck, ...], Field(min_length=1)]
    judge_after: Annotated[float, Field(ge=0, le=LONGEST_S)] = 0.0

    @field_validator("wordings")
    @classmethod
    def _some(cls, wordings: dict[Split, tuple[str, ...]]) -> dict[Split, tuple[str, ...]]:
        empty = [split for split, texts in wordings.items() if not texts]
        if empty or not wordings:
            raise ValueError(f"a task needs at least one wording for {', '.join(empty) or 'train'}")
        return wordings

    def instance(self, seed: int, split: Split | None = None, request: str | None = None) -> TaskInstance:
        """Make the instance of a seed; the seed fixes parameters, plant, wording and the user's words.

        `split` may be left out: it follows from the seed; `request` puts other words in place of the template's.
        Raises `ValueError` when the seed belongs to another split, when the template has no words for the split, or
        when none of the plants tried has what the parameters pick.
        """
        home = split_of(seed)
        if split is not None and split != home:
            first, last = SPLITS[split]
            raise ValueError(f"seed {seed} belongs to split {home!r}; split {split!r} has seeds {first}..{last}")
        if request is None:
            wordings = self.words(home)
            wording = wordings[seed % len(wordings)]
        for attempt in range(ATTEMPTS):
            # Words such as these seed the generator through SHA-512: the same everywhere, apart for every task.
            random = Random(f"{self.scenario}/{self.id}/{seed}/{attempt}")
            plant = plant_seed(seed, attempt)
            try:
                values, sayings = draw_parameters(self.parameters, random, look_at(self.scenario, plant, self.world))
                if request is None:
                    request = str(render(wording, values, sayings))
                return self._bind(seed, plant, request, values, sayings)
            except NothingThereError:
                continue
            except ValidationError as error:
                raise ValueError("; ".join(problems_of(error, f"task {self.id!r}, seed {seed}"))) from error
            except (ValueError, TwinError) as error:
                raise ValueError(f"task {self.id!r}, seed {seed}: {error}") from error
        raise ValueError(
            f"task {self.id!r} finds nothing to pick in {ATTEMPTS} plants from seed {seed} on; "
            "warm up longer or loosen the pick"
        )

    def speaks(self, split: Split) -> bool:
        """Whether the task has words for a split."""
        return split in self.wordings or (split == "heldout" and self.split == "heldout")

    def words(self, split: Split) -> tuple[str, ...]:
        """Give the wordings of a split; held-out tasks speak their test words, or the best they have.

        Raises `ValueError` when there are none.
        """
        found = _of_split(self.wordings, split)
        if not found:
            raise ValueError(f"task {self.id!r} has no wordings for split {split!r}; it has {', '.join(self.wordings)}")
        return found

    def _bind(
        self, seed: int, plant: int, request: str, values: dict[str, Any], sayings: dict[str, str]
    ) -> TaskInstance:
        def bound(part: Any) -> Any:
            return render(part, values, sayings)

        checks = [bound(check.model_dump(by_alias=True)) for check in self.checks]
        reference = [step.model_dump(by_alias=True) for step in self.reference]
        revised = [step.model_dump(by_alias=True) for step in self.revised]
        world = bound(self.world.model_dump())
        world["commands"] = [command for command in world["commands"] if is_so(command["when"])]
        world["faults"] = [fault for fault in world["faults"] if is_so(fault["when"])]
        return TaskInstance.model_validate(
            {
                "task": self.id,
                "scenario": self.scenario,
                "family": self.family,
                "split": split_of(seed),
                "seed": seed,
                "plant_seed": plant,
                "request": request,
                "parameters": values,
                "world": world,
                "user": bound(self.user.model_dump(exclude={"changes"})),
                "spoken": {
                    slot: sayings[name]
                    for slot, value in self.user.knows.items()
                    for name in sayings
                    if value == f"{{{name}}}"
                },
                "withheld": sorted({p.field for p in placeholders([reference, revised]) if p.name == USER and p.field}),
                "reference": bound(reference),
                "change": self._changed(seed, values, sayings),
                "revised": bound(revised),
                "checks": [check for check in checks if isinstance(check["when"], dict) or is_so(check["when"])],
                "judge_after_s": self.judge_after,
            }
        )

    def _changed(self, seed: int, values: dict[str, Any], sayings: dict[str, str]) -> dict[str, str] | None:
        changes = self.user.changes
        if changes is None:
            return None
        ways = _of_split(changes.says, split_of(seed))
        if not ways:
            raise ValueError(f"task {self.id!r} has no words for the change of mind in split {split_of(seed)!r}")
        # All ways to ask meet all ways to change one's mind.
        way = ways[seed // len(self.words(split_of(seed))) % len(ways)]
        return {"after": changes.after, "text": str(render(way, values, sayings))}


def _of_split(words: Mapping[Split, tuple[str, ...]], split: Split) -> tuple[str, ...]:
    """Give the words for a split; for held-out ones the best there are."""
    fallbacks: tuple[Split, ...] = ("heldout", "test", "validation", "train") if split == "heldout" else (split,)
    return next((words[name] for name in fallbacks if name in words), ())

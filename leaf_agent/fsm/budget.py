"""How long one request may go on: one budget for everything that can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Resource = Literal["transitions", "model_calls", "tool_calls", "replies", "replans"]
RESOURCES: Final[tuple[Resource, ...]] = get_args(Resource)

SAYING: Final[dict[Resource, str]] = {
    "transitions": "it took more than {limit} steps of work",
    "model_calls": "it took more than {limit} turns of thought",
    "tool_calls": "it took more than {limit} tool calls",
    "replies": "it took more than {limit} answers from you",
    "replans": "the plan had been changed {limit} times already",
}
# One model call and two transitions are kept for the last message to the user.
_LEAST: Final = {"replies": 0, "replans": 0, "tool_calls": 0, "transitions": 8, "model_calls": 2}


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one request (DESIGN §5), all counts.

    `transitions` counts changes of state; `asks` holds for each parameter and for each question of a plan. Raises
    `ValueError` for a bound that leaves no room for the last message.
    """

    plan_steps: int = 20
    transitions: int = 80
    model_calls: int = 40
    tool_calls: int = 25
    replies: int = 6
    replans: int = 1
    asks: int = 2

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            least = _LEAST.get(name, 1)
            if value < least:
                raise ValueError(f"{name}={value} is below {least}; give at least {least}")


@dataclass(slots=True)
class Budget:
    """What has been used of the limits."""

    limits: Limits = field(default_factory=Limits)
    transitions: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    replies: int = 0
    replans: int = 0

    def spend(self, resource: Resource) -> None:
        """Count one use."""
        setattr(self, resource, getattr(self, resource) + 1)

    def left(self, resource: Resource) -> int:
        """Say how many uses are left."""
        limit: int = getattr(self.limits, resource)
        used: int = getattr(self, resource)
        return limit - used

    def used(self) -> Iterator[tuple[Resource, int, int]]:
        """List each resource with what was used and its limit."""
        for resource in RESOURCES:
            yield resource, getattr(self, resource), getattr(self.limits, resource)

    def complaint(self, resource: Resource) -> str:
        """Say in plain words, fit for the user, that this resource is used up."""
        return SAYING[resource].format(limit=getattr(self.limits, resource))

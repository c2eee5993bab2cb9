"""The plant before the request: how long it has run, what was done to it, what has begun to go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from scenarios.document import Arguments, Document, clip, problems_of
from scenarios.goals import When
from scenarios.rendering import placeholders
from twin.catalog import PLANTS
from twin.errors import TwinError

LONGEST_S = 31 * 86_400.0
"""Seconds that a plant may run before the request, and afterwards until the verdict: a month."""


class WorldCommand(Document):
    """A command given before the request comes, `at_s` seconds after the warm-up."""

    tool: str
    arguments: Arguments = Field(default_factory=dict)
    at_s: Annotated[float, Field(ge=0, le=LONGEST_S)] = 0.0
    when: When = True

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        """Take the document's `{stop_line: {line: 2}, when: ...}`."""
        if not isinstance(value, Mapping) or "tool" in value:
            return value
        options = {key: part for key, part in value.items() if key in ("at_s", "when")}
        tools = {key: part for key, part in value.items() if key not in options}
        if len(tools) != 1:
            raise ValueError(f"a command is {{tool: {{arguments}}, at_s?, when?}}; found {clip(str(list(value)))}")
        ((tool, arguments),) = tools.items()
        return {"tool": tool, "arguments": arguments or {}, **options}


class WorldFault(Document):
    """A fault that begins `at_s` seconds after the warm-up."""

    kind: str
    target: str
    at_s: Annotated[float, Field(ge=0, le=LONGEST_S)] = 0.0
    severity: Annotated[float, Field(ge=0, le=1)] = 0.7
    duration_s: Annotated[float, Field(gt=0)] | None = None
    when: When = True


class World(Document):
    """The plant before the request: warm-up, then `settle_s` seconds in which commands are given and faults begin."""

    warmup_s: Annotated[float, Field(ge=0, le=LONGEST_S)] = 0.0
    settle_s: Annotated[float, Field(ge=0, le=LONGEST_S)] = 0.0
    commands: tuple[WorldCommand, ...] = ()
    faults: tuple[WorldFault, ...] = ()
    config: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _in_time(self) -> World:
        late = [command.at_s for command in self.commands if command.at_s > self.settle_s]
        if late:
            raise ValueError(f"a command at_s={late[0]:g} comes after settle_s={self.settle_s:g}; settle longer")
        return self


def config_rules(scenario: str, config: Mapping[str, Any] | None) -> Iterator[str]:
    """Say what is wrong with a plant's config, each as `world.config.path: rule`."""
    for found in placeholders(config):
        yield f"world.config: {{{found.name}}} has no place here; a plant is built before parameters are drawn"
    if config is not None:
        try:
            PLANTS[scenario][0].model_validate(config)
        except ValidationError as error:
            for problem in problems_of(error, "config"):
                # `config: tasks.0.name: rule`
                path, _, rule = problem.removeprefix("config: ").partition(": ")
                yield f"world.config{'' if path == '(whole)' else f'.{path}'}: {rule}"
        except (TwinError, LookupError) as error:
            yield f"world.config: {error}"

"""What all parts of a task document share: frozen, closed models and the error that names the bad field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

# libyaml's loader reads the same and is ten times faster; the wheels of PyYAML bring it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Value = bool | int | float | str
"""A parameter's value."""

Arguments = dict[str, JsonValue]
"""A tool's arguments as a document writes them: values may be placeholders."""


class Document(BaseModel):
    """Base of a document's parts: immutable, unknown fields refused, keys as YAML writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TaskDocumentError(ValueError):
    """A task document breaks a rule; each problem names the task, the path of the field and the rule."""

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))
        self.source = source
        self.problems = tuple(problems)


def problems_of(error: ValidationError, label: str) -> list[str]:
    """Write a validation error as `set_speed: checks.0.where: rule`, one line a problem."""
    lines = []
    for item in error.errors(include_url=False):
        path = ".".join(str(part) for part in item["loc"]) or "(whole)"
        shown = "" if isinstance(item["input"], Mapping | list) else f" (found {item['input']!r})"
        lines.append(f"{label}: {path}: {item['msg']}{shown}")
    return lines


def read_yaml(path: Path, kind: type) -> Any:
    """Read a YAML file that holds a list or a mapping. Raises `TaskDocumentError` for anything else."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        raise TaskDocumentError(path.name, [f"no YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(content, kind):
        raise TaskDocumentError(path.name, [f"the file holds a {type(content).__name__}; it must be a {kind.__name__}"])
    return content


def tag_by_key(keys: tuple[str, ...]) -> Any:
    """Tell the members of a union apart by the first of `keys` that a mapping has, or a model's class name."""

    def tag(value: Any) -> str | None:
        if isinstance(value, Mapping):
            return next((key for key in keys if key in value), None)
        return getattr(value, "tag", None)

    return tag

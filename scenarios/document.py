"""What all parts of a task document share: frozen, closed models and the error that names the bad field."""

from __future__ import annotations

import math
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


DEEPEST = 32
"""Levels that a document may have."""
MOST_PARTS = 10_000
"""Values and containers that a document may have; it holds a part as often as it refers to it."""
LONGEST = 4_000
"""Characters in the longest text or name."""
GREATEST = 2**53
"""Numbers beyond it are no longer exact as floating-point numbers, and nothing in a plant is that many."""
_SHOWN = 80


class Document(BaseModel):
    """Base of a document's parts: immutable, unknown fields refused, keys as YAML writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TaskDocumentError(ValueError):
    """A task document breaks a rule; each problem names the task, the path of the field and the rule."""

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))
        self.source = source
        self.problems = tuple(problems)


def problems_of(error: ValidationError, label: str, document: Any = None) -> list[str]:
    """Write a validation error as `set_speed: checks.0.where: rule`, one line a problem.

    Where the `document` is given, the path leads through it, and what only the models know (the kind of a step, the
    member of a union) is left out. Several rules for one field, of which one is to be kept, stand in one line.
    """
    rules: dict[str, list[str]] = {}
    for item in error.errors(include_url=False):
        value = item["input"]
        shown = "" if isinstance(value, Mapping | list | tuple) else f" (found {clip(repr(value))})"
        rule = f"{' '.join(clip(item['msg'], 300).split())}{shown}"
        path = path_in(document, item["loc"]) if document is not None else ".".join(map(str, item["loc"]))
        rules.setdefault(path or "(whole)", []).append(rule)
    return [f"{label}: {path}: {'; or '.join(dict.fromkeys(found))}" for path, found in rules.items()]


def path_in(document: Any, parts: tuple[str | int, ...], *, kinds: bool = True) -> str:
    """Give the path through a document that a validation error's place means: its last part may be missing there.

    `kinds`: whether the place also names the kinds of steps, checks and parameters, as pydantic's places do.
    """
    path: list[str] = []
    place = document
    for number, part in enumerate(parts):
        if (kinds and _is_kind(parts, number)) or (isinstance(part, str) and (part in _MEMBERS or "[" in part)):
            continue
        path.append(clip(str(part)))
        listed = isinstance(place, list) and isinstance(part, int) and part < len(place)
        if listed or (isinstance(place, Mapping) and part in place):
            place = place[part]
        elif part == "arguments" and parts[:2] == ("world", "commands") and (tool := _tool_of(place)) is not None:
            path[-1] = tool
            place = place[tool]
        else:
            break
    return ".".join(path) or "(whole)"


def _tool_of(command: Any) -> str | None:
    """Give the tool of a world's command in its short form, `{stop_line: {line: 2}}`."""
    names = [name for name in command if name not in ("at_s", "when")] if isinstance(command, Mapping) else []
    return names[0] if len(names) == 1 and isinstance(command[names[0]], Mapping) else None


_MEMBERS = ("bool", "int", "float", "str", "FromResult", "Seen")
"""How pydantic names the members of our unions; no field is called so."""
_STEPS = ("reference", "revised", "then", "else", "otherwise", "if_error", "checks")


def _is_kind(parts: tuple[str | int, ...], number: int) -> bool:
    """Whether a part only says which kind of step, check or parameter the part before it was taken for."""
    if number < 2 or not isinstance(parts[number], str):
        return False
    listed = isinstance(parts[number - 1], int) and parts[number - 2] in _STEPS
    return listed or (number == 2 and parts[0] == "parameters")


def clip(text: str, most: int = _SHOWN) -> str:
    """Shorten a text for a message."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def unfit(value: Any) -> list[str]:
    """List what a document holds that no document may: `path: rule`, the first few.

    That is: what JSON has not, numbers that are none or too great to be exact, texts and documents beyond all measure,
    and a part that holds itself. What is fit can be walked, copied, rendered and written.
    """
    found: list[str] = []
    count = 0
    above: list[int] = []

    def look(part: Any, path: tuple[Any, ...]) -> None:
        nonlocal count
        count += 1
        if len(found) >= 3 or count > MOST_PARTS:
            return
        rule = _unfit(part)
        if id(part) in above:
            rule = "it holds itself"
        elif len(path) > DEEPEST and isinstance(part, dict | list):
            rule = f"deeper than {DEEPEST} levels"
        if rule is not None:
            shown = [clip(str(name).encode("ascii", "backslashreplace").decode()) for name in path]
            found.append(f"{'.'.join(shown) or '(whole)'}: {rule}")
        elif isinstance(part, dict | list):
            above.append(id(part))
            for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
                if key is None:
                    found.append(f"{'.'.join(map(str, path)) or '(whole)'}: a key is empty; name it")
                elif isinstance(part, dict):
                    look(key, (*path, key))
                look(inner, (*path, key))
            above.pop()

    look(value, ())
    if count > MOST_PARTS:
        found.append(f"(whole): more than {MOST_PARTS} parts")
    return found


def _unfit(part: Any) -> str | None:
    """Say which rule a part breaks by itself."""
    if part is None or isinstance(part, bool | dict | list):
        return None
    if isinstance(part, int | float):
        if isinstance(part, float) and not math.isfinite(part):
            return f"{part} is no number that can be used"
        return None if abs(part) <= GREATEST else "a number beyond 2**53"
    if not isinstance(part, str):
        return f"a {type(part).__name__} is no value; write it as a text in quotes"
    if len(part) > LONGEST:
        return f"a text of {len(part)} characters; at most {LONGEST}"
    odd = next((letter for letter in part if not letter.isprintable() and letter not in "\n\t\u00a0\u202f"), None)
    return None if odd is None else f"a text with the character {odd!a}, which cannot be printed"


def read_yaml(path: Path, kind: type) -> Any:
    """Read a YAML file that holds a list or a mapping. Raises `TaskDocumentError` for anything else."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except RecursionError as error:
        raise TaskDocumentError(path.name, ["no YAML: nested too deep to be read"]) from error
    except (yaml.YAMLError, ValueError) as error:
        # Values such as 2026-02-31 and bytes that are no UTF-8 raise plain ValueErrors.
        told = " ".join(str(error).encode("ascii", "backslashreplace").decode().split())
        raise TaskDocumentError(path.name, [f"no YAML: {clip(told, 500)}"]) from error
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

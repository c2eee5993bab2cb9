"""Placeholders of task documents: {line}, {line:word}, {line:ordinal}, {sensor:say}, {status.field}, {error}."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.conditions import as_number
from scenarios.document import clip
from scenarios.numerals import number_word, ordinal_word, plain

_PLACEHOLDER = re.compile(r"\{(?P<name>[A-Za-z_]\w*)(?:\.(?P<field>[A-Za-z_]\w*))?(?::(?P<form>\w*))?\}")
FORMS = ("word", "ordinal", "say")
ERROR = "error"
USER = "user"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder: a parameter (`field` None), a field of a saved output, a slot of the user, or the error."""

    name: str
    field: str | None
    form: str | None

    @property
    def waits(self) -> bool:
        """Whether its value is known only while the episode runs."""
        return self.field is not None or self.name == ERROR


def placeholders(value: Any) -> Iterator[Placeholder]:
    """Find all placeholders in the strings of a value, at any depth."""
    if isinstance(value, str):
        for match in _PLACEHOLDER.finditer(value):
            yield Placeholder(match["name"], match["field"], match["form"])
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from placeholders(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from placeholders(part)


def render(value: Any, parameters: Mapping[str, Any], sayings: Mapping[str, str]) -> Any:
    """Put an instance's parameters into a value, at any depth; what waits for the episode stays as it is.

    A string that is one bare placeholder becomes the parameter's own value, typed. `sayings` maps a parameter to the
    words for its value (`{p:say}`; without one, the value itself). Raises `KeyError` for an unknown parameter,
    `ValueError` for an unknown form.
    """
    if isinstance(value, str):
        return _render_string(value, parameters, sayings)
    if isinstance(value, Mapping):
        return {key: render(part, parameters, sayings) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [render(part, parameters, sayings) for part in value]
    return value


def fill(value: Any, known: Callable[[Placeholder], Any]) -> Any:
    """Put the episode's values into a rendered value, at any depth.

    `known` gives a placeholder's value or None. A string that is one bare placeholder becomes that value, typed, or
    None; in a longer text a value that is not known stays a placeholder.
    """
    if isinstance(value, str):
        match = _PLACEHOLDER.fullmatch(value)
        if match is not None:
            return known(Placeholder(match["name"], match["field"], match["form"]))

        def write(match: re.Match[str]) -> str:
            found = known(Placeholder(match["name"], match["field"], match["form"]))
            return match[0] if found is None else plain(found)

        return _PLACEHOLDER.sub(write, value)
    if isinstance(value, Mapping):
        return {key: fill(part, known) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [fill(part, known) for part in value]
    return value


def _render_string(text: str, parameters: Mapping[str, Any], sayings: Mapping[str, str]) -> Any:
    whole = _PLACEHOLDER.fullmatch(text)
    if whole is not None and whole["form"] is None and whole["field"] is None and whole["name"] != ERROR:
        return parameters[whole["name"]]

    def write(match: re.Match[str]) -> str:
        name, form = match["name"], match["form"]
        if match["field"] is not None or name == ERROR:
            return match[0]
        value = parameters[name]
        if form is None:
            return plain(value)
        if form == "say":
            return sayings.get(name, plain(value))
        if form not in FORMS:
            raise ValueError(f"{match[0]} has the unknown form {form!r}; there are {', '.join(FORMS)}")
        number = as_number(value)
        if number is None or not number.is_integer():
            raise ValueError(f"{match[0]} needs a whole number; {name!r} is {clip(plain(value))!r}")
        return number_word(int(number)) if form == "word" else ordinal_word(int(number))

    return _PLACEHOLDER.sub(write, text)

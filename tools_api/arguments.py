"""Are an agent's arguments right in name, form and type? One check per parameter, built once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from tools_api.errors import Code
from tools_api.spec import JsonType, Parameter, ToolSpec

LONGEST_STRING = 200
"""Characters in the longest string taken; the longest name a plant knows is far shorter."""

GREATEST_INTEGER = 2**53
"""Integers beyond it are no longer exact as floating-point numbers, and nothing in a plant is that many."""

_Check = Callable[[Any], Any]


class ArgumentFault(Exception):  # noqa: N818 - a fault of the agent, not an error of the program
    """The first thing that is wrong with a call's arguments: its code, the argument, and what to do about it.

    `missing` names every required argument that was not given, when that is what is wrong.
    """

    def __init__(self, code: Code, argument: str, message: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code: Code = code
        self.argument = argument
        self.message = message
        self.missing = missing


class ArgumentChecker:
    """Checks the arguments of one tool and fills in its defaults."""

    __slots__ = ("_checks", "_names", "_spec")

    def __init__(self, spec: ToolSpec) -> None:
        self._spec = spec
        self._names = frozenset(parameter.name for parameter in spec.parameters)
        self._checks = tuple(
            (parameter.name, parameter.required, parameter.default, _check_of(parameter))
            for parameter in spec.parameters
        )

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the tool's function takes them.

        Raises `ArgumentFault`: first for a name the tool does not know, then for the first parameter, in the tool's
        order, that is missing or of the wrong form.
        """
        if not arguments.keys() <= self._names:
            raise self._unknown(arguments)
        checked = {}
        for name, required, default, check in self._checks:
            value = arguments.get(name)
            if value is not None:
                checked[name] = check(value)
            elif required:
                raise self._missing(name, arguments)
            else:
                checked[name] = default
        return checked

    def _unknown(self, arguments: Mapping[str, Any]) -> ArgumentFault:
        name = next(name for name in arguments if name not in self._names)
        names = [parameter.name for parameter in self._spec.parameters]
        return ArgumentFault(
            "bad_arguments",
            clip(name),
            f"{self._spec.name} has no argument {clip(name)!r}; {nearest(name, names, 'it takes')}",
        )

    def _missing(self, name: str, arguments: Mapping[str, Any]) -> ArgumentFault:
        parameter = next(parameter for parameter in self._spec.parameters if parameter.name == name)
        missing = tuple(p.name for p in self._spec.parameters if p.required and arguments.get(p.name) is None)
        more = f" (also missing: {', '.join(missing[1:])})" if len(missing) > 1 else ""
        return ArgumentFault(
            "missing_argument",
            name,
            f"{self._spec.name} needs argument {name!r}, {_ARTICLE[parameter.type]}: {parameter.description}{more}",
            missing,
        )


def clip(text: str) -> str:
    """Shorten an agent's text for a message, and make it printable in any encoding."""
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= 60 else f"{text[:57]}..."


def nearest(name: str, names: list[str], otherwise: str) -> str:
    """Tell the nearest right name, or all of them after the word `otherwise`."""
    near = get_close_matches(name[:LONGEST_STRING], sorted(names), n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"{otherwise} {', '.join(names)}" if names else f"{otherwise} no arguments"


_ARTICLE: dict[JsonType, str] = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
}


def _check_of(parameter: Parameter) -> _Check:
    """Build the check of one parameter: it returns the value as the tool takes it or raises `ArgumentFault`."""
    if parameter.type == "integer":
        return _integer_check(parameter)
    if parameter.type == "number":
        return _number_check(parameter)
    if parameter.type == "boolean":
        return _boolean_check(parameter)
    return _choice_check(parameter) if parameter.closed else _string_check(parameter)


def _integer_check(parameter: Parameter) -> _Check:
    def check(value: Any) -> int:
        # type() and not isinstance(): a bool is an int to Python, not to JSON
        if type(value) is int and -GREATEST_INTEGER <= value <= GREATEST_INTEGER:
            return value
        if type(value) is float and value.is_integer() and -GREATEST_INTEGER <= value <= GREATEST_INTEGER:
            return int(value)
        raise _wrong(parameter, value)

    return check


def _number_check(parameter: Parameter) -> _Check:
    def check(value: Any) -> float:
        if type(value) is float and math.isfinite(value):
            return value
        if type(value) is int and -GREATEST_INTEGER <= value <= GREATEST_INTEGER:
            return float(value)
        raise _wrong(parameter, value)

    return check


def _boolean_check(parameter: Parameter) -> _Check:
    def check(value: Any) -> bool:
        if type(value) is bool:
            return value
        raise _wrong(parameter, value)

    return check


def _string_check(parameter: Parameter) -> _Check:
    def check(value: Any) -> str:
        if type(value) is str and len(value) <= LONGEST_STRING and value.isprintable():
            return value
        raise _wrong(parameter, value)

    return check


def _choice_check(parameter: Parameter) -> _Check:
    choices = frozenset(parameter.choices)

    def check(value: Any) -> str:
        if type(value) is not str:
            raise _wrong(parameter, value)
        if value in choices:
            return value
        near = get_close_matches(value[:LONGEST_STRING].lower(), parameter.choices, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ArgumentFault(
            "bad_arguments",
            parameter.name,
            f"{parameter.name}={clip(value)!r} is not allowed; allowed: {', '.join(parameter.choices)}{hint}",
        )

    return check


def _wrong(parameter: Parameter, value: Any) -> ArgumentFault:
    wanted = _ARTICLE[parameter.type]
    if isinstance(value, str):
        if parameter.type == "string" and len(value) <= LONGEST_STRING:
            shown, remedy = f"a string with characters that cannot be printed: {clip(value)!a}", "leave them out"
        elif parameter.type == "string":
            shown, remedy = f"a string of {len(value)} characters", f"give at most {LONGEST_STRING}"
        else:
            shown, remedy = f"the string {clip(value)!r}", f"give {wanted} without quotes"
    elif isinstance(value, bool):
        shown, remedy = str(value).lower(), f"give {wanted}"
    elif isinstance(value, int | float):
        # %g and not str(): an integer of many thousand digits has no decimal text
        shown = f"{value:g}" if isinstance(value, float) or abs(value) <= GREATEST_INTEGER else "a number beyond 2**53"
        remedy = f"give {wanted}" if parameter.type in ("string", "boolean") else f"give {wanted} within +-2**53"
    else:
        shown, remedy = ("a list" if isinstance(value, list) else "an object"), f"give {wanted}"
    return ArgumentFault("bad_arguments", parameter.name, f"{parameter.name} is {shown}; {remedy}")

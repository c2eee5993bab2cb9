"""Why a plant says no. Every message gives the value, the rule and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class TwinError(Exception):
    """Base of all refusals; `code` is one of the closed list in `tools_api.errors`, `message` a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class _Coded(TwinError):  # noqa: N818 - the plain words are the contract; this is only their base
    """A refusal whose class fixes its code."""

    fixed_code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(self.fixed_code, message)

    def __reduce__(self) -> tuple[type[_Coded], tuple[str]]:
        return type(self), (self.message,)


class OutOfRange(_Coded):
    """A value outside its allowed range."""

    fixed_code = "out_of_range"


class Interlock(_Coded):
    """Physics or safety forbids it now."""

    fixed_code = "interlock"


class WrongState(_Coded):
    """The thing is not in a state that allows it."""

    fixed_code = "wrong_state"


class NotFound(_Coded):
    """No thing of that name."""

    fixed_code = "not_found"


class UnknownVariable(NotFound):
    """No variable of that name."""


class NotPermitted(_Coded):
    """It exists and is in range, but must not be done."""

    fixed_code = "not_permitted"


class Unavailable(_Coded):
    """It cannot be had at present."""

    fixed_code = "unavailable"


def no_such(noun: str, name: object, known: Iterable[str]) -> str:
    """Say that there is no `noun` called `name` and give the nearest right name, or a few of those known."""
    names = list(known)
    near = get_close_matches(str(name), names, n=1)
    if near:
        return f"no {noun} {name!r}; did you mean {near[0]!r}?"
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"no {noun} {name!r}; known: {shown or 'none'}"

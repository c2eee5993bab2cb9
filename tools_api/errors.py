"""The closed list of codes with which a tool says no."""

from __future__ import annotations

from typing import Literal, get_args

Code = Literal[
    "unknown_tool",
    "bad_arguments",
    "missing_argument",
    "out_of_range",
    "interlock",
    "wrong_state",
    "not_permitted",
    "confirmation_required",
    "not_found",
    "unavailable",
    "timeout",
]

CODES: tuple[str, ...] = get_args(Code)

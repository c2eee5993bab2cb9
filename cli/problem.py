"""What a user of the command line did that cannot be done, said in one line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class Problem(Exception):  # noqa: N818 - not an error of the program
    """Bad usage or input: the message gives the value, the rule and the remedy. Ends the command with exit code 2."""


def unknown(noun: str, name: str, known: Iterable[str], remedy: str = "") -> Problem:
    """Make the problem of a name that nothing has, with the nearest right one, or all where they are few."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        hint = f"did you mean '{near[0]}'?"
    elif len(names) <= 12:
        hint = f"there are: {', '.join(names)}"
    else:
        hint = f"there are {len(names)}"
    return Problem(f"no {noun} '{name}'; {hint}{f' {remedy}' if remedy else ''}")

"""The names in a task document: which there are, and how a wrong one is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches

from scenarios.conditions import is_so
from scenarios.document import Value, clip
from scenarios.parameters import Choice, Range
from scenarios.rendering import FORMS
from tools_api.spec import ToolSpec

LONGEST_NAME = 200
"""Characters of the longest name that is looked for among the right ones, or that a path goes on with."""
_RECORD = re.compile(r"list of \{([^}]*)\}")
_GAP = re.compile(r"\{[^{}]*\}")


def record_fields(spec: ToolSpec, records: str) -> tuple[str, ...]:
    """Give the fields of the records in a tool's answer, as its documentation tells them; empty when it has none."""
    match = _RECORD.search(spec.returns.get(records, ""))
    return tuple(name.strip() for name in match[1].split(",")) if match else ()


def truth_rule(path: str, when: bool | str) -> Iterator[str]:
    """Say what is wrong with a `when` that is judged as soon as the parameters are put in."""
    try:
        is_so(_GAP.sub("yes", str(when)))
    except ValueError as error:
        yield f"{path}: {clip(str(error), 300)}, or the name of a truth value, or 'not' and such a name"


def possible(parameter: Choice | Range) -> Sequence[Value]:
    """Give the values that a parameter may have, as its document writes them."""
    return parameter.values() if isinstance(parameter, Range) else parameter.choice


def form_rule(name: str) -> str:
    """Say that a placeholder has no such form."""
    return f"unknown form {clip(name)!r}; there are {', '.join(FORMS)}"


def behind(name: str) -> str:
    """Go on in a path to a name that can stand in one."""
    return f".{name}" if name.isidentifier() and len(name) < LONGEST_NAME else ""


def unknown(noun: str, name: str, names: Collection[str]) -> str:
    """Say that there is no such thing, and which is nearest."""
    return f"no {noun} {clip(name)!r}; {nearest(name, names)}"


def nearest(name: str, names: Collection[str]) -> str:
    """Tell the nearest right name, or all."""
    near = get_close_matches(name[:LONGEST_NAME], sorted(names), n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {clip(', '.join(sorted(names)), 1000) or 'none'}"

"""Which calls need the user's yes first: data, and off unless somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from tools_api.spec import ToolSpec

ALL = "*"


class Policy:
    """Tools that change the plant only after the user's yes.

    Each entry of `confirm` is the name of a tool, of a device (all its tools that change something), or `*` (all such
    tools). Raises `ValueError` for a name that is neither, and for a tool that only reads.
    """

    def __init__(self, specs: Sequence[ToolSpec], confirm: Collection[str] = ()) -> None:
        tools = {spec.name for spec in specs}
        for name in sorted(confirm):
            known = sorted({ALL, *tools, *(spec.device for spec in specs)})
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
                raise ValueError(f"confirm: {name!r} is no tool or device; {hint}")
            if name in tools and not any(spec.mutates for spec in specs if spec.name == name):
                raise ValueError(f"confirm: {name!r} changes nothing; name a tool that acts")
        self._grave = {
            spec.name for spec in specs if spec.mutates and not {ALL, spec.name, spec.device}.isdisjoint(confirm)
        }

    def asks_first(self, tool: str) -> bool:
        """Whether a call of this tool waits for a yes."""
        return tool in self._grave

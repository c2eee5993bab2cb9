"""A policy in a file: whose acts wait for the user's yes, plant by plant.

    [confirm]
    production = ["stop_line", "orders"]

Names are those of `leaf_agent.policy`: tools, devices, or `*`. A policy says something of every plant that it is used
for, an empty list where nothing is grave: a plant that it forgot is an error, not a yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from leaf_agent.policy import Policy
from leaf_agent.toml_document import read_toml
from tools_api.spec import ToolSpec

SUFFIX = ".toml"


class PolicyFile(BaseModel):
    """What a file says: by plant, the names of tools and devices that are asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    confirm: Mapping[str, tuple[str, ...]]

    def grave(self, plant: str, specs: Sequence[ToolSpec]) -> frozenset[str]:
        """Return what `LeafConfig.confirm` takes for a plant with these tools.

        Raises `ValueError` for a plant that the policy does not name, and for a name that is no tool or device of it
        or changes nothing.
        """
        if plant not in self.confirm:
            near = get_close_matches(plant, self.confirm, n=1)
            hint = f"is {near[0]!r} meant for it?" if near else f"it names {', '.join(self.confirm) or 'none'}"
            raise ValueError(f"no plant {plant!r}; {hint} (write {plant} = [] to be asked for nothing)")
        Policy(specs, self.confirm[plant])
        return frozenset(self.confirm[plant])


def shipped_policies() -> tuple[str, ...]:
    """Return the short names of the policies that come with the project."""
    return tuple(sorted(entry.name.removesuffix(SUFFIX).replace("_", "-") for entry in _shipped()))


def read_policy(source: str | Path) -> PolicyFile:
    """Read a policy by its short name or from a file. Raises `ValueError` that names what is wrong, and where."""
    held: Traversable | Path = Path(source)
    for entry in _shipped():
        if entry.name == f"{str(source).replace('-', '_')}{SUFFIX}":
            held = entry
    absent = f"no policy {source}; give a file, or one of: {', '.join(shipped_policies())}"
    rule = "a policy is a table [confirm] with a list of names for each plant"
    return read_toml(PolicyFile, held, absent=absent, rule=rule)


def _shipped() -> list[Traversable]:
    return [entry for entry in (files("leaf_agent") / "policies").iterdir() if entry.name.endswith(SUFFIX)]

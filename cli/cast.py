"""Who plays: the agent and, if it asks a model, the backend behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import console
from cli.problem import Problem, unknown

if TYPE_CHECKING:
    from evaluation.agents import AgentKind
    from leaf_agent.backends.base import Backend

AgentName = Annotated[
    str,
    typer.Option(
        "--agent",
        help="leaf or a variant of it (leaf-untuned, leaf-asks-conditions, leaf-unconstrained, leaf-ungrounded), "
        "reference, null, random or package.module:factory.",
    ),
]
Confirm = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        help="LEAF asks before acts of this tool or device, of all (*), or of a policy: a TOML file, or "
        "high-consequence; may be given again.",
        metavar="NAME",
        show_default="none",
    ),
]
BackendName = Annotated[str, typer.Option("--backend", help="What runs the model.")]


def cast(agent: str, backend: str, scenario: str) -> tuple[AgentKind, Backend | None]:
    """Find the agent and start its backend. An agent without a model starts none.

    Raises `Problem`, `AgentNameError`, or `BackendError` for a model or adapters that are not there or do not fit.
    """
    import sys

    from evaluation.agents import agent_kind

    # So that `package.module:factory` finds a module of the folder one stands in.
    if "" not in sys.path:
        sys.path.insert(0, "")
    kind = agent_kind(agent)
    if not kind.model:
        return kind, None
    from leaf_agent.backends.catalog import create
    from tools_api.catalog import catalogue_hash

    # Seconds, in which a terminal should not look dead; on no terminal, nothing is shown.
    with console(stderr=True).status(f"starting {backend}"):
        return kind, create(backend, adapters=kind.adapters, tool_catalogue_hash=catalogue_hash(scenario))


def cast_without_task(agent: str, backend: str, scenario: str) -> tuple[AgentKind, Backend | None]:
    """Do as `cast`, for requests that no task knows. Raises `Problem` for the reference, which knows nothing else."""
    if agent == "reference":
        raise Problem("the reference plays a task's own steps; give --task, or another --agent")
    return cast(agent, backend, scenario)


def consent(names: list[str] | None, agent: str, scenario: str) -> frozenset[str]:
    """Check whose acts wait for the user's yes; a policy's are read from its file.

    Raises `Problem` for a name that is none, a policy that is no good or says nothing of this plant, or another agent;
    no model is needed to find that out.
    """
    if not names:
        return frozenset()
    from evaluation.agents import agent_kind
    from leaf_agent.policy import ALL, Policy
    from tools_api.catalog import specs

    if ":" in agent or not agent_kind(agent).name.startswith("leaf"):
        raise Problem(f"agent {agent!r} asks what it likes; --confirm goes with leaf")
    known = specs(scenario)
    own = {ALL, *(spec.name for spec in known), *(spec.device for spec in known)}
    grave: set[str] = set()
    for name in names:
        named = None if name in own else _of_policy(name, scenario)
        grave |= {name} if named is None else named
    try:
        Policy(known, grave)
    except ValueError as error:
        raise Problem(f"--{error}") from error
    return frozenset(grave)


def _of_policy(name: str, scenario: str) -> frozenset[str] | None:
    """Return what a policy says of a plant, or None where the name is that of no policy."""
    from difflib import get_close_matches
    from pathlib import Path

    from leaf_agent.policy_file import SUFFIX, read_policy, shipped_policies
    from tools_api.catalog import specs

    shipped = shipped_policies()
    if name not in shipped and not name.endswith(SUFFIX) and not Path(name).is_file():
        if get_close_matches(name, shipped, n=1):
            raise unknown("policy", name, shipped)
        return None
    try:
        policy = read_policy(name)
    except ValueError as error:
        raise Problem(f"--confirm: {error}") from error
    try:
        # Every plant's names, used here or not: a policy that is wrong anywhere is not to be trusted.
        for plant in policy.confirm:
            policy.grave(plant, specs(plant))
        return policy.grave(scenario, specs(scenario))
    except ValueError as error:
        raise Problem(f"--confirm {name}: {str(error).removeprefix('confirm: ')}") from error


def refuse_both(one: object, other: object, names: str) -> None:
    """Raise `Problem` when both of two are given, or neither."""
    if (one is None) == (other is None):
        raise Problem(f"give {names}, {'one of the two' if one is None else 'not both'}")

"""Who plays: the agent and, if it asks a model, the backend behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import console
from cli.problem import Problem

if TYPE_CHECKING:
    from evaluation.agents import AgentKind
    from leaf_agent.backends.base import Backend

AgentName = Annotated[
    str, typer.Option("--agent", help="leaf, leaf-untuned, reference, null, random or package.module:factory.")
]
Confirm = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        help="LEAF asks before acts of this tool or device, or of all (*); may be given again.",
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


def consent(names: list[str] | None, kind: AgentKind, scenario: str) -> frozenset[str]:
    """Check whose acts wait for the user's yes. Raises `Problem` for a name that is none, or another agent."""
    if not names:
        return frozenset()
    from leaf_agent.policy import Policy
    from tools_api.catalog import specs

    if not kind.name.startswith("leaf"):
        raise Problem(f"agent {kind.name!r} asks what it likes; --confirm goes with leaf")
    try:
        Policy(specs(scenario), names)
    except ValueError as error:
        raise Problem(f"--{error}") from error
    return frozenset(names)


def refuse_both(one: object, other: object, names: str) -> None:
    """Raise `Problem` when both of two are given, or neither."""
    if (one is None) == (other is None):
        raise Problem(f"give {names}, {'one of the two' if one is None else 'not both'}")

"""The scenario that a command is about."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.problem import unknown

Scenario = Annotated[str, typer.Argument(help="production, maintenance or energy.", metavar="SCENARIO")]


def known_scenario(scenario: str) -> None:
    """Raise `Problem` for a scenario that there is not."""
    from tools_api.catalog import SCENARIOS

    if scenario not in SCENARIOS:
        raise unknown("scenario", scenario, SCENARIOS)

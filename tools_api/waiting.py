"""The tool that every scenario has: let time pass."""

# ruff: noqa: ARG001, D417 - the toolbox lets the time pass; the docstring is the tool's card: it ends with Returns and tells nothing of the plant

from __future__ import annotations

from typing import Annotated, Any

from tools_api.spec import Range, Unit, tool
from twin.core import Twin
from twin.errors import OutOfRange

SHORTEST_WAIT_S = 1.0
LONGEST_WAIT_S = 3600.0


@tool(device="clock", mutates=False, duration_s=0.0, duration_argument="seconds")
def wait(twin: Twin, seconds: Annotated[float, Unit("s"), Range(SHORTEST_WAIT_S, LONGEST_WAIT_S)]) -> dict[str, Any]:
    """Let plant time pass, up to one hour, then look again.

    Args:
        seconds: How long to wait, 1 to 3600 seconds.

    Returns:
        waited_s: seconds that passed
    """
    if not SHORTEST_WAIT_S <= seconds <= LONGEST_WAIT_S:
        raise OutOfRange(
            f"seconds={seconds:g} is outside {SHORTEST_WAIT_S:g}..{LONGEST_WAIT_S:g} for one wait; wait again for more"
        )
    return {"waited_s": seconds}

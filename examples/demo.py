"""Six production tasks in words that nobody trained on, one of each family, told as they happen on the real model.

    python -m examples.demo                     LEAF with its three adapters on the embedded backend
    python -m examples.demo --agent reference   what a perfect agent does, without a model

A task that fails is said to have failed; the exit code is not 0 only when something broke. `demo.expected` beside
this file is the shape of the output: `...` stands for anything on a line.
"""

from __future__ import annotations

import argparse
import sys

from cli.cast import cast
from cli.output import console
from cli.problem import Problem
from cli.story import Teller
from evaluation.agents import Seat
from evaluation.play import play
from evaluation.runner import in_lockstep
from leaf_agent.backends.errors import BackendError
from leaf_agent.story import Usage
from scenarios.catalog import template
from scenarios.factory import AgentNameError
from scenarios.seeds import SPLITS
from tools_api.catalog import specs

SCENARIO = "production"
TASKS: tuple[tuple[str, int], ...] = (
    ("station_health", 3),
    ("set_speed", 20),
    ("prioritise_order", 37),
    ("ack_worst_alarm", 54),
    ("speed_without_value", 71),
    ("overspeed", 88),
)
"""Task and number of its seed within the test split: monitoring, control, orders, conditional, clarify, limits."""


def main(arguments: list[str] | None = None) -> int:
    """Tell the six episodes and the sum; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agent", default="leaf")
    parser.add_argument("--backend", default="embedded")
    given = parser.parse_args(arguments)
    try:
        kind, backend = cast(given.agent, given.backend, SCENARIO)
    except (AgentNameError, BackendError, Problem) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    screen = console()
    teller = Teller(screen, engine=False)
    succeeded, tokens, milliseconds = 0, 0, 0.0
    for number, (task, offset) in enumerate(TASKS, 1):
        instance = template(SCENARIO, task).instance(SPLITS["test"][0] + offset, "test")
        screen.rule(f"{number} of {len(TASKS)}   {instance.family}: {task}, seed {instance.seed}", align="left")
        seat = Seat(specs(SCENARIO), instance, backend, instance.seed, teller.inside)
        agent = kind.make(seat)
        (trajectory,) = in_lockstep([play(instance, agent, teller)], backend)
        if trajectory.verdict is not None:
            teller.judged(trajectory.verdict)
            succeeded += trajectory.verdict.outcome == "success"
        usage = getattr(agent, "usage", None)
        if isinstance(usage, Usage):
            teller.spent(usage)
            tokens += usage.output_tokens
            milliseconds += usage.milliseconds
    screen.rule()
    print(closing_line(len(TASKS), succeeded, tokens, milliseconds))
    return 0


def closing_line(tasks: int, succeeded: int, tokens: int, milliseconds: float) -> str:
    """Say what it came to."""
    return (
        f"{tasks} tasks: {succeeded} succeeded, {tasks - succeeded} failed, "
        f"{tokens} output tokens, {milliseconds / 1000:.1f} s of model time"
    )


if __name__ == "__main__":
    sys.exit(main())

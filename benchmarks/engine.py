"""What the decision engine itself takes, without a model: time for each event, and for each thought of the agent.

An event is one `Engine.handle`: over random plans with random outcomes, and over reference episodes. A thought is one
`LeafAgent.act` with experts that answer at once: prompts, grounding, reading plans and arguments, and the engine.
`python -m benchmarks.engine [--json]`.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.twin import machine
from leaf_agent.agent import LeafAgent
from leaf_agent.fsm.engine import Engine
from leaf_agent.fsm.events import (
    ArgumentsReady,
    CallReturned,
    DecisionMade,
    Event,
    PlanReady,
    ReplyArrived,
    RequestArrived,
    UserChangedMind,
    UtteranceReady,
)
from leaf_agent.fsm.needs import (
    NeedArguments,
    NeedCall,
    NeedDecision,
    NeedPlan,
    NeedReply,
    NeedRequest,
)
from leaf_agent.plan.language import Clause, Comparison, ErrorCondition, Jump, Plan, PlanStep, StepKind
from scenarios.catalog import SCENARIOS, templates
from scenarios.episode import Episode
from tools_api.messages import AgentMessage, ToolCall
from training.reference_player import ReferencePlayer

TARGET_MS = 1.0
RUNS = 2000
"""Random runs of the engine."""
TASKS = 30
"""Reference episodes of each scenario."""
COLUMNS = ("what", "count", "median ms", "p95 ms", "longest ms", "target ms")


def measure(runs: int = RUNS, tasks: int = TASKS) -> dict[str, Any]:
    """Measure; `rows` has one entry for each kind of work, in milliseconds."""
    handled: list[float] = []
    thoughts: list[float] = []
    with _timed(handled):
        for scenario in SCENARIOS:
            for task in [found for found in templates(scenario) if found.split == "train"][:tasks]:
                player = ReferencePlayer(task.instance(0), act=_Stopwatch(thoughts))
                player.play()
    rows = [
        _row("event of a random run", list(_random_runs(runs)), TARGET_MS),
        _row("event of a reference episode", handled, TARGET_MS),
        _row("thought of the agent, experts at once", thoughts, None),
    ]
    return {"benchmark": "engine", "machine": machine(), "runs": runs, "tasks_per_scenario": tasks, "rows": rows}


class _Stopwatch:
    """Lets the agent act and keeps how long it took."""

    def __init__(self, taken: list[float]) -> None:
        self._taken = taken

    def __call__(self, agent: LeafAgent, episode: Episode) -> ToolCall | AgentMessage:
        begun = time.perf_counter()
        action = agent.act(episode.observation)
        self._taken.append(1000 * (time.perf_counter() - begun))
        return action


@contextmanager
def _timed(taken: list[float]) -> Iterator[None]:
    """Keep how long each `Engine.handle` takes."""
    plain = Engine.handle

    def handle(self: Engine, event: Event) -> Any:
        begun = time.perf_counter()
        need = plain(self, event)
        taken.append(1000 * (time.perf_counter() - begun))
        return need

    Engine.handle = handle  # type: ignore[method-assign]
    try:
        yield
    finally:
        Engine.handle = plain  # type: ignore[method-assign]


def _random_runs(runs: int) -> Iterator[float]:
    for seed in range(runs):
        draw = random.Random(seed)
        engine = Engine()
        while not engine.finished:
            event = _event(engine, draw)
            begun = time.perf_counter()
            engine.handle(event)
            yield 1000 * (time.perf_counter() - begun)


def _event(engine: Engine, draw: random.Random) -> Event:
    match engine.need:
        case NeedRequest():
            return RequestArrived("do it")
        case NeedPlan():
            return PlanReady(_plan(draw))
        case NeedDecision(jumps=jumps):
            return DecisionMade(draw.choice(jumps))
        case NeedArguments():
            return ArgumentsReady({"line": 3})
        case NeedCall():
            heard = "no, line 2" if draw.random() < 0.02 else None
            ok = draw.random() < 0.9
            return CallReturned(ok, None if ok else "interlock", {"wip": draw.randrange(9)}, "it is so", heard=heard)
        case NeedReply():
            return UserChangedMind("no, line 2") if draw.random() < 0.1 else ReplyArrived("yes")
        case _:
            return UtteranceReady("Line 3 runs.")


def _plan(draw: random.Random) -> Plan:
    count = draw.randint(2, 20)
    steps = []
    for number in range(1, count + 1):
        kind: StepKind = draw.choice(("tool", "tool", "tool", "tell", "ask"))
        targets = [target for target in range(1, count + 1) if target != number]
        jumps = [Jump("goto", draw.choice(targets)) for _ in range(draw.randrange(3))]
        guarded = [Clause(draw.choice((ErrorCondition(), Comparison("wip", ">", 5))), jump) for jump in jumps]
        last = Clause(None, Jump("end" if number == count or draw.random() < 0.1 else "next"))
        steps.append(PlanStep(number, kind, "get_order" if kind == "tool" else None, "do it", (*guarded, last)))
    return Plan(tuple(steps))


def _row(what: str, taken: list[float], target: float | None) -> dict[str, Any]:
    ordered = sorted(taken)
    return {
        "what": what,
        "count": len(ordered),
        "median_ms": median(ordered),
        "p95_ms": ordered[int(0.95 * (len(ordered) - 1))],
        "max_ms": ordered[-1],
        "target_ms": target,
    }


def cells(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Lay out the rows as a table's cells, under `COLUMNS`."""
    return [
        [
            row["what"],
            str(row["count"]),
            *(f"{row[name]:.4f}" for name in ("median_ms", "p95_ms", "max_ms")),
            "" if row["target_ms"] is None else f"≤ {row['target_ms']:g}",
        ]
        for row in rows
    ]


if __name__ == "__main__":
    result = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for line in (list(COLUMNS), *cells(result["rows"])):
            print(f"{line[0]:<40}" + "".join(f"{cell:>12}" for cell in line[1:]))

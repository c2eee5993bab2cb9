"""Our side at the door: calls that look, calls that act, and the verdict."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import version
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import Any

from clock import Case, Given, SkippedError, main
from our_calls import ACTS, READS, Call
from our_tasks import instances

from scenarios.evidence import Evidence
from tools_api.messages import ToolCall

WARM_UP_S = 4 * 3600.0


def _door(scenario: str) -> Any:
    from tools_api.catalog import SCENARIOS, toolbox
    from twin.catalog import PLANTS, warmed_up

    if scenario not in PLANTS or scenario not in SCENARIOS:
        raise SkippedError(f"there is no {scenario} plant with tools here")
    return toolbox(scenario, warmed_up(scenario, seed=1, warmup_s=WARM_UP_S))


def _calls(scenario: str, calls: tuple[Call, ...], *, peek: bool = False) -> Case:
    """Make the calls by turns, on a fork of its own for every two hundred, so that the plant stays as it is."""
    door = _door(scenario)
    wanted = [ToolCall(name=name, arguments=arguments) for name, arguments in calls]
    for call in wanted:
        result = door.onto(door.twin.fork()).call(call)
        if not result.ok:
            raise RuntimeError(f"{call.name} {call.arguments}: {result.message}")
    seen: dict[str, Any] = {}
    turns = cycle(wanted)
    times: dict[str, list[float]] = {call.name: [] for call in wanted}

    def fresh() -> None:
        fork = door.onto(door.twin.fork())
        seen["do"] = fork.peek if peek else fork.call

    def work() -> None:
        seen["do"](next(turns))

    def facts() -> dict[str, Any]:
        """Time each tool by itself: a median over all of them would hide a slow one."""
        for call in wanted:
            fresh()
            for _ in range(20):
                started = perf_counter()
                seen["do"](call)
                times[call.name].append(perf_counter() - started)
        return {"tools_median_us": {name: round(1e6 * median(each), 1) for name, each in times.items()}}

    return Case(work, every=200, fresh=fresh, facts=facts)


def read(scenario: str = "production") -> Case:
    return _calls(scenario, READS[scenario])


def peek(scenario: str = "production") -> Case:
    return _calls(scenario, READS[scenario], peek=True)


def act(scenario: str = "production") -> Case:
    return _calls(scenario, ACTS[scenario])


class _Timed(Evidence):
    """Evidence that times the run of the plant to which nobody did anything."""

    idle_s: float = 0.0

    @cached_property
    def idle(self) -> Any:
        started = perf_counter()
        door = Evidence.idle.func(self)  # type: ignore[attr-defined]  # the property's own function
        self.idle_s = perf_counter() - started
        return door


def _finished(instance: Any) -> Any:
    """Play the reference of a task to its end."""
    from scenarios.episode import Episode
    from scenarios.reference import ReferenceAgent

    agent = ReferenceAgent(instance)
    episode = Episode(instance)
    while not episode.over:
        episode.step(agent.act(episode.observation))
    return episode


def verify(scenario: str = "production") -> Given:
    """Time the verdict on each task's reference, beyond the run of the plant to which nobody did anything."""
    import scenarios.episode

    found = instances(scenario)
    turns = cycle(found)
    whole: list[float] = []
    idle: list[float] = []
    needed: list[bool] = []
    episodes: Any = scenarios.episode
    judge = episodes.verify

    def timed(evidence: Evidence) -> Any:
        evidence.__class__ = _Timed
        started = perf_counter()
        verdict = judge(evidence)
        whole.append(perf_counter() - started)
        needed.append("idle" in vars(evidence))
        # The run is made for the report where no check asked for it.
        assert evidence.idle is not None
        idle.append(evidence.idle_s)  # type: ignore[attr-defined]  # its class is another now
        return verdict

    # The verdict is timed where the episode asks for it.
    episodes.verify = timed

    def take() -> float:
        _finished(next(turns))
        return whole[-1] - (idle[-1] if needed[-1] else 0.0)

    # A first verdict on a task parses its conditions, and a first episode warms up a plant; an evaluation pays once.
    for _ in found:
        take()
    for times in (whole, idle, needed):
        times.clear()

    def facts() -> dict[str, Any]:
        return {
            "tasks": len(found),
            "do_nothing_run_median_ms": round(1e3 * median(idle), 3),
            "verdicts_that_need_it": f"{sum(needed)} of {len(needed)}",
            "with_it_median_ms": round(1e3 * median(whole), 3),
        }

    return Given(take, facts)


def replay(scenario: str = "production") -> Given:
    """Time the replay of each task's recorded reference: every answer compared with the record, then the verdict."""
    from scenarios.rollout import replay as play_again

    found = instances(scenario)
    records = [(_finished(instance).trajectory, instance) for instance in found]
    calls = sum(isinstance(entry.item, ToolCall) for record, _ in records for entry in record.entries)
    turns = cycle(records)

    def take() -> float:
        record, instance = next(turns)
        # Its plant's warm-up has been met before: an evaluation meets each many times.
        instance.plant()
        started = perf_counter()
        play_again(record, instance)
        return perf_counter() - started

    return Given(take, lambda: {"tasks": len(found), "calls_per_task": round(calls / len(found), 1)})


if __name__ == "__main__":
    main(lambda: version("leaf-twin"), {each.__name__: each for each in (read, peek, act, verify, replay)})

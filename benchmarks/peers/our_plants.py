"""Our side at the plants: resets, forks, steps, and how fast a line and a grid run."""

from __future__ import annotations

from importlib.metadata import version
from itertools import count as numbers
from itertools import cycle
from time import perf_counter
from typing import Any

from clock import Case, SkippedError, main
from our_tasks import instances

WARM_UP_S = 4 * 3600.0
TAKT_PER_H = 80
EPISODE_STEPS = 500
_PLAIN = {"load": 0.9, "variation": 0.2, "buffer_after": 6, "mtbf_h": None, "defect_rate": 0.0}
_FULL = {**_PLAIN, "mtbf_h": 20.0, "repair_min": 12.0, "defect_rate": 0.007, "rework_share": 0.5}


def _warm(scenario: str, seed: int = 1) -> Any:
    from twin.catalog import PLANTS, warmed_up

    if scenario not in PLANTS:
        raise SkippedError(f"there is no {scenario} plant here")
    return warmed_up(scenario, seed=seed, warmup_s=WARM_UP_S)


def equal_line(stations: int, lines: int, full: bool = False) -> dict[str, Any]:
    """Configure lines of equal stations, one product, at 80 parts an hour."""
    station = _FULL if full else _PLAIN
    names = [f"s{number}" for number in range(stations)]
    recipe = {"product": "bracket", "planned_speed_per_h": 88, "max_speed_per_h": 120}
    return {
        "lines": lines,
        "stations": [{"name": name, **station, "buffer_after": 0 if name == names[-1] else 6} for name in names],
        "recipes": [{**recipe, "weld_temperature_c": 1480, "inspection": "visual"}],
        "changeovers": [],
        "initial_speed_low": TAKT_PER_H,
        "initial_speed_high": TAKT_PER_H,
    }


def _operations(twin: Any) -> float:
    """Count the parts that each station has finished so far."""
    config = twin.config
    places = ((line, station.name) for line in range(1, config.lines + 1) for station in config.stations)
    return float(sum(twin.view("get_station_status", line=n, station=name)["parts_done"] for n, name in places))


def _parts_per_line_h(twin: Any) -> float:
    lines = twin.config.lines
    made = sum(twin.view("get_kpi", line=n, hours=4.0)["throughput_per_h"] for n in range(1, lines + 1))
    return round(float(made) / lines, 1)


def line(stations: int = 5, lines: int = 1, full: bool = False) -> Case:
    """Time an operation of a station while nobody looks."""
    from twin.catalog import build

    warm = build("production", seed=1, config=equal_line(stations, lines, full))
    warm.advance(WARM_UP_S)
    seen: dict[str, Any] = {"twin": warm}

    def fresh() -> None:
        seen["twin"] = warm.fork()

    def facts() -> dict[str, Any]:
        return {"parts_per_line_h": _parts_per_line_h(seen["twin"])}

    # Tools wear out over days; every eight hours the line is as it was.
    return Case(
        lambda: seen["twin"].advance(600),
        every=48,
        fresh=fresh,
        size=lambda: _operations(seen["twin"]),
        facts=facts,
    )


def step(stations: int = 5, lines: int = 1, step_s: float = 5.0, count: int = 100) -> Case:
    """Time a step in numbers: write each line's speed, let time pass, read every measured variable."""
    from twin.catalog import warmed_up

    config = equal_line(stations, lines)
    seeds = numbers()
    speeds = cycle((TAKT_PER_H, TAKT_PER_H - 1))
    targets = [f"line{number}.speed_per_h" for number in range(1, lines + 1)]
    seen: dict[str, Any] = {}

    def fresh() -> None:
        seen["twin"] = warmed_up("production", seed=next(seeds) % 4, warmup_s=WARM_UP_S, config=config)

    def work() -> None:
        twin, speed = seen["twin"], next(speeds)
        for name in targets:
            twin.write(name, speed)
        twin.advance(step_s)
        seen["observation"] = list(twin.read_all().values())

    def facts() -> dict[str, Any]:
        return {"parts_per_line_h": _parts_per_line_h(seen["twin"]), "observed": len(seen["observation"])}

    return Case(work, count=count, every=EPISODE_STEPS, fresh=fresh, facts=facts)


def env_step(stations: int = 5, lines: int = 1, count: int = 50) -> Case:
    """Time a step of the env in text: set a line's speed and look at the line by turns, 5 s and 2 s of plant time."""
    from scenarios.catalog import templates
    from scenarios.env import TwinEnv
    from scenarios.episode import Budgets
    from scenarios.world import World
    from tools_api.messages import ToolCall

    world = World(warmup_s=WARM_UP_S, config=equal_line(stations, lines))
    instance = templates("production")[0].instance(0).model_copy(update={"world": world})
    env = TwinEnv("production", budgets=Budgets(tool_calls=10**9))
    speeds = [ToolCall(name="set_line_speed", arguments={"line": 1, "speed_per_h": TAKT_PER_H - n}) for n in (0, 1)]
    look = ToolCall(name="get_line_status", arguments={"line": 1})
    actions = cycle((speeds[0], look, speeds[1], look))
    seen: dict[str, Any] = {}

    def fresh() -> None:
        env.reset(options={"instance": instance})

    def work() -> None:
        seen["text"] = env.step(next(actions))[0]

    def facts() -> dict[str, Any]:
        if not env.observation.events[0].ok:  # type: ignore[union-attr]  # an answer to a call
            raise RuntimeError(f"the env refused: {seen['text']}")
        return {"observed_characters": len(seen["text"])}

    return Case(work, count=count, every=EPISODE_STEPS, fresh=fresh, facts=facts)


def grid(count: int = 20) -> Case:
    """Time a minute of the microgrid: new injections, one power flow, every measured variable read."""
    twin = _warm("energy")
    names = list(twin.variables)
    seen: dict[str, Any] = {"twin": twin}

    def fresh() -> None:
        seen["twin"] = twin.fork()

    def work() -> None:
        plant = seen["twin"]
        plant.advance(60)
        seen["observation"] = list(plant.read_all().values())

    def facts() -> dict[str, Any]:
        config = twin.config
        return {"buses": len(config.buses), "branches": len(config.lines) + 1, "observed": len(names)}

    return Case(work, count=count, every=1440, fresh=fresh, facts=facts)


def minute(scenario: str = "production") -> Case:
    """Time a plant minute of the standard plant, nobody looking."""
    twin = _warm(scenario)
    facts = {"stations": twin.config.lines * len(twin.config.stations)} if scenario == "production" else {}
    return Case(lambda: twin.advance(60), facts=lambda: facts)


def fork(scenario: str = "production", into_s: float = 1800.0) -> Case:
    """Time a fork half an hour into an episode."""
    twin = _warm(scenario)
    twin.advance(into_s)
    return Case(twin.fork)


def warmed(scenario: str = "production") -> Case:
    """Time getting a plant that has run for four hours, from the cache of warmed-up plants."""
    _warm(scenario)
    return Case(lambda: _warm(scenario))


def cold(scenario: str = "production") -> Case:
    """Time building a plant and running it for four hours, as the first reset of each plant seed does."""
    from twin.catalog import PLANTS, build

    if scenario not in PLANTS:
        raise SkippedError(f"there is no {scenario} plant here")
    seeds = numbers()
    return Case(lambda: build(scenario, seed=next(seeds)).advance(WARM_UP_S))


def reset(scenario: str = "production") -> Case:
    """Time a reset of the env to an instance of each task, drawing it included, its plant's warm-up met before."""
    from scenarios.env import TwinEnv

    found = instances(scenario)
    env = TwinEnv(scenario)
    turns = cycle(found)
    seen: dict[str, Any] = {}
    times: dict[str, float] = {}

    def fresh() -> None:
        seen["next"] = next(turns)
        # More tasks than the cache holds plants: its warm-up is not to be paid here.
        seen["next"].plant()

    def work() -> None:
        env.reset(options={"task": seen["next"].task, "seed": seen["next"].seed})

    def facts() -> dict[str, Any]:
        """Time each task by itself, once: a task whose plant settles for hours simulates them at every reset."""
        for _ in range(0 if times else len(found)):
            fresh()
            started = perf_counter()
            work()
            times[seen["next"].task] = perf_counter() - started
        slowest = sorted(times, key=times.__getitem__, reverse=True)[:5]
        return {
            "tasks": len(found),
            "tasks_over_20_ms": sum(each > 0.020 for each in times.values()),
            "slowest_ms": {task: round(1e3 * times[task], 1) for task in slowest},
        }

    return Case(work, every=1, fresh=fresh, facts=facts)


if __name__ == "__main__":
    main(
        lambda: version("leaf-twin"),
        {each.__name__: each for each in (line, step, env_step, grid, minute, fork, warmed, cold, reset)},
    )

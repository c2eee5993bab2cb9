"""A plant as a Gymnasium environment of numbers, for classical control and reinforcement learning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from scenarios.control_levers import Desk, Lever
from scenarios.control_rewards import Meter
from scenarios.control_views import VIEWS, ControlView, Signal
from scenarios.seeds import SPLITS, Split
from twin.catalog import warmed_up
from twin.clock import EPOCH
from twin.core import Twin
from twin.errors import TwinError

CLOCK = ("clock.sine", "clock.cosine", "clock.left")
"""Hour of the day as an angle, and the share of the episode that is left; the last numbers of an observation."""
OPTIONS = ("plant", "split")

Numbers = npt.NDArray[np.float32]


class ControlEnv(gymnasium.Env[Numbers, npt.NDArray[Any]]):
    """One plant, moved by numbers once every control period.

    An observation is a Box of measured values, each from -1 to 1 over its range in `scenarios/control_views.py`
    (`observation_names` tells which is which, `reading` gives them in their units), and the clock. An action is a Box
    from -1 to 1 or a MultiDiscrete, by the plant; `rest` is the action that does nothing. What the plant refuses, by
    an interlock or a limit, changes nothing and is counted in `info`. The reward is the growth of the plant's balance
    in EUR over `scale_eur`, so that the undiscounted return is the episode's key figure. An episode always ends after
    `steps` periods: the end is part of the problem, and told by the clock, hence `terminated` and never `truncated`.

    Each episode has a plant of its own, drawn from the seeds of `split`. `reset(options=...)` takes

    plant: the seed of the plant
    split: another split for this episode

    `levers` keeps the named levers alone; the others rest.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # noqa: RUF012 - its form

    def __init__(
        self,
        scenario: str = "energy",
        *,
        split: Split = "train",
        levers: Sequence[str] | None = None,
        render_mode: str | None = None,
    ) -> None:
        if scenario not in VIEWS:
            raise ValueError(f"no scenario {scenario!r}; there are {', '.join(VIEWS)}")
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode={render_mode!r}; there are {', '.join(self.metadata['render_modes'])}")
        self.scenario = scenario
        self.view: ControlView = VIEWS[scenario]
        self.render_mode = render_mode
        self._split = _known(split)
        self._levers = _chosen(self.view, levers)
        self.action_names = tuple(name for lever in self._levers for name in lever.names)
        self.observation_names = (*(signal.name for signal in self.view.signals), *CLOCK)
        self._lows = np.array([signal.low for signal in self.view.signals])
        self._spans = np.array([signal.high - signal.low for signal in self.view.signals])
        self.observation_space = spaces.Box(-1.0, 1.0, (len(self.observation_names),), np.float32)
        sizes = [size for lever in self._levers for size in lever.sizes or ()]
        self.action_space: spaces.Space[npt.NDArray[Any]] = (
            spaces.MultiDiscrete(sizes) if sizes else spaces.Box(-1.0, 1.0, (len(self.action_names),), np.float32)
        )
        self._desk: Desk | None = None
        self._meter: Meter = self.view.meter()
        self._seen: list[float] = []
        self._steps = 0
        self._balance = 0.0

    @property
    def rest(self) -> npt.NDArray[Any]:
        """The action that does nothing."""
        return np.zeros(len(self.action_names), self.action_space.dtype)

    @property
    def twin(self) -> Twin:
        """The plant. Raises `gymnasium.error.ResetNeeded` before the first reset."""
        if self._desk is None:
            raise gymnasium.error.ResetNeeded("reset the env before anything else")
        return self._desk.twin

    @property
    def reading(self) -> dict[str, float]:
        """The last observation in the signals' own units, without the clock."""
        return dict(zip(self.observation_names, self._seen, strict=False))

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Numbers, dict[str, Any]]:
        """Begin an episode in a warmed-up plant. Raises `ValueError` for an option that is unknown."""
        super().reset(seed=seed)
        given = dict(options or {})
        unknown = [name for name in given if name not in OPTIONS]
        if unknown:
            raise ValueError(f"unknown option {unknown[0]!r}; there are {', '.join(OPTIONS)}")
        first, last = SPLITS[_known(given.get("split", self._split))]
        plant = given.get("plant")
        chosen = int(self.np_random.integers(first, last + 1)) if plant is None else int(plant)
        view = self.view
        self._desk = Desk(warmed_up(self.scenario, seed=chosen, warmup_s=view.warmup_s, config=view.config))
        self._meter = view.meter()
        self._meter.begin(self._desk)
        self._steps, self._balance, self._seen = 0, 0.0, [signal.low for signal in view.signals]
        return self._observe(), self._info()

    def step(self, action: npt.NDArray[Any]) -> tuple[Numbers, float, bool, bool, dict[str, Any]]:
        """Move the levers, let a control period pass, look. Raises `ValueError` for an action of another shape."""
        twin, desk = self.twin, self._desk
        assert desk is not None
        if self._steps >= self.view.steps:
            raise gymnasium.error.ResetNeeded(f"the episode is over after {self.view.steps} steps; reset the env")
        values = np.asarray(action)
        if values.shape != (len(self.action_names),) or not np.all(np.isfinite(values)):
            raise ValueError(f"action {action!r} is not {len(self.action_names)} finite numbers")
        if isinstance(self.action_space, spaces.Box):
            values = np.clip(values, -1.0, 1.0)
        place = 0
        for lever in self._levers:
            count = len(lever.names)
            lever.apply(desk, values[place : place + count].tolist())
            place += count
        for _ in range(round(self.view.period_s / self.view.sample_s)):
            twin.advance(self.view.sample_s)
            self._meter.watch(desk)
        self._steps += 1
        before = self._balance
        info = self._info()
        self._balance = info["balance_eur"]
        reward = (self._balance - before) / self.view.scale_eur
        return self._observe(), reward, self._steps >= self.view.steps, False, info

    def render(self) -> Any:
        """Show what is seen: a text for `ansi`, a picture (height x width x 3, uint8) for `rgb_array`."""
        if self.render_mode is None:
            return None
        if self.render_mode == "ansi":
            return "\n".join(f"{name}: {value:g}" for name, value in self.reading.items())
        from scenarios.picture import plant_picture

        return plant_picture(self.twin)

    def _observe(self) -> Numbers:
        twin = self.twin
        measured = twin.read_all()
        told: dict[tuple[str, str], Mapping[str, Any] | None] = {}
        # What cannot be reached keeps the value that was seen last.
        self._seen = [
            measured[signal.name] if signal.tool is None else _tell(twin, signal, told, last)
            for signal, last in zip(self.view.signals, self._seen, strict=True)
        ]
        scaled = 2 * (np.array(self._seen) - self._lows) / self._spans - 1
        hour = (EPOCH.hour * 3600 + twin.now) % 86_400 / 86_400
        left = 1 - self._steps / self.view.steps
        clock = (math.sin(2 * math.pi * hour), math.cos(2 * math.pi * hour), left)
        seen: Numbers = np.clip(np.concatenate([scaled, clock]), -1.0, 1.0).astype(np.float32)
        return seen

    def _info(self) -> dict[str, Any]:
        desk = self._desk
        assert desk is not None
        refused = {f"refused_{code}": count for code, count in sorted(desk.refused.items())}
        return {
            "time_s": desk.twin.now,
            "plant": desk.twin.seed,
            "refused": sum(desk.refused.values()),
            **refused,
            **self._meter.figures(desk),
        }


def _tell(twin: Twin, signal: Signal, told: dict[tuple[str, str], Mapping[str, Any] | None], last: float) -> float:
    assert signal.tool is not None
    key = signal.tool, repr(signal.arguments)
    if key not in told:
        try:
            told[key] = twin.view(signal.tool, **signal.arguments)
        except TwinError:
            told[key] = None
    answer = told[key]
    return last if answer is None else float(answer[signal.answer])


def _known(split: Split) -> Split:
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; there are {', '.join(SPLITS)}")
    return split


def _chosen(view: ControlView, names: Sequence[str] | None) -> tuple[Lever, ...]:
    if names is None:
        return view.levers
    known = {lever.names[0]: lever for lever in view.levers}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"levers {list(names)}: name at least one of {', '.join(known)}, and nothing else")
    return tuple(lever for name, lever in known.items() if name in names)

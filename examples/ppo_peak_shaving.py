"""PPO learns to shave the peaks of a factory's grid with its battery, and is compared with nothing and with a rule.

    python -m examples.ppo_peak_shaving                     train, compare on days that nobody trained on
    python -m examples.ppo_peak_shaving --tune              how the rule got its upper limit
    python -m examples.ppo_peak_shaving --picture CURVE.svg also draw the learning curve

The rule holds the import between two fixed limits, the upper one as `--tune` finds it best on training days: above it
the battery discharges, below the lower one it charges, between them it rests. PPO chooses the battery's power every
quarter of an hour, behind a guard with the rule's upper limit: whatever it chooses, the battery gives at least what
brings the import, as it was measured last, down to that limit. What PPO has to learn is to have enough in stock for
the peaks, and to buy and use the rest when it pays. `guard` in the table is the guard alone.

Training days are plants of the split `train`, the best model of a run is chosen on `validation`, and the table is of
`test`. Money is the bill with its demand charge, less the worth of what is stored: see docs/rl.md.
`ppo_peak_shaving.expected` beside this file is the shape of the output: `...` stands for anything on a line.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env

from evaluation.statistics import Z95
from examples.ppo_curve import curve_svg
from scenarios.control import ControlEnv, Numbers
from scenarios.seeds import SPLITS, Split

BATTERY = "battery1.power_kw"
BATTERY_KW = 250.0
ONE_WAY = 0.95
"""The battery's efficiency into it, and out of it."""
RULE_KW = (670.0, 300.0)
"""The rule's limits; `--tune` finds the upper one."""
TUNED = tuple(itertools.product((640.0, 650.0, 660.0, 670.0, 680.0, 690.0), (300.0,)))
TUNED_ON = 32
"""Training days that the rule's upper limit is chosen on. The lower one only has to lie above what a night takes."""
STARTS = 8
CURVE_EVERY = 4
"""Updates between two points of the learning curve."""


class Guarded(gymnasium.Wrapper[Numbers, Numbers, Numbers, Numbers]):
    """The energy view with the battery behind its guard, and a reward without the chance that no action changes.

    The reward is the balance beside the loads' own energy, in units of 10 EUR: what the battery gave or took is paid at
    the period's price, and new peaks, wear and the worth of what is stored are in it. A new peak may cost hundreds in
    one period; the reward is cut at -50 EUR so that it does not drown all else. The table counts every cent.
    """

    def __init__(self, env: ControlEnv) -> None:
        super().__init__(env)
        self.plant = env
        self._beside_eur = self._stored_kwh = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Numbers, dict[str, Any]]:
        """Begin a day."""
        self._beside_eur = self._stored_kwh = 0.0
        return self.plant.reset(seed=seed, options=options)

    def step(self, action: Numbers) -> tuple[Numbers, float, bool, bool, dict[str, Any]]:
        """Let a quarter of an hour pass."""
        price_ct, stored_kwh = self.plant.reading["tariff.price_ct_kwh"], self._stored_kwh
        seen, _, terminated, truncated, info = self.plant.step(guarded(action, self.plant))
        before = self._beside_eur
        self._beside_eur = info["balance_eur"] + info["energy_eur"]
        # Not power times time: a battery that comes to its floor or ceiling stops in the middle of a period.
        self._stored_kwh = info["stored_kwh"]
        taken_kwh = self._stored_kwh - stored_kwh
        given_kwh = -taken_kwh / ONE_WAY if taken_kwh > 0 else -taken_kwh * ONE_WAY
        given_eur = given_kwh * price_ct / 100
        gained_eur = self._beside_eur - before + given_eur
        return seen, max(-50.0, gained_eur) / 10, terminated, truncated, info


def guarded(action: Numbers, env: ControlEnv) -> Numbers:
    """Give at least the power that brings the import, as measured last, down to the upper limit."""
    least = (env.reading["grid.import_kw"] + env.reading[BATTERY] - RULE_KW[0]) / BATTERY_KW
    return np.clip(np.maximum(action, np.float32(least)), -1.0, 1.0)


def band_kw(reading: dict[str, float], upper_kw: float, lower_kw: float) -> float:
    """Return the battery's power, positive when it discharges, that brings the import back between the limits."""
    without = reading["grid.import_kw"] + reading[BATTERY]
    wanted = max(without - upper_kw, 0.0) or min(without - lower_kw, 0.0)
    full = wanted < 0 and reading["battery1.soc_pct"] >= 89.9
    return 0.0 if full else min(BATTERY_KW, max(-BATTERY_KW, wanted))


def make_env(split: Split = "train") -> Guarded:
    """Make the energy view with the battery alone, behind its guard."""
    return Guarded(ControlEnv("energy", split=split, levers=[BATTERY]))


@dataclass(slots=True)
class Days:
    """What a policy made of some days, one entry a day."""

    cost_eur: list[float] = field(default_factory=list)
    demand_eur: list[float] = field(default_factory=list)
    peak_kw: list[float] = field(default_factory=list)


Policy = Callable[[Numbers, ControlEnv], Numbers]
"""Battery's power, from -1 to 1, for what is seen."""


def nothing(seen: Numbers, env: ControlEnv) -> Numbers:  # noqa: ARG001 - it looks at nothing
    """Let the battery rest."""
    return env.rest


def rule(limits_kw: tuple[float, float]) -> Policy:
    """Hold the import between two fixed limits."""

    def hold(seen: Numbers, env: ControlEnv) -> Numbers:  # noqa: ARG001 - it reads kilowatts
        return np.array([band_kw(env.reading, *limits_kw) / BATTERY_KW], np.float32)

    return hold


def guard(seen: Numbers, env: ControlEnv) -> Numbers:  # noqa: ARG001 - it reads kilowatts
    """Let the battery rest behind its guard."""
    return guarded(env.rest, env)


def learned(model: BaseAlgorithm) -> Policy:
    """Do what a trained model says, without chance, behind the guard."""

    def choose(seen: Numbers, env: ControlEnv) -> Numbers:
        return guarded(model.predict(seen, deterministic=True)[0], env)

    return choose


def play(policy: Policy, split: Split, count: int) -> Days:
    """Play the first days of a split."""
    env = ControlEnv("energy", split=split, levers=[BATTERY])
    days = Days()
    for number in range(count):
        seen, _ = env.reset(options={"plant": SPLITS[split][0] + number})
        over = False
        while not over:
            seen, _, over, _, info = env.step(policy(seen, env))
        days.cost_eur.append(-info["balance_eur"])
        days.demand_eur.append(info["demand_eur"])
        days.peak_kw.append(info["peak_import_kw"])
    return days


class Curve(BaseCallback):
    """Plays the validation days every few updates, and keeps the best model's weights."""

    def __init__(self, days: int) -> None:
        super().__init__()
        self._count = days
        self._idle = statistics.fmean(play(nothing, "validation", days).cost_eur)
        self._updates = 0
        self.points: list[tuple[int, float]] = []
        self.best: dict[str, torch.Tensor] = {}

    def look(self) -> None:
        """Take a point."""
        saved = self._idle - statistics.fmean(play(learned(self.model), "validation", self._count).cost_eur)
        if not self.points or saved > max(point[1] for point in self.points):
            self.best = {name: value.clone() for name, value in self.model.policy.state_dict().items()}
        self.points.append((self.num_timesteps, saved))
        print(f"  {self.num_timesteps:7} steps: {saved:6.1f} EUR a day saved on validation days", flush=True)

    def _on_rollout_start(self) -> None:
        if self._updates % CURVE_EVERY == 0:
            self.look()
        self._updates += 1

    def _on_step(self) -> bool:
        return True


def train(steps: int, seed: int, validation_days: int, update_steps: int) -> tuple[PPO, Curve]:
    """Train on eight plants at a time; every episode is a new day. The model has the weights best on validation."""
    torch.set_num_threads(1)
    envs = make_vec_env(make_env, n_envs=STARTS, seed=seed)
    model = PPO(
        "MlpPolicy",
        envs,
        seed=seed,
        device="cpu",
        n_steps=update_steps,
        batch_size=update_steps,
        learning_rate=5e-4,
        gamma=0.98,
        gae_lambda=0.9,
        policy_kwargs={"net_arch": [64, 64], "log_std_init": -1.0},
    )
    curve = Curve(validation_days)
    model.learn(steps, callback=curve)
    curve.look()
    envs.close()
    model.policy.load_state_dict(curve.best)
    return model, curve


def interval(values: Sequence[float]) -> str:
    """Write mean and half of its 95 % interval."""
    spread = Z95 * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{statistics.fmean(values):8.1f} ± {spread:5.1f}"


def table(policies: dict[str, Days]) -> str:
    """Compare policies on the same days; savings are paired, against the first."""
    first = next(iter(policies.values()))
    lines = [f"{'policy':8} {'cost, EUR a day':>17} {'saved, EUR a day':>17} {'demand charge':>17} {'peak, kW':>17}"]
    for name, days in policies.items():
        saved = [idle - cost for idle, cost in zip(first.cost_eur, days.cost_eur, strict=True)]
        columns = (days.cost_eur, saved, days.demand_eur, days.peak_kw)
        lines.append(f"{name:8} " + " ".join(f"{interval(column):>17}" for column in columns))
    return "\n".join(lines)


def tune(days: int) -> None:
    """Play every pair of limits on training days and tell what each saves."""
    idle = statistics.fmean(play(nothing, "train", days).cost_eur)
    found = {limits: idle - statistics.fmean(play(rule(limits), "train", days).cost_eur) for limits in TUNED}
    for limits, saved in sorted(found.items(), key=lambda entry: -entry[1]):
        print(f"upper {limits[0]:g} kW, lower {limits[1]:g} kW: {saved:7.1f} EUR a day")


def main(arguments: list[str] | None = None) -> int:
    """Train, compare, tell; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=36_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=50, help="days of the table")
    parser.add_argument("--validation-days", type=int, default=16)
    parser.add_argument("--update-steps", type=int, default=184, help="steps of each of eight plants per update")
    parser.add_argument("--model", type=Path, help="where to keep the model")
    parser.add_argument("--picture", type=Path, help="where to draw the learning curve")
    parser.add_argument("--tune", action="store_true")
    given = parser.parse_args(arguments)
    if given.tune:
        tune(TUNED_ON)
        return 0
    begun = time.perf_counter()
    model, curve = train(given.steps, given.seed, given.validation_days, given.update_steps)
    print(f"trained {model.num_timesteps} steps of 15 min in {time.perf_counter() - begun:.0f} s, seed {given.seed}")
    if given.model:
        model.save(given.model)
    policies = {"nothing": nothing, "guard": guard, "rule": rule(RULE_KW), "ppo": learned(model)}
    days = {name: play(policy, "test", given.days) for name, policy in policies.items()}
    print(f"{given.days} days of the split test: mean ± half of the 95 % interval")
    print(table(days))
    gained = [cost - own for cost, own in zip(days["rule"].cost_eur, days["ppo"].cost_eur, strict=True)]
    print(f"ppo saves {interval(gained).strip()} EUR a day more than the rule")
    if given.picture:
        idle, held = (
            statistics.fmean(play(p, "validation", given.validation_days).cost_eur) for p in (nothing, rule(RULE_KW))
        )
        given.picture.write_text(curve_svg(curve.points, idle - held), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

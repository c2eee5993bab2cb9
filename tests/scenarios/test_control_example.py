"""The PPO example: its output has the shape that stands beside it, and its rule and guard do as they say."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from examples.ppo_curve import curve_svg
from examples.ppo_peak_shaving import (
    BATTERY,
    RULE_KW,
    Days,
    band_kw,
    guard,
    guarded,
    main,
    make_env,
    nothing,
    play,
    table,
)

SHAPE = Path(__file__).resolve().parents[2] / "examples" / "ppo_peak_shaving.expected"


def test_a_short_run_has_the_expected_shape(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    curve = tmp_path / "curve.svg"
    short = ["--steps", "32", "--update-steps", "4", "--days", "2", "--validation-days", "1"]
    assert main([*short, "--picture", str(curve), "--model", str(tmp_path / "model.zip")]) == 0
    pattern = re.escape(SHAPE.read_text("utf-8").strip()).replace(re.escape("..."), ".*?")
    assert re.fullmatch(pattern, capsys.readouterr().out.strip(), re.DOTALL)
    assert ET.parse(curve).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("import_kw", "battery_kw", "soc", "power_kw"),
    [
        (700, 0, 50, 50),
        (600, 100, 50, 50),
        (500, 0, 50, 0),
        (200, 0, 50, -100),
        (200, 0, 90, 0),
        (1000, 0, 50, 250),
    ],
)
def test_the_rule_brings_the_import_back_between_its_limits(
    import_kw: float, battery_kw: float, soc: float, power_kw: float
) -> None:
    reading = {"grid.import_kw": import_kw, BATTERY: battery_kw, "battery1.soc_pct": soc}
    assert band_kw(reading, 650, 300) == power_kw


def test_the_guard_only_adds_what_the_limit_needs() -> None:
    env = make_env().plant
    env.reset(options={"plant": 0})
    charging = np.array([-0.5], np.float32)
    while (over := env.reading["grid.import_kw"] - RULE_KW[0]) <= 0:
        # Charging may not make a peak of its own.
        assert guarded(charging, env)[0] == pytest.approx(max(-0.5, over / 250))
        assert guarded(env.rest, env)[0] == 0.0
        env.step(env.rest)
    assert guarded(env.rest, env)[0] == pytest.approx(over / 250)
    assert guarded(np.ones(1, np.float32), env)[0] == 1.0


def test_the_training_reward_is_the_cost_beside_the_loads_own_energy() -> None:
    env = make_env()
    env.reset(options={"plant": 1})
    total, over = 0.0, False
    while not over:
        _, reward, over, _, info = env.step(env.plant.rest)
        total += 10 * reward
    idle = play(nothing, "train", 2)
    loads_eur = idle.cost_eur[1] - idle.demand_eur[1]
    assert total == pytest.approx(loads_eur + info["balance_eur"], abs=10)


def test_guarded_days_cost_less_than_idle_ones() -> None:
    idle, held = play(nothing, "train", 2), play(guard, "train", 2)
    assert max(held.peak_kw) < min(idle.peak_kw)
    told = table({"nothing": idle, "guard": held})
    assert told.count("±") == 8
    assert "nan" in table({"one": Days([1.0], [0.0], [3.0])})


def test_the_curve_is_drawn_below_nothing_too() -> None:
    assert "polyline" in curve_svg([(0, -5.0), (100, 20.0)], 10.0)

"""The shop against theory: renewal, first passage, queueing for technicians, stock, zones, and what stays hidden."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from twin.catalog import build, warmed_up
from twin.core import Twin
from twin.faults import Fault, FaultPlan
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.machines import CLASSES, FAN
from twin.maintenance.nameplates import AssetConfig, ClassConfig, ModeConfig, SensorConfig, TaskConfig, TechnicianConfig
from twin.maintenance.views import iso_zone
from twin.maintenance.workshop import PARTS
from twin.randomness import gamma, stream

HOUR_S = 3600


def bare_shop(count: int, mode: ModeConfig, repair_h: float, technicians: int, **changes: Any) -> MaintenanceConfig:
    """Many equal fans with one failure mode, one kind of work and a crew that is always there."""
    kind = ClassConfig(
        name="fan",
        sensors={"temperature_c": SensorConfig(base=0.0, per_load=24.0, noise=0.5, warning=150.0)},
        zones=None,
        tests=(),
        modes=(mode,),
        service_task="renew",
    )
    task = TaskConfig(
        name="renew", hours=repair_h, skill="mechanical", classes=("fan",), repairs=(mode.name,), isolation=False
    )
    inspect = TaskConfig(name="inspect", hours=1, skill="mechanical", classes=("fan",), isolation=False)
    return MaintenanceConfig(
        assets=tuple(
            AssetConfig(
                name=f"F-{number}",
                asset_class="fan",
                area="hall",
                service="air",
                criticality="C",
                duty_pct=100,
            )
            for number in range(1, count + 1)
        ),
        classes=(kind,),
        tests=(),
        tasks=(task, inspect),
        parts=(),
        technicians=tuple(
            TechnicianConfig(name=f"T-{number}", skills=("mechanical",), shift="always")
            for number in range(1, technicians + 1)
        ),
        initial_damage=0,
        residual_damage=0,
        load_swing_pct=0,
        ambient_swing_c=0,
        sample_min=60,
        wear_min=60,
        crew_round_h=None,
        self_running=True,
        **changes,
    )


def wearing(process: str, life_h: float, spread: float = 0.3) -> ModeConfig:
    return ModeConfig.model_validate(
        {
            "name": "wear",
            "process": process,
            "life_h": life_h,
            "spread": spread,
            "symptoms": {"temperature_c": 1.0},
            "findings": {},
        }
    )


@pytest.mark.parametrize("shape", [0.02, 0.4, 1.0, 7.5])
def test_gamma_draws_follow_the_gamma_distribution(shape: float) -> None:
    key = stream(1, "gamma", str(shape))
    draws = [gamma(key, counter, shape) for counter in range(4000)]
    assert stats.kstest(draws, stats.gamma(shape).cdf).pvalue > 1e-3


def first_failures_h(twin: Twin, count: int, hours: int) -> list[float]:
    """Let a shop without people run; return when each machine failed."""
    twin.advance(hours * HOUR_S)
    times = [entry.time_s / HOUR_S for entry in twin.journal if entry.kind == "failure"]
    assert len(times) == count
    return times


def test_gamma_first_passage_is_its_closed_form() -> None:
    """P(T <= t) = Q(a t, L / u); machines are looked at each hour, so the law holds exactly at whole hours."""
    life, spread, count = 60.0, 0.3, 400
    config = bare_shop(count, wearing("gamma", life, spread), 1, 0)
    times = first_failures_h(build("maintenance", seed=1, config=config), count, 200)
    scale = spread**2
    for hour in (40, 50, 60, 70, 85):
        law = stats.gamma(hour / life / scale, scale=scale).sf(1.0)
        # Four standard deviations of a binomial of 400.
        sigma = math.sqrt(law * (1 - law) / count)
        assert np.mean(np.array(times) <= hour) == pytest.approx(law, abs=4 * sigma)


def test_wiener_damage_has_its_mean_and_spread() -> None:
    """Damage at time t is normal with mean t / life and variance spread^2 t / life, while nothing has failed."""
    config = bare_shop(300, wearing("wiener", 400, 0.2), 1, 0)
    twin = build("maintenance", seed=2, config=config)
    twin.advance(100 * HOUR_S)
    wear = [asset["wear"][0] for asset in twin.snapshot().state["assets"].values()]
    assert stats.kstest(wear, stats.norm(0.25, 0.2 * math.sqrt(0.25)).cdf).pvalue > 1e-3


def test_availability_is_that_of_an_alternating_renewal_process() -> None:
    """Availability = MTBF / (MTBF + MTTR), with more technicians than machines."""
    life, spread, repair_h, count, hours = 60.0, 0.3, 15.0, 40, 2000
    config = bare_shop(count, wearing("gamma", life, spread), repair_h, count, work_variation=0.5)
    twin = build("maintenance", seed=3, config=config)
    before = {name: asset["run_ms"] for name, asset in twin.snapshot().state["assets"].items()}
    twin.advance(hours * HOUR_S)
    after = twin.snapshot().state["assets"]
    running_h = sum(asset["run_ms"] - before[name] for name, asset in after.items()) / 3_600_000
    failures = sum(entry.kind == "failure" for entry in twin.journal)
    scale = spread**2
    grid = np.arange(0, 1000)
    mean_life_h = float(np.sum(stats.gamma.cdf(1.0, np.maximum(grid, 1e-9) / life / scale, scale=scale)))
    # About 1 000 cycles: the standard error of their mean is a hundredth.
    assert failures > 900
    assert running_h / failures == pytest.approx(mean_life_h, rel=0.04)
    assert running_h / (count * hours) == pytest.approx(mean_life_h / (mean_life_h + repair_h), abs=0.015)


def test_a_technician_is_waited_for_as_erlang_c_says() -> None:
    """Random failures of many machines, three equal technicians, exponential work: nearly an M/M/3 queue."""
    count, life, repair_h, servers, hours = 100, 200.0, 4.0, 3, 2600
    config = bare_shop(count, wearing("shock", life), repair_h, servers, work_time="exponential")
    twin = build("maintenance", seed=4, config=config)
    twin.advance(hours * HOUR_S)
    written: dict[str, float] = {}
    waits: list[float] = []
    for entry in twin.journal:
        if entry.kind == "work_order" and entry.data["after"] == "draft":
            written[entry.subject] = entry.time_s
        elif entry.kind == "work_order" and entry.data["after"] == "in_progress":
            waits.append(entry.time_s - written[entry.subject])
    rate = len(waits) / hours
    load = rate * repair_h
    erlang = load**servers / math.factorial(servers) * servers / (servers - load)
    waiting = erlang / (sum(load**k / math.factorial(k) for k in range(servers)) + erlang)
    assert len(waits) > 1000
    # The finite number of machines makes it a little less; queueing makes the samples depend on each other.
    assert np.mean(np.array(waits) > 0) == pytest.approx(waiting, abs=0.07)
    assert np.mean(waits) / HOUR_S == pytest.approx(waiting * repair_h / (servers - load), rel=0.3)


def test_parts_are_conserved_and_the_store_reorders() -> None:
    config = MaintenanceConfig(self_running=True, wear_min=60, sample_min=60)
    classes = tuple(
        kind.model_copy(
            update={"modes": tuple(mode.model_copy(update={"life_h": mode.life_h / 12}) for mode in kind.modes)}
        )
        for kind in CLASSES
    )
    twin = build("maintenance", seed=5, config=config.model_copy(update={"classes": classes}))
    first = twin.snapshot().state["store"]["stock"]
    points = {part.name: part.reorder_point for part in PARTS}
    for _ in range(10):
        twin.advance(72 * HOUR_S)
        store = twin.snapshot().state["store"]
        for part, stock in store["stock"].items():
            assert stock == first[part] + store["bought"].get(part, 0) - store["used"].get(part, 0)
            coming = sum(purchase[2] for purchase in store["purchases"] if purchase[1] == part)
            assert stock - store["reserved"][part] + coming > points[part]
    assert sum(store["used"].values()) > 20
    done = [entry for entry in twin.journal if entry.kind == "work_order" and entry.data["after"] == "closed"]
    assert len(done) > 30


def test_zones_are_bounded_as_in_the_standard() -> None:
    twin = build("maintenance", seed=0)
    place = twin._plant._floor.layout.places["F-601"]  # type: ignore[attr-defined]
    assert FAN.zones == (2.3, 4.5, 7.1)
    zones = [iso_zone(place, value) for value in (0.0, 2.3, 2.31, 4.5, 4.51, 7.1, 7.11, 30.0)]
    assert zones == ["A", "A", "B", "B", "C", "C", "D", "D"]
    assert iso_zone(twin._plant._floor.layout.places["V-701"], 0.0) == "none"  # type: ignore[attr-defined]


def test_an_undisturbed_shop_is_quiet_and_alive_for_two_days() -> None:
    for seed in range(3):
        twin = warmed_up("maintenance", seed=seed, warmup_s=14400)
        wear = [asset["wear"] for asset in twin.snapshot().state["assets"].values()]
        twin.advance(44 * HOUR_S)
        severities = {entry.data["severity"] for entry in twin.journal if entry.kind == "alarm_raised"}
        assert severities <= {"info"}
        assert twin.view("list_work_orders")["count"] <= 6
        assert [asset["wear"] for asset in twin.snapshot().state["assets"].values()] != wear


def words_of(value: Any) -> str:
    return json.dumps(value, default=str)


def test_nothing_measured_names_the_cause() -> None:
    plan = FaultPlan(
        faults=tuple(
            Fault(kind=kind, target=target, start_s=600, severity=0.9)
            for kind, target in (
                ("misalignment", "P-201"),
                ("rotor_bar_damage", "M-302"),
                ("valve_leak", "C-401"),
                ("tooth_wear", "G-502"),
                ("looseness", "F-601"),
                ("trim_wear", "V-702"),
            )
        )
    )
    twin = warmed_up("maintenance", seed=1, warmup_s=7200, faults=plan)
    causes = [mode.name for kind in CLASSES for mode in kind.modes]
    for fault in plan.faults:
        asset = fault.target
        record = twin.view("get_asset", asset=asset)
        told = [
            {name: value for name, value in record.items() if name not in ("history", "last_cause")},
            *(twin.view(view, asset=asset) for view in ("get_condition", "list_alarms", "list_work_orders")),
            twin.command("create_work_order", asset=asset, task="overhaul"),
        ]
        told.append(twin.view("verify_repair", work_order=told[-1]["work_order"]))
        told.append(
            twin.command("run_test", asset=asset, test="leak_test" if asset == "V-702" else "thermography")
            if asset != "P-201"
            else {}
        )
        assert not [cause for cause in causes if f'"{cause}"' in words_of(told)]
    assert not [cause for cause in causes for name in twin.variables if cause in name]
    own = [words_of([entry.subject, *entry.data.values()]) for entry in twin.journal if entry.kind != "test"]
    assert not [cause for cause in causes for text in own if f'"{cause}"' in text]

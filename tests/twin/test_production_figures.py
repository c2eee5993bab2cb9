"""Where quality goes with speed and wear, and the figures behind the KPIs: on-time share, lead time, WIP."""

from __future__ import annotations

import math

import pytest

from twin.catalog import build
from twin.core import Twin
from twin.faults import Fault, FaultPlan
from twin.production.config import OrderConfig, ProductionConfig, StationConfig
from twin.production.windows import KeyFigures, key_figures, window

HOUR_S = 3600.0


def figures(twin: Twin, hours: float, line: int = 1) -> KeyFigures:
    floor = twin._plant._floor  # type: ignore[attr-defined]
    return key_figures(window(floor, floor.state.lines[line - 1], hours))


def spoiling_line(speed: int) -> ProductionConfig:
    """One line of two stations, of which the first spoils 2 % at planned speed; tools wear by fault only."""
    fixed = {"load": 1.0, "variation": 0, "mtbf_h": None, "tool_life_h": 10**6}
    stations = (
        StationConfig(name="weld", defect="porosity", defect_rate=0.02, rework_share=0.5, **fixed),
        StationConfig(name="inspect", defect_rate=0, **fixed),
    )
    return ProductionConfig(
        lines=1,
        stations=stations,
        recipes=ProductionConfig().recipes[:1],
        changeovers=(),
        orders=OrderConfig(quantity_low=10**6, quantity_high=10**6, queue_low=0, queue_high=1),
        initial_speed_low=speed,
        initial_speed_high=speed,
        crew_round_h=None,
    )


def spoiled(speed: int, wear_pct: float = 0.0) -> tuple[float, int]:
    """Share of the parts that inspection finds spoiled, and how many were inspected."""
    worn = Fault(kind="tool_wear", target="1.weld", start_s=0, severity=wear_pct / 100)
    twin = build("production", seed=2, config=spoiling_line(speed), faults=FaultPlan(faults=(worn,)))
    twin.advance(0.5 * HOUR_S)
    before = twin.snapshot().state["lines"][0]
    twin.advance(6000 / speed * HOUR_S)
    after = twin.snapshot().state["lines"][0]
    inspected = after["inspected"] - before["inspected"]
    return 1 - (after["first_pass"] - before["first_pass"]) / inspected, inspected


def check_share(measured: tuple[float, int], theory: float) -> None:
    """Agree within the 99 % interval of a binomial share."""
    share, count = measured
    assert share == pytest.approx(theory, abs=2.576 * math.sqrt(theory * (1 - theory) / count) + 1e-9)


def test_faster_spoils_more() -> None:
    """The chance of a defect goes with the square of speed over planned speed."""
    measured = {speed: spoiled(speed) for speed in (44, 88, 120)}
    assert measured[44][0] < measured[88][0] < measured[120][0]
    for speed, found in measured.items():
        check_share(found, 0.02 * (speed / 88) ** 2)


def test_a_worn_tool_spoils_more() -> None:
    """Beyond 60 % of wear each percent adds 12 % to the chance of a defect."""
    measured = {wear: spoiled(88, wear) for wear in (50, 75, 100)}
    assert measured[50][0] < measured[75][0] < measured[100][0]
    for wear, found in measured.items():
        check_share(found, 0.02 * (1 + 0.12 * max(0, wear - 60)))


def test_rework_saves_some_and_scrap_is_the_rest() -> None:
    twin = build("production", seed=2, config=spoiling_line(120))
    twin.advance(24 * HOUR_S)
    report = twin.view("get_quality_report", line=1, hours=24)
    defects = report["inspected"] * (1 - report["first_pass_yield_pct"] / 100)
    assert report["main_defect"] == "porosity"
    assert report["rework"] == pytest.approx(defects / 2, rel=0.35)
    # Of those reworked 15 % are scrap after all.
    assert report["scrap"] == pytest.approx(defects / 2 + 0.15 * report["rework"], rel=0.35)


def test_littles_law_holds_between_the_key_figures() -> None:
    twin = build("production", seed=1)
    twin.advance(24 * HOUR_S)
    for line in (1, 2, 3):
        found = figures(twin, 20, line)
        span = twin.view("get_quality_report", line=line, hours=20)
        left_per_h = (span["good"] + span["scrap"]) / 20
        assert found.wip_mean == pytest.approx(left_per_h * found.lead_time_min / 60, rel=0.05)


def test_mean_wip_is_the_mean_of_what_is_seen() -> None:
    twin = build("production", seed=6)
    twin.advance(2 * HOUR_S)
    seen = []
    for step in range(720):
        seen.append(twin.view("get_line_status", line=2)["wip"])
        twin.advance(10)
        if step == 300:
            # What is put on the rack is no longer on the line, but has been there.
            product = twin.view("get_line_status", line=2)["product"]
            twin.command("change_product", line=2, product="valve" if product != "valve" else "flange")
    assert figures(twin, 2, 2).wip_mean == pytest.approx(sum(seen) / len(seen), rel=0.02)


def test_on_time_is_what_was_done_by_its_due_time() -> None:
    twin = build("production", seed=4)
    twin.advance(20 * HOUR_S)
    shares = []
    for line in (1, 2, 3):
        done = [order for order in twin.view("list_orders", line=line)["orders"] if order["state"] == "done"]
        on_time = sum(order["late"] == "no" for order in done)
        shares.append(figures(twin, 24, line).on_time_share)
        assert shares[-1] == pytest.approx(on_time / len(done))
    assert min(shares) < 1
    assert max(shares) > 0


def test_a_young_plant_has_figures_too() -> None:
    found = figures(build("production", seed=0), 4)
    assert (found.on_time_share, found.lead_time_min, found.wip_mean) == (1.0, 0.0, 0.0)


def test_the_variables_of_a_line_are_its_key_figures_of_four_hours() -> None:
    twin = build("production", seed=4)
    twin.advance(8 * HOUR_S)
    found = figures(twin, 4, 2)
    assert twin.read("line2.oee_pct") == twin.view("get_kpi", line=2, hours=4)["oee_pct"]
    assert twin.read("line2.lead_time_min") == pytest.approx(found.lead_time_min, abs=0.05)
    assert twin.read("line2.on_time_pct") == pytest.approx(100 * found.on_time_share, abs=0.05)

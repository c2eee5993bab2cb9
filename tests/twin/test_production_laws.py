"""Laws that hold for every line, and lines with known theory against their formula."""

from __future__ import annotations

from typing import Any

import pytest

from twin.catalog import build
from twin.core import Twin
from twin.production.config import OrderConfig, ProductionConfig, StationConfig

HOUR_S = 3600.0


def bare_line(*stations: StationConfig, speed: int = 60) -> ProductionConfig:
    """One line that makes one product for ever at one speed."""
    standard = ProductionConfig()
    return ProductionConfig(
        lines=1,
        stations=stations,
        recipes=standard.recipes[:1],
        changeovers=(),
        orders=OrderConfig(quantity_low=10**6, quantity_high=10**6, queue_low=0, queue_high=1),
        initial_speed_low=speed,
        initial_speed_high=speed,
        crew_round_h=None,
    )


def bare_station(name: str, **changes: Any) -> StationConfig:
    """A station without chance: constant time, no failure, no defect."""
    fixed: dict[str, Any] = {"load": 1.0, "variation": 0, "mtbf_h": None, "defect_rate": 0, "repair_variation": 0}
    return StationConfig(name=name, **(fixed | changes))


def line_values(twin: Twin, line: int = 1) -> dict[str, Any]:
    values: dict[str, Any] = twin.snapshot().state["lines"][line - 1]
    return values


def parts_on(line: dict[str, Any]) -> int:
    return sum(station["part"] is not None for station in line["stations"]) + sum(map(len, line["buffers"]))


@pytest.mark.parametrize("seed", range(3))
def test_parts_in_are_good_scrap_on_the_line_or_on_the_rack(nervous: ProductionConfig, seed: int) -> None:
    twin = build("production", seed=seed, config=nervous)
    for hour in range(6):
        twin.advance(HOUR_S)
        if hour == 2:
            product = twin.view("get_line_status", line=1)["product"]
            twin.command("change_product", line=1, product="valve" if product != "valve" else "bracket")
        for number in (1, 2):
            line = line_values(twin, number)
            assert line["parts_in"] == line["good"] + line["scrap"] + parts_on(line) + sum(line["rack"].values())
            assert line["inspected"] == line["first_pass"] + sum(line["defects"].values())


def test_good_parts_are_credited_to_orders(twin: Twin) -> None:
    orders = twin.view("list_orders")["orders"]
    for number in (1, 2, 3):
        credited = sum(order["done"] for order in orders if order["line"] == number)
        assert credited == line_values(twin, number)["good"]


def test_times_in_the_states_of_a_line_add_up(twin: Twin) -> None:
    for number in (1, 2, 3):
        line = line_values(twin, number)
        assert sum(line["time_ms"].values()) == line["since_ms"]


def test_littles_law() -> None:
    stations = [
        bare_station("cut", variation=0.4, buffer_after=5),
        bare_station("weld", variation=0.4, mtbf_h=2, repair_min=6, buffer_after=5),
        bare_station("inspect", variation=0.4),
    ]
    twin = build("production", seed=3, config=bare_line(*stations))
    twin.advance(2 * HOUR_S)
    begin = line_values(twin)
    samples = []
    for _ in range(3000):
        twin.advance(24)
        samples.append(twin.view("get_line_status", line=1)["wip"])
    end = line_values(twin)
    left = end["good"] - begin["good"]
    rate_per_s = left / (3000 * 24)
    mean_stay_s = (end["flow_ms"] - begin["flow_ms"]) / 1000 / left
    assert sum(samples) / len(samples) == pytest.approx(rate_per_s * mean_stay_s, rel=0.03)


def test_a_sure_line_makes_what_its_slowest_station_makes() -> None:
    twin = build("production", seed=0, config=bare_line(bare_station("cut", load=0.5), bare_station("inspect")))
    twin.advance(30 + 60 * 100)
    line = line_values(twin)
    assert line["good"] == 100
    assert twin.view("get_station_status", line=1, station="inspect")["utilization_pct"] == 100.0
    assert twin.view("get_kpi", line=1, hours=1)["availability_pct"] == 100.0
    # The recipe plans 88 brackets an hour, the line makes 60.
    assert twin.view("get_kpi", line=1, hours=1)["performance_pct"] == pytest.approx(100 * 60 / 88, abs=1)


def test_utilization_follows_the_load() -> None:
    twin = build("production", seed=0, config=bare_line(bare_station("cut", load=0.6), bare_station("inspect")))
    twin.advance(3 * HOUR_S)
    assert twin.view("get_station_status", line=1, station="cut")["utilization_pct"] == pytest.approx(60, abs=0.6)


def test_one_station_is_available_by_its_formula() -> None:
    """Failures by operating time: availability = MTBF / (MTBF + MTTR)."""
    twin = build("production", seed=5, config=bare_line(bare_station("inspect", mtbf_h=1, repair_min=15)))
    hours = 400
    twin.advance(hours * HOUR_S)
    assert line_values(twin)["good"] / (60 * hours) == pytest.approx(1 / 1.25, rel=0.02)
    figures = twin.view("get_kpi", line=1, hours=24)
    assert figures["mttr_min"] == pytest.approx(15, abs=1)


def test_a_line_without_buffers_follows_buzacott() -> None:
    """Efficiency of n synchronous stations without buffers: 1 / (1 + sum of MTTR / MTBF) (Buzacott, 1968)."""
    stations = [bare_station(name, mtbf_h=5, repair_min=20, buffer_after=0) for name in ("a", "b", "inspect")]
    twin = build("production", seed=8, config=bare_line(*stations))
    hours = 400
    twin.advance(hours * HOUR_S)
    assert line_values(twin)["good"] / (60 * hours) == pytest.approx(1 / (1 + 3 / 15), rel=0.03)


def test_energy_is_the_integral_of_power() -> None:
    config = bare_line(bare_station("cut", variation=0.2, mtbf_h=1), bare_station("inspect", load=0.7))
    twin = build("production", seed=2, config=config)
    energy_kwh = 0.0
    for step in range(2400):
        energy_kwh += twin.read("line1.power_kw") * 3 / HOUR_S
        twin.advance(3)
        if step == 800:
            twin.command("stop_line", line=1)
        if step == 1000:
            # A station may have failed meanwhile; its alarm forbids to start.
            for alarm in twin.view("list_alarms", severity="critical")["alarms"]:
                if not alarm["acknowledged"]:
                    twin.command("acknowledge_alarm", alarm=alarm["alarm"])
            twin.command("start_line", line=1)
    assert twin.view("get_kpi", line=1, hours=2)["energy_kwh"] == pytest.approx(energy_kwh, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_week_keeps_its_books(seed: int) -> None:
    twin = build("production", seed=seed)
    for _ in range(7):
        twin.advance(24 * HOUR_S)
        for number in (1, 2, 3):
            line = line_values(twin, number)
            assert line["parts_in"] == line["good"] + line["scrap"] + parts_on(line) + sum(line["rack"].values())
            assert 40 <= twin.view("get_kpi", line=number, hours=24)["throughput_per_h"] <= 90

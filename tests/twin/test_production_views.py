"""What the nine views answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from twin.catalog import build
from twin.clock import EPOCH
from twin.core import Twin
from twin.errors import NotFound, OutOfRange

FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "get_line_status": (
        {"line": 1},
        "line state product speed_per_h throughput_per_h wip active_order bottleneck active_alarms fullest_buffer"
        " buffers",
    ),
    "get_station_status": (
        {"line": 2, "station": "weld"},
        "line station state utilization_pct temperature_c vibration_mm_s tool_wear_pct parts_done power_kw",
    ),
    "get_sensor_history": (
        {"line": 3, "station": "cut", "sensor": "temperature_c"},
        "line station sensor minutes mean minimum maximum latest trend_per_h",
    ),
    "get_kpi": (
        {"line": 1},
        "line hours availability_pct performance_pct quality_pct oee_pct throughput_per_h mtbf_h mttr_min energy_kwh",
    ),
    "list_alarms": ({}, "count unacknowledged worst_alarm worst_severity alarms"),
    "list_orders": ({}, "count late_count next_due_order orders"),
    "get_order": (
        {"order": "O-101"},
        "order line product quantity done remaining priority state due due_in_h expected_in_h late",
    ),
    "get_recipe": (
        {"product": "valve"},
        "product cycle_s max_speed_per_h changeover_min weld_temperature_c inspection",
    ),
    "get_quality_report": (
        {"line": 1},
        "line hours inspected good rework scrap scrap_pct first_pass_yield_pct main_defect",
    ),
}


@pytest.mark.parametrize("view", FIELDS)
def test_fields_are_those_of_the_contract(twin: Twin, view: str) -> None:
    arguments, fields = FIELDS[view]
    answer = twin.view(view, **arguments)
    assert " ".join(answer) == fields
    assert all(answer[name] == value for name, value in arguments.items())
    for value in answer.values():
        records = value if isinstance(value, list) else [{"": value}]
        assert all(isinstance(each, (int, float, str)) for record in records for each in record.values())


def test_fields_of_records(twin: Twin) -> None:
    twin.command("stop_line", line=1)
    order = twin.view("list_orders")["orders"][0]
    assert " ".join(order) == "order line product quantity done priority state late"
    buffers = twin.view("get_line_status", line=1)["buffers"]
    assert [buffer["buffer"] for buffer in buffers] == ["cut-form", "form-weld", "weld-paint", "paint-inspect"]
    assert [*buffers[0]] == ["buffer", "level", "capacity"]


@pytest.mark.parametrize("view", FIELDS)
def test_views_answer_at_second_0(view: str) -> None:
    arguments, _ = FIELDS[view]
    assert build("production", seed=0).view(view, **arguments)


def test_a_fresh_plant_has_one_active_order_a_line_and_runs() -> None:
    twin = build("production", seed=3)
    for line in (1, 2, 3):
        status = twin.view("get_line_status", line=line)
        assert (status["state"], status["wip"]) == ("running", 1)
        order = twin.view("get_order", order=status["active_order"])
        assert (order["state"], order["product"], order["remaining"]) == (
            "active",
            status["product"],
            order["quantity"],
        )


def test_order_times_agree(twin: Twin) -> None:
    for record in twin.view("list_orders")["orders"]:
        order = twin.view("get_order", order=record["order"])
        due = datetime.fromisoformat(order["due"])
        assert (
            due == EPOCH + timedelta(seconds=twin.now) + timedelta(hours=order["due_in_h"])
            or abs((due - EPOCH).total_seconds() - twin.now - 3600 * order["due_in_h"]) <= 180
        )
        assert order["late"] == record["late"]
        assert order["remaining"] == order["quantity"] - order["done"]
        if order["state"] in ("queued", "active") and abs(order["expected_in_h"] - order["due_in_h"]) > 0.1:
            assert (order["late"] == "yes") == (order["expected_in_h"] > order["due_in_h"])


def test_expected_finish_follows_the_queue(twin: Twin) -> None:
    for line in (1, 2, 3):
        queued = twin.view("list_orders", line=line, state="queued")["orders"]
        active = twin.view("get_order", order=twin.view("get_line_status", line=line)["active_order"])
        expected = [twin.view("get_order", order=order["order"])["expected_in_h"] for order in queued]
        assert min(expected) > active["expected_in_h"]


def test_lists_are_filtered(twin: Twin) -> None:
    everything = twin.view("list_orders")
    for state in ("queued", "active", "held", "done", "cancelled"):
        some = twin.view("list_orders", state=state)
        assert some["orders"] == [order for order in everything["orders"] if order["state"] == state]
    of_line = twin.view("list_orders", line=2)
    assert of_line["orders"] == [order for order in everything["orders"] if order["line"] == 2]
    assert of_line["late_count"] == sum(order["late"] == "yes" for order in of_line["orders"])
    due = twin.view("get_order", order=everything["next_due_order"])["due"]
    unfinished = [o["order"] for o in everything["orders"] if o["state"] in ("queued", "active")]
    assert due == min(twin.view("get_order", order=order)["due"] for order in unfinished)


def test_throughput_is_the_good_parts_of_the_last_hour(twin: Twin) -> None:
    before = {line: twin.view("get_quality_report", line=line, hours=24)["good"] for line in (1, 2, 3)}
    twin.advance(3600)
    for line in (1, 2, 3):
        made = twin.view("get_quality_report", line=line, hours=24)["good"] - before[line]
        assert twin.view("get_line_status", line=line)["throughput_per_h"] == made


def test_key_figures_fit_together(twin: Twin) -> None:
    for line in (1, 2, 3):
        figures = twin.view("get_kpi", line=line)
        shares = [figures[f"{name}_pct"] / 100 for name in ("availability", "performance", "quality")]
        assert figures["oee_pct"] / 100 == pytest.approx(shares[0] * shares[1] * shares[2], abs=0.002)
        report = twin.view("get_quality_report", line=line)
        assert figures["throughput_per_h"] == pytest.approx(report["good"] / 4, abs=0.1)
        assert report["scrap_pct"] == pytest.approx(100 * report["scrap"] / report["inspected"], abs=0.1)


def test_a_stopped_line_loses_availability(twin: Twin) -> None:
    twin.command("stop_line", line=1)
    twin.advance(1800)
    assert twin.view("get_kpi", line=1, hours=0.5)["availability_pct"] == 0.0


def test_history_agrees_with_status(twin: Twin) -> None:
    for sensor in ("temperature_c", "vibration_mm_s", "tool_wear_pct"):
        place = {"line": 1, "station": "form"}
        history = twin.view("get_sensor_history", **place, sensor=sensor, minutes=30)
        assert history["latest"] == twin.view("get_station_status", **place)[sensor]
        assert history["latest"] == twin.read(f"line1.form.{sensor}")
        assert history["minimum"] <= history["mean"] <= history["maximum"]


def test_wear_rises_as_fast_as_tools_live(twin: Twin) -> None:
    trends = [
        twin.view("get_sensor_history", line=line, station="weld", sensor="tool_wear_pct", minutes=60)["trend_per_h"]
        for line in (1, 2, 3)
    ]
    assert any(6 < trend < 9 for trend in trends)


@pytest.mark.parametrize(
    ("view", "arguments", "error", "words"),
    [
        ("get_line_status", {"line": 4}, NotFound, "no line 4; this plant has lines 1..3"),
        ("get_line_status", {"line": 0}, NotFound, "no line 0"),
        ("get_station_status", {"line": 1, "station": "wled"}, NotFound, "did you mean 'weld'?"),
        ("get_station_status", {"line": 1, "station": "x"}, NotFound, "known: cut, form, weld, paint, inspect"),
        ("get_order", {"order": "O-1001"}, NotFound, "no order 'O-1001'; did you mean 'O-101'?"),
        ("get_recipe", {"product": "valves"}, NotFound, "did you mean 'valve'?"),
        ("list_alarms", {"severity": "high"}, NotFound, "no severity 'high'"),
        ("get_kpi", {"line": 1, "hours": 30}, OutOfRange, "hours=30 is above 24; allowed 0.5..24"),
        ("get_quality_report", {"line": 1, "hours": 0}, OutOfRange, "hours=0 is below 0.5"),
        (
            "get_sensor_history",
            {"line": 1, "station": "cut", "sensor": "vibration_mm_s", "minutes": 4},
            OutOfRange,
            "minutes=4 is below 5; allowed 5..480",
        ),
    ],
)
def test_what_does_not_exist_is_told(
    twin: Twin, view: str, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        twin.view(view, **arguments)
    assert words in str(caught.value)


def test_an_unknown_view_is_the_programmers_mistake(twin: Twin) -> None:
    with pytest.raises(ValueError, match="did you mean 'get_kpi'"):
        twin.view("get_kpis", line=1)
    with pytest.raises(ValueError, match="did you mean 'stop_line'"):
        twin.command("stop_lin", line=1)


@pytest.mark.parametrize("seed", range(20, 32))
def test_a_warm_plant_is_an_ordinary_working_day(seed: int) -> None:
    twin = build("production", seed=seed)
    twin.advance(14400)
    orders = twin.view("list_orders")
    assert twin.view("list_orders", state="done")["count"] >= 1
    assert 0 < orders["late_count"] < orders["count"]
    for line in (1, 2, 3):
        assert twin.view("list_orders", line=line, state="active")["count"] == 1
        assert 2 <= twin.view("list_orders", line=line, state="queued")["count"] <= 4
        figures = twin.view("get_kpi", line=line)
        assert 50 <= figures["oee_pct"] <= 95
        assert 40 <= figures["throughput_per_h"] <= 90

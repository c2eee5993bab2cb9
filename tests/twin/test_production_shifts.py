"""Lines work in shifts: outside they stand still, and standing still is then no loss."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from twin.catalog import build
from twin.core import Twin
from twin.errors import WrongState
from twin.production.calendar import DAYS, WEEK_MS, BreakConfig, ShiftConfig, draw_up
from twin.production.config import ProductionConfig

HOUR_S = 3600.0
HOUR_MS = 3_600_000
PAUSE = BreakConfig(start=time(9), minutes=30)
DAY_SHIFT = ShiftConfig(
    name="day", start=time(6), end=time(14), days=("mon", "tue", "wed", "thu", "fri"), breaks=(PAUSE,)
)
NIGHTS = ShiftConfig(name="night", start=time(22), end=time(6), days=("sun", "mon"))


def day_plant(seed: int = 1) -> Twin:
    return build("production", seed=seed, config=ProductionConfig(shifts=(DAY_SHIFT,)))


def state(twin: Twin, line: int = 1) -> object:
    return twin.view("get_line_status", line=line)["state"]


def test_the_standard_calendar_never_stops() -> None:
    calendar = draw_up(ProductionConfig().shifts)
    assert calendar.always
    assert calendar.next_change_ms(0) is None
    assert [calendar.shift(hour * HOUR_MS) for hour in (0, 8, 16, 23, 24)] == [
        "early",
        "late",
        "night",
        "night",
        "early",
    ]
    assert calendar.worked_until(10 * HOUR_MS) - calendar.worked_until(0) == 10 * HOUR_MS
    assert calendar.after(5, 7) == 12


def test_a_day_shift_in_numbers() -> None:
    calendar = draw_up((DAY_SHIFT,))
    assert calendar.week_ms == 5 * 7.5 * HOUR_MS
    assert calendar.is_open(0)
    assert not calendar.is_open(3 * HOUR_MS)
    assert calendar.is_open(int(3.5 * HOUR_MS))
    assert not calendar.is_open(8 * HOUR_MS)
    assert calendar.shift(int(3.2 * HOUR_MS)) == "day"
    assert calendar.shift(9 * HOUR_MS) == "none"
    assert calendar.next_change_ms(0) == 3 * HOUR_MS
    assert calendar.next_change_ms(8 * HOUR_MS) == 24 * HOUR_MS
    friday_end = 4 * 24 * HOUR_MS + 8 * HOUR_MS
    assert calendar.next_change_ms(friday_end) == 7 * 24 * HOUR_MS
    assert calendar.after(0, 8 * HOUR_MS) == int(24.5 * HOUR_MS)


def test_a_night_shift_goes_over_midnight_and_sunday() -> None:
    calendar = draw_up((NIGHTS,))
    assert calendar.week_ms == 16 * HOUR_MS
    assert [calendar.is_open(hour * HOUR_MS) for hour in (0, 15, 16, 20, 24, 40)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert calendar.is_open((7 * 24 - 1) * HOUR_MS)
    assert calendar.next_change_ms((7 * 24 - 8) * HOUR_MS) == 7 * 24 * HOUR_MS
    assert calendar.shift((7 * 24 - 1) * HOUR_MS) == "night"


shifts = st.builds(
    ShiftConfig,
    name=st.just("any"),
    start=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    end=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(tuple),
)


@given(shifts=st.lists(shifts, min_size=1, max_size=3), now=st.integers(0, 2 * WEEK_MS), work=st.integers(1, WEEK_MS))
def test_a_calendar_agrees_with_itself(shifts: list[ShiftConfig], now: int, work: int) -> None:
    calendar = draw_up(tuple(shifts))
    done = calendar.after(now, work)
    assert calendar.worked_until(done) - calendar.worked_until(now) == work
    assert calendar.is_open(done - 1)
    change = calendar.next_change_ms(now)
    if change is None:
        assert calendar.always
        return
    assert calendar.is_open(change - 1) == calendar.is_open(now) != calendar.is_open(change)
    worked = calendar.worked_until(change) - calendar.worked_until(now)
    assert worked == (change - now if calendar.is_open(now) else 0)


def test_lines_stand_still_outside_shifts() -> None:
    twin = day_plant()
    twin.advance(3 * HOUR_S)
    assert [state(twin, line) for line in (1, 2, 3)] == ["stopped"] * 3
    made = twin.view("get_quality_report", line=1, hours=24)["good"]
    with pytest.raises(WrongState, match="on and waits for its shift; it runs by itself when work begins again"):
        twin.command("start_line", line=1)
    twin.advance(1799)
    assert state(twin) == "stopped"
    twin.advance(1)
    assert state(twin) in ("running", "setup", "down")
    twin.advance(4.5 * HOUR_S)
    assert state(twin) == "stopped"
    at_night = twin.view("get_quality_report", line=1, hours=24)["good"]
    assert at_night > made
    twin.advance(15 * HOUR_S)
    assert twin.view("get_quality_report", line=1, hours=24)["good"] == at_night


def test_who_came_and_went_is_in_the_journal() -> None:
    twin = day_plant()
    twin.advance(30 * HOUR_S)
    entries = [entry for entry in twin.journal if entry.kind == "manning_changed"]
    assert [(entry.time_s / HOUR_S, entry.data["shift"], entry.data["manned"]) for entry in entries] == [
        (3, "day", "no"),
        (3.5, "day", "yes"),
        (8, "none", "no"),
        (24, "day", "yes"),
        (27, "day", "no"),
        (27.5, "day", "yes"),
    ]


def test_standing_still_by_plan_costs_no_availability() -> None:
    """ISO 22400: planned busy time leaves out what is planned to stand."""
    twin = day_plant(3)
    twin.advance(24 * HOUR_S)
    round_the_clock = build("production", seed=3)
    round_the_clock.advance(7.5 * HOUR_S)
    for line in (1, 2, 3):
        figures = twin.view("get_kpi", line=line, hours=24)
        values = twin.snapshot().state["lines"][line - 1]
        running = values["time_ms"].get("running", 0)
        assert figures["availability_pct"] == pytest.approx(100 * running / (7.5 * HOUR_MS), abs=0.1)
        shares = [figures[f"{name}_pct"] / 100 for name in ("availability", "performance", "quality")]
        assert figures["oee_pct"] / 100 == pytest.approx(shares[0] * shares[1] * shares[2], abs=0.002)
        assert figures["oee_pct"] > 45
    assert twin.view("get_kpi", line=1, hours=8)["availability_pct"] == 0.0


def test_a_line_stopped_by_hand_stays_stopped_in_the_next_shift() -> None:
    twin = day_plant()
    twin.advance(9 * HOUR_S)
    twin.command("stop_line", line=1)
    twin.command("stop_line", line=2)
    for alarm in twin.view("list_alarms", line=2, severity="critical")["alarms"]:
        twin.command("acknowledge_alarm", alarm=alarm["alarm"])
    assert twin.command("start_line", line=2)["state"] == "stopped"
    twin.advance(15.5 * HOUR_S)
    assert state(twin, 1) == "stopped"
    assert state(twin, 2) in ("running", "setup", "down")


def test_a_changeover_ordered_at_night_is_done_in_the_next_shift() -> None:
    twin = day_plant()
    twin.advance(9 * HOUR_S)
    product = twin.view("get_line_status", line=1)["product"]
    twin.command("change_product", line=1, product="valve" if product != "valve" else "flange")
    assert state(twin) == "stopped"
    twin.advance(15 * HOUR_S)
    assert state(twin) == "setup"


def test_due_dates_are_on_the_clock_and_expectations_know_the_shifts() -> None:
    twin = day_plant()
    twin.advance(7.5 * HOUR_S)
    for line in (1, 2, 3):
        product = twin.view("get_line_status", line=line)["product"]
        made = twin.command("create_order", product=product, quantity=200, line=line, due_in_h=3)
        assert made["due"] == "2026-01-05T16:30:00"
        order = twin.view("get_order", order=made["order"])
        # Half an hour is left today; the next shift begins in sixteen and a half.
        assert order["expected_in_h"] > 16.5
        assert order["late"] == "yes"


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        ({"name": "a", "start": 840, "end": "15:00"}, "in quotes"),
        (
            {"name": "a", "start": "06:00", "end": "14:00", "breaks": [{"start": "14:00", "minutes": 5}]},
            "outside shift",
        ),
        (
            {"name": "a", "start": "06:00", "end": "07:00", "breaks": [{"start": "06:00", "minutes": 60}]},
            "no shift leaves",
        ),
        ({"name": "a", "start": "06:00", "end": "07:00", "days": ["monday"]}, "'mon'"),
    ],
)
def test_a_bad_calendar_is_refused(shift: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ProductionConfig.model_validate({"shifts": [shift]})

"""A run is fixed by plant, config, seed, faults and commands: forks, replays and pickles prove it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.catalog import build, warmed_up
from twin.core import Twin
from twin.errors import TwinError, Unavailable
from twin.faults import Fault, FaultPlan
from twin.journal import journal_from_json, journal_to_json
from twin.production.calendar import BreakConfig, ShiftConfig
from twin.production.config import ProductionConfig
from twin.production.plant import ProductionPlant
from twin.replay import replay

FAULTS = FaultPlan(
    faults=(
        Fault(kind="jam", target="1.weld", start_s=700, duration_s=200),
        Fault(kind="jam", target="2.cut", start_s=700, duration_s=2),
        Fault(kind="bearing_wear", target="2.weld", start_s=300, severity=0.8),
        Fault(kind="sensor_stuck", target="1.cut", start_s=400, duration_s=900),
        Fault(kind="speed_loss", target="1.inspect", start_s=100, severity=0.4, duration_s=2000),
        Fault(kind="communication_loss", target="2.inspect", start_s=600, duration_s=900),
        Fault(kind="defect_burst", target="2.cut", start_s=900, severity=1.0),
    )
)
SHORT_SHIFTS = (
    ShiftConfig(name="first", start=time(6), end=time(6, 40), breaks=(BreakConfig(start=time(6, 5), minutes=3),)),
    ShiftConfig(name="second", start=time(6, 50), end=time(6)),
)

lines = st.integers(1, 3)
orders = st.integers(100, 125).map("O-{}".format)
products = st.sampled_from(["bracket", "housing", "flange", "valve", "bracked"])
quantities = st.sampled_from([1, 5, 30, 2001])
COMMANDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "acknowledge_alarm": {"alarm": st.integers(0, 12).map("A-{}".format)},
    "set_alert_rule": {"line": lines, "quantity": st.sampled_from(["wip", "scrap_pct"]), "above": st.just(3.0)},
    "set_line_speed": {"line": lines, "speed_per_h": st.sampled_from([19.0, 30.0, 64.5, 90.0, 115.0, 140.0])},
    "start_line": {"line": lines},
    "stop_line": {"line": lines},
    "change_product": {"line": lines, "product": products},
    "create_order": {"product": products, "quantity": quantities, "line": lines},
    "replace_order": {"order": orders, "product": products, "quantity": quantities},
    "set_order_priority": {"order": orders, "priority": st.sampled_from(["low", "high", "urgent", "hihg"])},
    "cancel_order": {"order": orders},
    "set_batch_hold": {"order": orders, "held": st.booleans()},
    "set_input": {
        "name": st.sampled_from(
            ["line1.weld.available", "line2.cut.available", "line1.power_available", "line2.power"]
        ),
        "value": st.sampled_from([0, 0, 1, 1, 0.5]),
    },
}
command_steps = st.one_of(
    [st.tuples(st.just(name), st.fixed_dictionaries(arguments)) for name, arguments in COMMANDS.items()]
)
time_steps = st.tuples(st.just("advance"), st.sampled_from([0.001, 1.0, 5.0, 59.999, 60.0, 300.0, 700.0, 1234.567]))
copy_steps = st.tuples(st.sampled_from(["fork", "pickle"]), st.none())
steps = st.lists(st.one_of(command_steps, command_steps, time_steps, copy_steps), min_size=4, max_size=28)


def do(twin: Twin, step: tuple[str, Any]) -> Twin:
    """Do one step; the twin that goes on is another one after a copy."""
    name, what = step
    if name == "advance":
        twin.advance(what)
    elif name == "fork":
        return twin.fork()
    elif name == "pickle":
        copied: Twin = pickle.loads(pickle.dumps(twin))
        return copied
    else:
        before = twin.snapshot().hash
        try:
            twin.command(name, **what)
        except TwinError:
            assert twin.snapshot().hash == before
            assert twin.journal[-1].kind == "refused"
    return twin


def check_books(twin: Twin) -> None:
    """Invariants of a plant at rest between two events."""
    state = twin.snapshot().state
    for line in state["lines"]:
        on_line = [station["part"] for station in line["stations"] if station["part"]]
        on_line += [part for buffer in line["buffers"] for part in buffer]
        assert line["parts_in"] == line["good"] + line["scrap"] + len(on_line) + sum(line["rack"].values())
        assert sum(line["time_ms"].values()) == line["since_ms"]
        active = [order for order in state["orders"].values() if order["line"] == line["number"]]
        active = [order["number"] for order in active if order["state"] == "active"]
        assert active == ([line["active"]] if line["active"] else [])
        for station in line["stations"]:
            assert station["due_ms"] is None or station["due_ms"] > state["now_ms"]
            assert (station["due_ms"] is not None) == (station["run_ms"] is not None or station["failed"])
    for order in state["orders"].values():
        parts = [
            part
            for line in state["lines"]
            for part in [s["part"] for s in line["stations"] if s["part"]] + [p for b in line["buffers"] for p in b]
            if part[0] == order["number"]
        ]
        assert order["in_process"] == len(parts)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, seed=st.integers(0, 5), in_shifts=st.booleans())
def test_fork_replay_and_pickle_are_the_original(
    nervous: ProductionConfig, steps: Any, seed: int, in_shifts: bool
) -> None:
    if in_shifts:
        nervous = nervous.model_copy(update={"shifts": SHORT_SHIFTS})
    twin = build("production", seed=seed, config=nervous, faults=FAULTS)
    for step in steps:
        twin = do(twin, step)
    check_books(twin)
    again = replay("production", seed, nervous, FAULTS, twin.journal, twin.now)
    fork = twin.fork()
    thawed: Twin = pickle.loads(pickle.dumps(twin))
    for _ in range(2):
        assert twin.snapshot().hash == again.snapshot().hash == fork.snapshot().hash == thawed.snapshot().hash
        assert twin.journal == again.journal == fork.journal == thawed.journal
        for each in (twin, again, fork, thawed):
            each.advance(2000)
    check_books(twin)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 3_599_999), max_size=12), seed=st.integers(0, 3))
def test_advancing_in_parts_is_advancing_at_once(nervous: ProductionConfig, cuts: list[int], seed: int) -> None:
    whole = build("production", seed=seed, config=nervous, faults=FAULTS)
    parts = whole.fork()
    whole.advance(3600)
    for before, after in pairwise([0, *sorted(cuts), 3_600_000]):
        parts.advance((after - before) / 1000)
    assert parts.now == whole.now == 3600
    assert parts.snapshot().hash == whole.snapshot().hash


def test_stopping_at_every_event_changes_nothing(nervous: ProductionConfig) -> None:
    whole = build("production", seed=4, config=nervous, faults=FAULTS)
    parts = whole.fork()
    whole.advance(1800)
    for entry in whole.journal:
        parts.advance(entry.time_s - parts.now)
        parts = parts.fork()
    parts.advance(1800 - parts.now)
    assert parts.snapshot().hash == whole.snapshot().hash


def looks(twin: Twin) -> Iterator[dict[str, Any]]:
    for line in (1, 2):
        for view in ("get_line_status", "get_kpi", "get_quality_report"):
            yield twin.view(view, line=line)
        for station in ("cut", "weld", "inspect"):
            for view, more in (("get_station_status", {}), ("get_sensor_history", {"sensor": "vibration_mm_s"})):
                try:
                    yield twin.view(view, line=line, station=station, **more)
                except Unavailable as error:
                    yield {"code": error.code}
    yield twin.view("list_alarms")
    yield twin.view("list_orders")
    yield twin.view("get_order", order="O-101")


def test_looking_changes_nothing(nervous: ProductionConfig) -> None:
    seen = build("production", seed=2, config=nervous, faults=FAULTS)
    unseen = seen.fork()
    for _ in range(40):
        assert list(looks(seen)) == list(looks(seen))
        assert all(seen.read(name) == seen.read(name) for name in seen.variables)
        for twin in (seen, unseen):
            twin.advance(37)
    assert seen.snapshot().hash == unseen.snapshot().hash
    assert seen.journal == unseen.journal


def test_a_fork_goes_its_own_way(twin: Twin) -> None:
    fork = twin.fork()
    untouched = twin.snapshot().hash
    length = len(twin.journal)
    fork.command("stop_line", line=2)
    fork.command("create_order", product="valve", quantity=5, line=1)
    fork.advance(3600)
    assert twin.snapshot().hash == untouched
    assert len(twin.journal) == length
    twin.advance(3600)
    assert twin.snapshot().hash != fork.snapshot().hash


def mutable_parts(value: Any) -> Iterator[object]:
    """Walk through all that could be changed in a state."""
    if isinstance(value, (list, deque)):
        yield value
        inside: Iterable[Any] = value
    elif isinstance(value, dict):
        yield value
        inside = value.values()
    elif is_dataclass(value):
        yield value
        inside = [getattr(value, each.name) for each in fields(value)]
    else:
        return
    for each in inside:
        yield from mutable_parts(each)


def test_a_fork_shares_nothing_that_changes(twin: Twin) -> None:
    twin.command("set_alert_rule", line=1, quantity="wip", above=3)
    making = twin.view("get_line_status", line=1)["product"]
    twin.command("change_product", line=1, product="valve" if making != "valve" else "flange")
    plants = [each._plant for each in (twin, twin.fork())]
    assert all(isinstance(plant, ProductionPlant) for plant in plants)
    ours, theirs = ([*mutable_parts(plant._floor.state)] for plant in plants)  # type: ignore[attr-defined]
    assert len(ours) == len(theirs) > 80
    assert not {id(part) for part in ours} & {id(part) for part in theirs}


def test_a_command_on_one_line_leaves_chance_elsewhere(twin: Twin) -> None:
    other = twin.fork()
    other.command("set_line_speed", line=1, speed_per_h=45)
    other.command("stop_line", line=1)
    other.advance(300)
    other.command("start_line", line=1)
    twin.advance(300)
    for each in (twin, other):
        each.advance(4 * 3600)
    ours, theirs = (each.snapshot().state["lines"] for each in (twin, other))
    assert ours[0]["good"] != theirs[0]["good"]
    for number in (1, 2):
        # Ids are counted over the whole plant, so they alone may differ.
        for key in ("good", "scrap", "parts_in", "product", "defects", "good_ms", "flow_ms", "time_ms"):
            assert ours[number][key] == theirs[number][key]


def test_seeds_differ_and_repeat() -> None:
    hashes = [build("production", seed=seed).snapshot().hash for seed in (0, 0, 1)]
    assert hashes[0] == hashes[1] != hashes[2]


ELSEWHERE = """
import pickle, sys
from twin.replay import replay
sent = pickle.load(sys.stdin.buffer)
again = replay("production", 7, None, sent.faults, sent.journal, sent.now)
print(again.snapshot().hash, sent.snapshot().hash)
sent.advance(1800)
print(sent.snapshot().hash)
"""


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_comes_to_the_same(hash_seed: str) -> None:
    plan = FaultPlan(faults=(Fault(kind="jam", target="2.weld", start_s=3700),))
    twin = warmed_up("production", seed=7, warmup_s=3600, faults=plan)
    twin.command("set_line_speed", line=3, speed_per_h=55)
    twin.advance(600)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=pickle.dumps(twin),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    now = twin.snapshot().hash
    twin.advance(1800)
    assert done.stdout.decode().split() == [now, now, twin.snapshot().hash]


def test_warm_up_is_shared_by_plants_that_differ_in_later_faults() -> None:
    plan = FaultPlan(faults=(Fault(kind="jam", target="1.cut", start_s=4000, severity=0.3),))
    warm = warmed_up("production", seed=9, warmup_s=3600, faults=plan)
    cold = build("production", seed=9, faults=plan)
    cold.advance(3600)
    plain = warmed_up("production", seed=9, warmup_s=3600)
    for each in (warm, cold, plain):
        each.advance(900)
    assert warm.snapshot().hash == cold.snapshot().hash != plain.snapshot().hash
    assert warm.journal == cold.journal


def test_a_fault_at_the_end_of_the_warm_up_has_begun() -> None:
    plan = FaultPlan(faults=(Fault(kind="jam", target="1.cut", start_s=1200),))
    warm = warmed_up("production", seed=9, warmup_s=1200, faults=plan)
    assert warm.view("get_station_status", line=1, station="cut")["state"] == "failed"


def test_a_cached_plant_stays_pristine() -> None:
    first = warmed_up("production", seed=11, warmup_s=600)
    fresh = first.snapshot().hash
    first.command("stop_line", line=1)
    first.advance(100)
    assert warmed_up("production", seed=11, warmup_s=600).snapshot().hash == fresh


def test_journal_and_snapshot_survive_json(twin: Twin) -> None:
    assert journal_from_json(journal_to_json(twin.journal)) == twin.journal
    snapshot = twin.snapshot()
    again = type(snapshot).model_validate_json(snapshot.model_dump_json())
    assert again == snapshot
    assert again.hash == snapshot.hash


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(command_steps, time_steps, copy_steps), min_size=20, max_size=120), seed=st.integers())
def test_long_runs_replay(nervous: ProductionConfig, steps: Any, seed: int) -> None:
    twin = build("production", seed=seed, config=nervous, faults=FAULTS)
    for step in steps:
        twin = do(twin, step)
    check_books(twin)
    again = replay("production", seed, nervous, FAULTS, twin.journal, twin.now)
    assert again.snapshot().hash == twin.snapshot().hash
    assert again.journal == twin.journal

"""A run of the shop is fixed by config, seed, faults and commands: forks, replays and pickles prove it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.catalog import build, warmed_up
from twin.core import Twin
from twin.errors import TwinError
from twin.faults import Fault, FaultPlan
from twin.journal import journal_from_json, journal_to_json
from twin.maintenance.config import MaintenanceConfig
from twin.maintenance.machines import ASSETS
from twin.maintenance.plant import MaintenancePlant
from twin.maintenance.workshop import PARTS, TASKS
from twin.replay import replay

FAULTS = FaultPlan(
    faults=(
        Fault(kind="bearing_wear", target="P-101", start_s=300, severity=0.8),
        Fault(kind="cooling_blocked", target="M-302", start_s=500, severity=1.0),
        Fault(kind="filter_clogged", target="C-401", start_s=100, severity=1.0),
        Fault(kind="sensor_stuck", target="P-201.flow_pct", start_s=400, duration_s=900),
        Fault(kind="sensor_drift", target="F-601", start_s=600),
        Fault(kind="communication_loss", target="V-702", start_s=700, duration_s=800),
    )
)
HASTY = MaintenanceConfig(
    wear_min=2,
    crew_round_h=1,
    work_variation=0.4,
    tasks=tuple(task.model_copy(update={"hours": task.hours / 20}) for task in TASKS),
    parts=tuple(part.model_copy(update={"lead_time_h": part.lead_time_h / 20}) for part in PARTS),
)
"""The standard shop in a hurry: work and deliveries take minutes, so that much of it ends within a test."""

assets = st.sampled_from(["P-101", "P-102", "M-302", "C-401", "C-402", "V-702", "F-601", "P-999"])
orders = st.integers(1000, 1006).map("WO-{}".format)
parts = st.sampled_from(["BRG-6205", "FLT-C40", "KIT-OVH", "BRG-6206"])
tasks = st.sampled_from(
    ["replace_bearings", "clean_cooling", "replace_filter", "inspect", "overhaul", "lubricate_stem"]
)
tests = st.sampled_from(["vibration_spectrum", "thermography", "insulation_test", "leak_test", "stroke_test"])
COMMANDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "acknowledge_alarm": {"alarm": st.integers(0, 8).map("A-{}".format)},
    "run_test": {"asset": assets, "test": tests},
    "reserve_part": {"work_order": orders, "part": parts, "quantity": st.integers(0, 3)},
    "order_part": {"part": parts, "quantity": st.sampled_from([1, 5, 51])},
    "create_work_order": {"asset": assets, "task": tasks, "priority": st.sampled_from(["normal", "urgent", "soon"])},
    "assign_technician": {"work_order": orders, "technician": st.integers(1, 7).map("T-{}".format)},
    "update_work_order": {
        "work_order": orders,
        "action": st.sampled_from(["approve", "approve", "start", "start", "close", "cancel", "finish"]),
    },
    "set_isolation": {"asset": assets, "isolated": st.booleans()},
    "schedule_service": {"asset": assets, "interval_h": st.sampled_from([1.0, 8.0, 720.0])},
    "set_input": {
        "name": st.sampled_from(["P-101.duty_pct", "M-302.duty_pct", "C-401.duty_pct", "C-401.duty"]),
        "value": st.sampled_from([-1.0, 0.0, 55.5, 120.0, 121.0]),
    },
}
command_steps = st.one_of(
    [st.tuples(st.just(name), st.fixed_dictionaries(arguments)) for name, arguments in COMMANDS.items()]
)
time_steps = st.tuples(st.just("advance"), st.sampled_from([0.001, 1.0, 5.0, 59.999, 60.0, 300.0, 700.0, 1234.567]))
copy_steps = st.tuples(st.sampled_from(["fork", "pickle"]), st.none())


def job(asset: str, task: str, part: str, quantity: int, technician: str) -> list[tuple[str, Any]]:
    """A whole work order on a fresh plant, from draft to closed."""
    order = {"work_order": "WO-1001"}
    reserve = [("reserve_part", {**order, "part": part, "quantity": quantity})] if quantity else []
    return [
        ("create_work_order", {"asset": asset, "task": task}),
        ("update_work_order", {**order, "action": "approve"}),
        *reserve,
        ("assign_technician", {**order, "technician": technician}),
        ("set_isolation", {"asset": asset, "isolated": True}),
        ("update_work_order", {**order, "action": "start"}),
        ("advance", 1234.567),
        ("set_isolation", {"asset": asset, "isolated": False}),
        ("update_work_order", {**order, "action": "close"}),
    ]


jobs = st.sampled_from(
    [
        job("P-101", "replace_bearings", "BRG-6205", 2, "T-1"),
        job("C-401", "replace_filter", "FLT-C40", 1, "T-5"),
        job("M-302", "clean_cooling", "", 0, "T-3"),
        job("P-101", "overhaul", "KIT-OVH", 1, "T-1"),
    ]
)
lone_steps = st.lists(st.one_of(command_steps, time_steps, copy_steps), max_size=16)
steps = st.tuples(lone_steps, jobs, lone_steps).map(lambda chunks: [step for chunk in chunks for step in chunk])


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
    """Invariants of a shop at rest between two events."""
    state = twin.snapshot().state
    store = state["store"]
    orders = state["workshop"]["orders"].values()
    first = build("maintenance", seed=twin.seed, config=twin.config).snapshot().state["store"]["stock"]
    for part, stock in store["stock"].items():
        assert stock == first[part] + store["bought"].get(part, 0) - store["used"].get(part, 0)
        assert 0 <= store["reserved"][part] <= stock
    assert sum(store["reserved"].values()) == sum(order["reserved"] for order in orders)
    for asset in state["assets"].values():
        assert asset["due_ms"] is None or asset["due_ms"] > state["now_ms"]
        assert asset["run_ms"] >= 0
        assert (asset["state"] == "isolated") == asset["isolated"]
        if asset["failed"]:
            assert asset["state"] in ("failed", "isolated")
            assert asset["down_ms"] is not None
    for one, other in (("P-101", "P-102"), ("C-401", "C-402"), ("V-701", "V-703")):
        assert state["assets"][one]["on"] != state["assets"][other]["on"]
    for order in orders:
        assert order["due_ms"] is None or order["due_ms"] > state["now_ms"]
        assert (order["due_ms"] is not None or order["left_ms"] > 0) == (order["state"] == "in_progress")
    busy = [order["technician"] for order in orders if order["state"] == "in_progress"]
    assert len(set(busy)) == len(busy)


@settings(max_examples=30, deadline=None)
@given(steps=steps, seed=st.integers(0, 5))
def test_fork_replay_and_pickle_are_the_original(steps: Any, seed: int) -> None:
    twin = build("maintenance", seed=seed, config=HASTY, faults=FAULTS)
    for step in steps:
        twin = do(twin, step)
    check_books(twin)
    again = replay("maintenance", seed, HASTY, FAULTS, twin.journal, twin.now)
    fork = twin.fork()
    thawed: Twin = pickle.loads(pickle.dumps(twin))
    for _ in range(2):
        assert twin.snapshot().hash == again.snapshot().hash == fork.snapshot().hash == thawed.snapshot().hash
        assert twin.journal == again.journal == fork.journal == thawed.journal
        for each in (twin, again, fork, thawed):
            each.advance(3000)
    check_books(twin)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 3_599_999), max_size=12), seed=st.integers(0, 3))
def test_advancing_in_parts_is_advancing_at_once(cuts: list[int], seed: int) -> None:
    whole = build("maintenance", seed=seed, config=HASTY, faults=FAULTS)
    parts = whole.fork()
    whole.advance(3600)
    for before, after in pairwise([0, *sorted(cuts), 3_600_000]):
        parts.advance((after - before) / 1000)
    assert parts.now == whole.now == 3600
    assert parts.snapshot().hash == whole.snapshot().hash


def test_stopping_at_every_event_changes_nothing() -> None:
    config = HASTY.model_copy(update={"self_running": True})
    whole = build("maintenance", seed=4, config=config, faults=FAULTS)
    parts = whole.fork()
    whole.advance(14400)
    assert len([entry for entry in whole.journal if entry.kind == "work_order"]) > 10
    for entry in whole.journal:
        parts.advance(entry.time_s - parts.now)
        parts = parts.fork()
    parts.advance(14400 - parts.now)
    assert parts.snapshot().hash == whole.snapshot().hash


def looks(twin: Twin) -> Iterator[dict[str, Any]]:
    for asset in ("P-101", "M-302", "C-401", "F-601"):
        yield twin.view("get_asset", asset=asset)
        yield twin.view("get_condition", asset=asset)
        yield twin.view("get_condition_history", asset=asset, sensor="vibration_mm_s", hours=2)
        yield twin.view("list_spare_parts", asset=asset)
    for name in ("list_assets", "list_alarms", "list_technicians", "list_work_orders"):
        yield twin.view(name)
    yield twin.view("search_manual", query="pump vibration")


def test_looking_changes_nothing() -> None:
    seen = build("maintenance", seed=2, config=HASTY, faults=FAULTS)
    unseen = seen.fork()
    for _ in range(30):
        assert list(looks(seen)) == list(looks(seen))
        assert all(seen.read(name) == seen.read(name) for name in seen.variables)
        for twin in (seen, unseen):
            twin.advance(47)
    assert seen.snapshot().hash == unseen.snapshot().hash
    assert seen.journal == unseen.journal


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


def test_a_fork_shares_nothing_that_changes() -> None:
    twin = warmed_up("maintenance", seed=1, warmup_s=3600, faults=FAULTS)
    twin.command("create_work_order", asset="P-101", task="inspect")
    twin.command("run_test", asset="P-101", test="vibration_spectrum")
    plants = [each._plant for each in (twin, twin.fork())]
    assert all(isinstance(plant, MaintenancePlant) for plant in plants)
    ours, theirs = ([*mutable_parts(plant._floor.state)] for plant in plants)  # type: ignore[attr-defined]
    assert len(ours) == len(theirs) > 100
    assert not {id(part) for part in ours} & {id(part) for part in theirs}


def test_a_command_at_one_machine_leaves_chance_elsewhere() -> None:
    twin = warmed_up("maintenance", seed=3, warmup_s=3600)
    other = twin.fork()
    other.command("set_input", name="M-302.duty_pct", value=110.0)
    other.command("run_test", asset="M-302", test="thermography")
    other.command("create_work_order", asset="M-302", task="clean_cooling")
    other.command("set_isolation", asset="M-302", isolated=True)
    for each in (twin, other):
        each.advance(3600)
        each.command("create_work_order", asset="V-702", task="lubricate_stem")
        newest = each.view("list_work_orders", asset="V-702")["newest"]
        each.command("update_work_order", work_order=newest, action="approve")
        each.command("assign_technician", work_order=newest, technician="T-5")
        each.command("update_work_order", work_order=newest, action="start")
        each.advance(4 * 3600)
    ours, theirs = (each.snapshot().state for each in (twin, other))
    assert ours["assets"]["M-302"] != theirs["assets"]["M-302"]
    for name in (asset.name for asset in ASSETS if asset.name != "M-302"):
        assert ours["assets"][name] == theirs["assets"][name]
    ends = [order["done_ms"] for state in (ours, theirs) for order in list(state["workshop"]["orders"].values())[-1:]]
    assert ends[0] == ends[1] is not None


def test_seeds_differ_and_repeat() -> None:
    hashes = [build("maintenance", seed=seed).snapshot().hash for seed in (0, 0, 1)]
    assert hashes[0] == hashes[1] != hashes[2]


ELSEWHERE = """
import pickle, sys
from twin.replay import replay
sent = pickle.load(sys.stdin.buffer)
again = replay("maintenance", 7, None, sent.faults, sent.journal, sent.now)
print(again.snapshot().hash, sent.snapshot().hash)
sent.advance(1800)
print(sent.snapshot().hash)
"""


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_comes_to_the_same(hash_seed: str) -> None:
    twin = warmed_up("maintenance", seed=7, warmup_s=1800, faults=FAULTS)
    twin.command("order_part", part="OIL-46", quantity=2)
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
    plan = FaultPlan(faults=(Fault(kind="bearing_wear", target="F-602", start_s=4000, severity=1.0),))
    warm = warmed_up("maintenance", seed=9, warmup_s=3600, faults=plan)
    cold = build("maintenance", seed=9, faults=plan)
    cold.advance(3600)
    plain = warmed_up("maintenance", seed=9, warmup_s=3600)
    for each in (warm, cold, plain):
        each.advance(1800)
    assert warm.snapshot().hash == cold.snapshot().hash != plain.snapshot().hash
    assert warm.journal == cold.journal
    assert warm.view("get_asset", asset="F-602")["state"] == "failed"


def test_journal_and_snapshot_survive_json() -> None:
    twin = build("maintenance", seed=2, config=HASTY, faults=FAULTS)
    twin.advance(3000)
    assert journal_from_json(journal_to_json(twin.journal)) == twin.journal
    snapshot = twin.snapshot()
    again = type(snapshot).model_validate_json(snapshot.model_dump_json())
    assert again.hash == snapshot.hash


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(steps=st.lists(st.one_of(command_steps, time_steps, copy_steps), min_size=20, max_size=120), seed=st.integers())
def test_long_runs_replay(steps: Any, seed: int) -> None:
    twin = build("maintenance", seed=seed, config=HASTY, faults=FAULTS)
    for step in steps:
        twin = do(twin, step)
    check_books(twin)
    again = replay("maintenance", seed, HASTY, FAULTS, twin.journal, twin.now)
    assert again.snapshot().hash == twin.snapshot().hash
    assert again.journal == twin.journal

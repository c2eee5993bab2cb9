"""A microgrid's run is fixed by config, seed, faults and commands: forks, replays and pickles prove it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.core import Twin
from twin.energy.config import EnergyConfig
from twin.energy.network import Flow, network
from twin.energy.plant import EnergyPlant
from twin.errors import TwinError
from twin.faults import Fault, FaultPlan
from twin.journal import JournalEntry, journal_from_json, journal_to_json

CONFIG = EnergyConfig()
SMALL = EnergyConfig.model_validate(
    {"battery": {"capacity_kwh": 40}, "generator": {"min_up_h": 0.1, "min_down_h": 0.1}}
)
"""A battery that is full or empty soon, and a generator that may soon start and stop."""
FAULTS = FaultPlan(
    faults=(
        Fault(kind="price_spike", target="tariff", start_s=100, duration_s=900),
        Fault(kind="grid_outage", target="grid", start_s=700, duration_s=400),
        Fault(kind="grid_outage", target="grid", start_s=2000, duration_s=500.5),
        Fault(kind="pv_drop", target="pv1", start_s=300),
        Fault(kind="load_surge", target="press", start_s=400, severity=0.9, duration_s=1500),
        Fault(kind="demand_response", target="grid", start_s=1200, duration_s=600),
        Fault(kind="line_derating", target="line5", start_s=250),
        Fault(kind="generator_trip", target="chp1", start_s=1500, duration_s=100),
        Fault(kind="battery_derating", target="battery1", start_s=900, duration_s=900),
        Fault(kind="sensor_stuck", target="grid.import_kw", start_s=333, duration_s=800),
        Fault(kind="sensor_drift", target="battery1.soc_pct", start_s=10),
        Fault(kind="communication_loss", target="yard", start_s=600, duration_s=500),
    )
)


def build(seed: int = 1, config: EnergyConfig = CONFIG, faults: FaultPlan | None = None) -> Twin:
    plan = FaultPlan() if faults is None else faults
    return Twin("energy", seed, config, plan, EnergyPlant.build(seed, config, plan))


def replay(twin: Twin, journal: Iterable[JournalEntry]) -> Twin:
    again = build(twin.seed, twin.config, twin.faults)
    for entry in journal:
        if entry.kind not in ("command", "refused"):
            continue
        again.advance(max(0.0, entry.time_s - again.now))
        try:
            again.command(entry.subject, **entry.data["arguments"])
        except TwinError:
            continue
    again.advance(max(0.0, twin.now - again.now))
    return again


loads = st.sampled_from(["press", "furnace", "compressor", "hvac", "lighting", "cooling", "hvca"])
powers = st.sampled_from([-250.0, -60.0, 0.0, 60.0, 90.0, 180.0, 250.0, 400.0])
COMMANDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "dispatch_battery": {"power_kw": powers},
    "start_generator": {"power_kw": powers},
    "stop_generator": {},
    "set_generator_power": {"power_kw": powers},
    "shed_load": {"load": loads},
    "restore_load": {"load": loads},
    "shift_load": {"load": loads, "hours": st.sampled_from([0.5, 3.0, 20.0])},
    "set_import_limit": {"limit_kw": st.sampled_from([20.0, 300.0, 500.0, 900.0])},
    "set_ev_charging": {"charger": st.sampled_from(["ev1", "ev4", "ev9"]), "power_kw": st.sampled_from([0.0, 22.0])},
    "set_alert_rule": {
        "place": st.sampled_from(["grid", "battery1", "T1", "line3"]),
        "quantity": st.sampled_from(["import_kw", "soc_pct", "loading_pct"]),
        "direction": st.sampled_from(["above", "below"]),
        "limit": st.just(50.0),
    },
    "set_input": {
        "name": st.sampled_from(["press.demand_kw", "office.demand_kw", "chp1.demand_kw"]),
        "value": st.sampled_from([-1.0, 0.0, 100.0, 600.0, 5000.0]),
    },
}
command_steps = st.one_of(
    [st.tuples(st.just(name), st.fixed_dictionaries(arguments)) for name, arguments in COMMANDS.items()]
)
time_steps = st.tuples(st.just("advance"), st.sampled_from([0.001, 1.0, 5.0, 59.999, 60.0, 300.0, 700.0, 1234.567]))
copy_steps = st.tuples(st.sampled_from(["fork", "pickle"]), st.none())
steps = st.lists(st.one_of(command_steps, command_steps, time_steps, copy_steps), min_size=4, max_size=24)


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
    battery = twin.config.battery
    soc = 100 * state["battery"]["energy_kwh"] / battery.capacity_kwh
    assert battery.floor_pct - 1e-6 <= soc <= battery.ceiling_pct + 1e-6
    assert all(total >= -1e-9 for total in state["ledger"]["sums"])
    assert 0 <= state["generator"]["power_kw"] <= twin.config.generator.max_power_kw + 1e-6
    for charger in state["chargers"]:
        assert charger["needed_kwh"] >= 0
        assert charger["power_kw"] <= charger["limit_kw"]


@settings(max_examples=40, deadline=None)
@given(steps=steps, more=steps, seed=st.integers(0, 3))
def test_fork_equals_replay_equals_original(steps: Any, more: Any, seed: int) -> None:
    twin = build(seed, SMALL, FAULTS)
    for step in steps:
        twin = do(twin, step)
    check_books(twin)
    fork, again = twin.fork(), replay(twin, twin.journal)
    assert fork.snapshot().hash == twin.snapshot().hash == again.snapshot().hash
    assert fork.journal == twin.journal == again.journal
    for each in (twin, fork, again):
        for step in more:
            if step[0] not in ("fork", "pickle"):
                do(each, step)
    assert fork.snapshot().hash == twin.snapshot().hash == again.snapshot().hash
    assert fork.journal == twin.journal == again.journal


@given(parts=st.lists(st.floats(0, 900), max_size=8))
@settings(max_examples=25, deadline=None)
def test_advancing_in_parts_equals_advancing_at_once(parts: list[float]) -> None:
    whole, split = build(2, CONFIG, FAULTS), build(2, CONFIG, FAULTS)
    for seconds in parts:
        split.advance(seconds)
    whole.advance(split.now)
    assert whole.snapshot().hash == split.snapshot().hash
    assert whole.journal == split.journal


def test_looking_changes_nothing() -> None:
    twin = build(3, CONFIG, FAULTS)
    twin.advance(5000)
    before = twin.snapshot().hash, len(twin.journal)
    twin.view("get_grid_status")
    twin.view("run_power_flow", load="press", power_kw=500)
    twin.view("get_forecast", quantity="load", hours=24)
    for name in twin.variables:
        twin.read(name)
    assert (twin.snapshot().hash, len(twin.journal)) == before


def mutable_parts(value: object) -> Iterator[object]:
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
    twin = build(1, CONFIG, FAULTS)
    twin.advance(3000)
    twin.command("set_alert_rule", place="grid", quantity="import_kw", direction="above", limit=300)
    plants = [each._plant for each in (twin, twin.fork())]
    ours, theirs = ([*mutable_parts(plant._floor.state)] for plant in plants)  # type: ignore[attr-defined]
    assert len(ours) == len(theirs) > 25
    assert not {id(part) for part in ours} & {id(part) for part in theirs}


def test_a_command_at_one_place_leaves_chance_elsewhere() -> None:
    twin = build(5)
    twin.advance(3600)
    other = twin.fork()
    other.command("dispatch_battery", power_kw=120)
    other.command("shed_load", load="cooling")
    other.command("set_ev_charging", charger="ev1", power_kw=0)
    for each in (twin, other):
        each.advance(6 * 3600)
    ours, theirs = (each.snapshot().state for each in (twin, other))
    assert ours["supply"]["import_kw"] != theirs["supply"]["import_kw"]
    assert ours["supply"]["pv_kw"] == theirs["supply"]["pv_kw"]
    assert ours["supply"]["price_ct"] == theirs["supply"]["price_ct"]
    assert [load["demand_kw"] for load in ours["loads"]] == [load["demand_kw"] for load in theirs["loads"]]
    assert ours["chargers"][1:] == theirs["chargers"][1:]
    assert [each["sessions"] for each in ours["chargers"]] == [each["sessions"] for each in theirs["chargers"]]


def test_another_config_entry_shifts_no_draw() -> None:
    more = EnergyConfig.model_validate({"chargers": [{"name": f"ev{number}"} for number in range(1, 6)]})
    plants = [build(4), build(4, more)]
    for twin in plants:
        twin.advance(20_000)
    ours, theirs = (twin.snapshot().state for twin in plants)
    assert ours["chargers"] == theirs["chargers"][:4]
    assert [load["demand_kw"] for load in ours["loads"]] == [load["demand_kw"] for load in theirs["loads"]]


def test_seeds_differ_and_repeat() -> None:
    hashes = [build(seed).snapshot().hash for seed in (0, 0, 1)]
    assert hashes[0] == hashes[1] != hashes[2]


ELSEWHERE = """
import pickle, sys
from twin.core import Twin
from twin.energy.plant import EnergyPlant
sent = pickle.load(sys.stdin.buffer)
again = Twin("energy", 7, sent.config, sent.faults, EnergyPlant.build(7, sent.config, sent.faults))
for entry in sent.journal.commands():
    again.advance(entry.time_s - again.now)
    again.command(entry.subject, **entry.data["arguments"])
again.advance(sent.now - again.now)
print(again.snapshot().hash, sent.snapshot().hash)
sent.advance(1800)
print(sent.snapshot().hash)
print("pandapower" in sys.modules)
"""


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_comes_to_the_same(hash_seed: str) -> None:
    twin = build(7, CONFIG, FAULTS)
    twin.advance(3600)
    twin.command("dispatch_battery", power_kw=55)
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
    assert done.stdout.decode().split() == [now, now, twin.snapshot().hash, "False"]


def test_journal_and_snapshot_survive_json() -> None:
    twin = build(1, CONFIG, FAULTS)
    twin.advance(4000)
    assert journal_from_json(journal_to_json(twin.journal)) == twin.journal
    snapshot = twin.snapshot()
    again = type(snapshot).model_validate_json(snapshot.model_dump_json())
    assert again == snapshot
    assert again.hash == snapshot.hash


def test_later_faults_leave_the_warm_up_as_it_was() -> None:
    plan = FaultPlan(faults=(Fault(kind="grid_outage", target="grid", start_s=4000, duration_s=100),))
    warm = build(9)
    warm.advance(3600)
    cold = build(9, CONFIG, plan)
    cold.advance(3600)
    forked = warm.fork_with(plan)
    assert forked.snapshot().hash == cold.snapshot().hash
    for each in (forked, cold):
        each.advance(900)
    assert forked.snapshot().hash == cold.snapshot().hash
    assert forked.journal == cold.journal


def test_a_power_flow_depends_on_its_injections_alone() -> None:
    random = Random(5)
    cases = [([random.gauss(30, 60) for _ in range(11)], [random.gauss(5, 20) for _ in range(11)]) for _ in range(60)]
    net = network(CONFIG, 0)
    forwards = [net.solve(*case) for case in cases]
    assert net.solve([9_000.0] * 11, [0.0] * 11) is None
    backwards: list[Flow | None] = [net.solve(*case) for case in reversed(cases)]
    assert forwards == backwards[::-1]
    assert pickle.loads(pickle.dumps(net)) is net


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(steps=st.lists(st.one_of(command_steps, time_steps, copy_steps), min_size=20, max_size=100), seed=st.integers())
def test_long_energy_runs_replay(steps: Any, seed: int) -> None:
    twin = build(seed, SMALL, FAULTS)
    for step in steps:
        twin = do(twin, step)
    check_books(twin)
    again = replay(twin, twin.journal)
    assert again.snapshot().hash == twin.snapshot().hash
    assert again.journal == twin.journal

"""What holds for every tool of every scenario."""

import math
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools_api.catalog import SCENARIOS, specs, toolbox
from tools_api.errors import CODES
from tools_api.messages import ToolCall, ToolResult
from twin.catalog import build, warmed_up
from twin.faults import Fault, FaultPlan
from twin.replay import replay

NO_TIME = {"unknown_tool", "bad_arguments", "missing_argument"}
SPECS = [(scenario, spec) for scenario in SCENARIOS for spec in specs(scenario)]
IDS = [f"{scenario}-{spec.name}" for scenario, spec in SPECS]
every_tool = pytest.mark.parametrize(("scenario", "spec"), SPECS, ids=IDS)

FAULTS = {
    # There is an alarm to acknowledge and a line that is down.
    "production": FaultPlan(faults=(Fault(kind="jam", target="2.weld", start_s=3000, severity=0.9),)),
    "maintenance": FaultPlan(faults=(Fault(kind="bearing_wear", target="P-101", start_s=1200, severity=0.9),)),
    "energy": FaultPlan(faults=(Fault(kind="line_derating", target="line1", start_s=3000, severity=0.9),)),
}
WARMUP_S = {"production": 3600, "maintenance": 3600, "energy": 14400}
PREPARED = {
    # Two work orders, one of them approved, and something to restore and to stop.
    "production": (),
    "maintenance": (
        ("create_work_order", {"asset": "P-101", "task": "replace_bearings"}),
        ("create_work_order", {"asset": "P-101", "task": "realign"}),
        ("update_work_order", {"work_order": "WO-1001", "action": "approve"}),
    ),
    "energy": (("shed_load", {"load": "cooling"}),),
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
contract = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def plant(scenario):
    twin = warmed_up(scenario, seed=11, warmup_s=WARMUP_S[scenario], faults=FAULTS[scenario])
    for name, arguments in PREPARED[scenario]:
        twin.command(name, **arguments)
    return twin


def known_names(scenario):
    """Ids that the plant knows, by the argument that takes them."""
    if scenario == "maintenance":
        return {"work_order": ["WO-1001", "WO-1002"], "alarm": ["A-1", "A-2"], "query": ["pump vibration"]}
    if scenario == "energy":
        return {}
    door = toolbox(scenario, plant(scenario))
    orders = [row["order"] for row in door.peek(ToolCall(name="list_orders")).data["orders"]]
    alarms = [row["alarm"] for row in door.peek(ToolCall(name="list_alarms")).data["alarms"]]
    return {"order": orders, "alarm": alarms}


def values(scenario, parameter):
    """Values of the right form, in range or not far out of it."""
    if parameter.type == "boolean":
        return st.booleans()
    if parameter.type == "string":
        names = [*parameter.choices, *known_names(scenario).get(parameter.name, [])]
        return st.sampled_from(names) | st.text(st.characters(codec="ascii"), max_size=12)
    low = 0 if parameter.minimum is None else parameter.minimum
    high = low + 4 if parameter.maximum is None else parameter.maximum
    if parameter.type == "integer":
        return st.integers(int(low), int(high)) | st.integers(-(2**60), 2**60)
    return st.floats(low, high) | st.floats(allow_nan=False, allow_infinity=False)


def calls(scenario, spec):
    """Calls of the tool as a schema-following model would write them."""
    given_always = {p.name: values(scenario, p) for p in spec.parameters if p.required}
    given_sometimes = {p.name: st.none() | values(scenario, p) for p in spec.parameters if not p.required}
    arguments = st.fixed_dictionaries(given_always, optional=given_sometimes)
    return st.builds(ToolCall, name=st.just(spec.name), arguments=arguments)


def garbage(spec):
    """Calls with the tool's argument names, near misses and rubbish."""
    names = st.sampled_from([p.name for p in spec.parameters] or ["line"]) | st.text(max_size=12)
    arguments = st.dictionaries(names, JSON, max_size=6)
    return st.builds(ToolCall, name=st.just(spec.name), arguments=arguments)


def assert_flat(data):
    for name, value in data.items():
        assert name.isidentifier()
        if name == "missing":
            assert all(isinstance(argument, str) for argument in value)
        elif isinstance(value, list):
            for record in value:
                assert all(isinstance(leaf, int | float | str | bool) for leaf in record.values())
        else:
            assert isinstance(value, int | float | str | bool)
            assert not isinstance(value, float) or math.isfinite(value)


def assert_answer(spec, result, before, door):
    """Check what holds for every answer: a code or data, flat, on one line, the time it takes, JSON both ways."""
    assert result.name == spec.name
    assert "\n" not in result.message
    assert len(result.message) < 1000
    assert_flat(result.data)
    assert ToolResult.model_validate_json(result.model_dump_json()) == result
    alone = before.fork()
    if result.ok:
        assert result.code is None
        assert spec.fits(result.data)
        if spec.duration_argument is None and spec.duration_field is None:
            assert door.twin.now == pytest.approx(before.now + spec.duration_s)
        return
    assert result.code in CODES
    assert result.message
    alone.advance(0 if result.code in NO_TIME else spec.duration_s)
    assert door.twin.snapshot().hash == alone.snapshot().hash


@every_tool
@contract
@given(data=st.data())
def test_a_call_of_the_right_form_works_or_is_refused_with_a_code(scenario, spec, data):
    before = plant(scenario)
    door = toolbox(scenario, before.fork())
    result = door.call(data.draw(calls(scenario, spec)))
    assert_answer(spec, result, before, door)
    if result.ok and not spec.mutates:
        before.advance(door.twin.now - before.now)
        assert door.twin.snapshot().hash == before.snapshot().hash


@every_tool
@contract
@given(data=st.data())
def test_garbage_never_raises_and_never_changes_the_plant(scenario, spec, data):
    before = plant(scenario)
    door = toolbox(scenario, before.fork())
    result = door.call(data.draw(garbage(spec)))
    assert_answer(spec, result, before, door)


@pytest.mark.parametrize("scenario", SCENARIOS)
@contract
@given(name=st.text(max_size=300), arguments=st.dictionaries(st.text(max_size=10), JSON, max_size=3))
def test_a_made_up_tool_is_unknown(scenario, name, arguments):
    door = toolbox(scenario, plant(scenario))
    hash_before = door.twin.snapshot().hash
    if name not in door.specs:
        assert door.call(ToolCall(name=name, arguments=arguments)).code == "unknown_tool"
        assert door.twin.snapshot().hash == hash_before


def usual_in_production(spec):
    door = toolbox("production", plant("production"))
    queued = door.peek(ToolCall(name="list_orders", arguments={"state": "queued", "line": 1})).data["orders"][0]
    product = door.peek(ToolCall(name="get_line_status", arguments={"line": 1})).data["product"]
    critical = door.peek(ToolCall(name="list_alarms", arguments={"severity": "critical"})).data
    return {
        "line": 1,
        "station": "paint",
        "sensor": "vibration_mm_s",
        "order": queued["order"],
        "alarm": critical["worst_alarm"],
        "product": "valve" if product != "valve" else "bracket",
        "quantity": "wip" if spec.name == "set_alert_rule" else 40,
        "above": 12.5,
        "priority": "high",
        "held": True,
        "speed_per_h": 55,
        "seconds": 30,
    }


def usual_in_maintenance(spec):  # noqa: ARG001 - one signature for all
    return {
        "asset": "P-101",
        "sensor": "vibration_mm_s",
        "query": "bearing",
        "part": "BRG-6205",
        "quantity": 1,
        "technician": "T-1",
        "task": "inspect",
        "test": "vibration_spectrum",
        "work_order": "WO-1001",
        "action": "cancel",
        "isolated": True,
        "interval_h": 500,
        "alarm": plant("maintenance").view("list_alarms")["worst_alarm"],
        "seconds": 30,
    }


def usual_in_energy(spec):
    return {
        "bus": "press",
        "line": "T1",
        "load": {"shift_load": "furnace", "run_power_flow": "press", "restore_load": "cooling"}.get(spec.name, "hvac"),
        "hours": 2,
        "quantity": "import_kw" if spec.name == "set_alert_rule" else "pv",
        "power_kw": 7.5 if spec.name == "set_ev_charging" else 90,
        "limit_kw": 500,
        "charger": "ev2",
        "place": "grid",
        "direction": "above",
        "limit": 450,
        "seconds": 30,
    }


USUAL = {"production": usual_in_production, "maintenance": usual_in_maintenance, "energy": usual_in_energy}


def good_arguments(scenario, spec):
    """Arguments that the prepared plant accepts."""
    usual = USUAL[scenario](spec)
    return {p.name: usual[p.name] for p in spec.parameters if p.required}


def ready(scenario, spec):
    """A door behind which the tool's usual call works."""
    door = toolbox(scenario, plant(scenario))
    if spec.name == "start_line":
        assert door.call(ToolCall(name="stop_line", arguments={"line": 1})).ok
    if spec.name in ("stop_generator", "set_generator_power"):
        assert door.call(ToolCall(name="start_generator")).ok
        door.twin.advance(3700)
    return door


@every_tool
def test_every_tool_can_succeed_and_returns_what_it_declares(scenario, spec):
    result = ready(scenario, spec).call(ToolCall(name=spec.name, arguments=good_arguments(scenario, spec)))
    assert result.ok, result
    assert spec.fits(result.data)
    for name, value in result.data.items():
        if isinstance(value, list):
            assert value, f"{name} is empty: its records stay unproved"
            fields = re.search(r"\{(.*)\}", spec.returns[name])[1].split(", ")
            assert all(list(record) == fields for record in value)


@every_tool
def test_the_same_call_on_the_same_plant_gets_the_same_answer(scenario, spec):
    call = ToolCall(name=spec.name, arguments=good_arguments(scenario, spec))
    doors = [toolbox(scenario, plant(scenario)) for _ in range(2)]
    assert doors[0].call(call) == doors[1].call(call)
    assert doors[0].twin.snapshot().hash == doors[1].twin.snapshot().hash


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_through_the_door_replays_from_the_journal(scenario):
    twin = build(scenario, seed=3, faults=FAULTS[scenario])
    door = toolbox(scenario, twin)
    door.call(ToolCall(name="wait", arguments={"seconds": 3600}))
    for name, arguments in PREPARED[scenario]:
        twin.command(name, **arguments)
    for spec in specs(scenario):
        door.call(ToolCall(name=spec.name, arguments=good_arguments(scenario, spec)))
    again = replay(scenario, 3, twin.config, FAULTS[scenario], twin.journal, twin.now)
    assert again.snapshot().hash == twin.snapshot().hash


def test_choices_in_the_specs_are_those_of_the_standard_plant():
    config = build("production", seed=0).config
    for spec in specs("production"):
        for parameter in spec.parameters:
            if parameter.name == "station":
                assert parameter.choices == tuple(station.name for station in config.stations)
            if parameter.name == "product":
                assert parameter.choices == tuple(recipe.product for recipe in config.recipes)
            if parameter.name == "speed_per_h":
                assert (parameter.minimum, parameter.maximum) == (config.speed_low, config.speed_high)


@every_tool
def test_the_ranges_in_the_specs_are_those_that_the_plant_keeps(scenario, spec):
    for parameter in spec.parameters:
        for limit, beyond in ((parameter.minimum, -1), (parameter.maximum, 1)):
            if limit is None:
                continue
            call = ToolCall(name=spec.name, arguments=good_arguments(scenario, spec) | {parameter.name: limit + beyond})
            assert ready(scenario, spec).call(call).code in ("out_of_range", "not_found"), call
            at_limit = ToolCall(name=spec.name, arguments=good_arguments(scenario, spec) | {parameter.name: limit})
            assert ready(scenario, spec).call(at_limit).code not in ("out_of_range", "not_found"), at_limit

import copy
from typing import Any

import pytest

from tools_api.arguments import nearest
from tools_api.catalog import toolbox
from tools_api.messages import ToolCall, ToolResult
from tools_api.spec import tool
from tools_api.toolbox import Toolbox, one_line
from twin.catalog import warmed_up
from twin.core import Twin
from twin.errors import TwinError


@pytest.fixture
def door():
    return toolbox("production", warmed_up("production", seed=7, warmup_s=3600))


def call(name, **arguments):
    return ToolCall(name=name, arguments=arguments)


def test_an_act_changes_the_plant_and_takes_its_time(door):
    result = door.call(call("set_line_speed", line=2, speed_per_h=60))
    assert (result.ok, result.code, result.name) == (True, None, "set_line_speed")
    assert result.data["speed_per_h"] == 60
    assert result.message.startswith("line: 2, speed_per_h: 60.0, previous_speed_per_h: ")
    assert door.twin.now == 3605
    assert door.peek(call("get_line_status", line=2)).data["speed_per_h"] == 60


def test_a_look_takes_its_time_and_leaves_the_plant_as_it_would_be(door):
    alone = door.twin.fork()
    assert door.call(call("get_line_status", line=2)).ok
    alone.advance(2)
    assert door.twin.snapshot().hash == alone.snapshot().hash


def test_what_the_plant_refuses_takes_time_and_tells_the_plants_reason(door):
    alone = door.twin.fork()
    result = door.call(call("set_line_speed", line=2, speed_per_h=140))
    assert (result.ok, result.code, result.data) == (False, "out_of_range", {})
    assert result.message == "speed_per_h=140 is above 120 for line 2; allowed 20..120"
    alone.advance(5)
    assert door.twin.snapshot().hash == alone.snapshot().hash
    assert [entry.subject for entry in door.twin.journal if entry.kind == "refused"] == ["set_line_speed"]


@pytest.mark.parametrize(
    ("wrong", "code", "argument"),
    [
        (call("set_line_spede", line=2, speed_per_h=60), "unknown_tool", None),
        (call("set_line_speed", line=2), "missing_argument", "speed_per_h"),
        (call("set_line_speed", line=2, speed_per_h=None), "missing_argument", "speed_per_h"),
        (call("set_line_speed", line="two", speed_per_h=60), "bad_arguments", "line"),
        (call("set_line_speed", line=2, speed_per_h=60, unit="h"), "bad_arguments", "unit"),
    ],
)
def test_a_wrong_call_takes_no_time_and_never_reaches_the_plant(door, wrong, code, argument):
    before, entries = door.twin.snapshot().hash, len(door.twin.journal)
    for result in (door.call(wrong), door.check(wrong)):
        assert (result.ok, result.code) == (False, code)
        assert result.data.get("argument") == argument
        assert result.data.get("missing") == ([argument] if code == "missing_argument" else None)
    assert (door.twin.snapshot().hash, len(door.twin.journal)) == (before, entries)


def test_check_of_a_right_call_is_none_and_does_nothing(door):
    before = door.twin.snapshot().hash
    assert door.check(call("stop_line", line=2)) is None
    assert door.twin.snapshot().hash == before


def test_an_unknown_tool_is_told_the_nearest_one(door):
    result = door.call(call("get_line_state", line=2))
    assert result.message == "no tool 'get_line_state'; did you mean 'get_line_status'?"
    assert "there are get_line_status, get_station_status" in door.call(call("xyzzy")).message


def test_a_name_of_any_length_or_letters_gets_a_short_answer_that_can_be_written(door):
    for name in ("x" * 100_000, "\ud800", ""):
        result = door.call(ToolCall.model_construct(kind="tool_call", name=name, arguments={name: 1}))
        assert result.code == "unknown_tool"
        assert len(result.message) < 500
        assert ToolResult.model_validate_json(result.model_dump_json()) == result


def test_peek_costs_nothing(door):
    before = door.twin.snapshot().hash
    assert door.peek(call("get_kpi", line=1)) == door.peek(call("get_kpi", line=1, hours=4))
    assert door.peek(call("get_line_status", line=9)).code == "not_found"
    assert door.peek(call("get_line_status")).code == "missing_argument"
    assert door.peek(call("get_lines")).code == "unknown_tool"
    assert door.twin.snapshot().hash == before


@pytest.mark.parametrize("wrong", [call("stop_line", line=1), call("wait", seconds=60)])
def test_peeking_with_what_does_not_only_read_is_a_mistake_of_the_program(door, wrong):
    with pytest.raises(ValueError, match="it does not only read; use call"):
        door.peek(wrong)


def test_waiting_lets_just_its_time_pass(door):
    result = door.call(call("wait", seconds=90))
    assert (result.ok, result.data) == (True, {"waited_s": 90.0})
    assert door.twin.now == 3690


@pytest.mark.parametrize("seconds", [0, 0.5, -5, 3601, 1e12])
def test_a_wait_out_of_range_lets_no_time_pass(door, seconds):
    result = door.call(call("wait", seconds=seconds))
    assert (result.code, door.twin.now) == ("out_of_range", 3600)
    assert "outside 1..3600" in result.message


def test_the_same_tools_open_onto_a_fork(door):
    other = door.onto(door.twin.fork())
    other.call(call("stop_line", line=1))
    assert door.twin.now == 3600
    assert other.twin.now == 3605
    assert other.specs == door.specs


def test_the_specs_cannot_be_changed(door):
    with pytest.raises(TypeError):
        door.specs["stop_line"] = None


def test_an_answer_is_a_copy(door):
    result = door.peek(call("get_line_status", line=1))
    before = door.twin.snapshot().hash
    for buffer in result.data["buffers"]:
        buffer.clear()
    result.data.clear()
    assert door.twin.snapshot().hash == before
    assert door.peek(call("get_line_status", line=1)).data["buffers"][0]


def test_arguments_are_not_changed(door):
    arguments = {"line": 1.0, "hours": None}
    wish = call("get_kpi", **arguments)
    before = copy.deepcopy(wish)
    door.call(wish)
    assert wish == before


@tool(device="bench", mutates=False, duration_s=1)
def divide(twin: Twin, by: int) -> dict[str, Any]:
    """Divide the time.

    Args:
        by: Divisor.

    Returns:
        share: the share
    """
    if by > 9:
        raise TwinError("made_up", "no such code")
    return {"share": twin.now / by}


def test_a_mistake_of_the_program_raises(door):
    broken = Toolbox(door.twin, [divide])
    with pytest.raises(ZeroDivisionError):
        broken.call(call("divide", by=0))
    with pytest.raises(TwinError, match="no such code"):
        broken.call(call("divide", by=10))


def test_two_tools_of_one_name_are_refused(door):
    with pytest.raises(ValueError, match="two tools are named 'divide'"):
        Toolbox(door.twin, [divide, divide])


def test_one_line_tells_scalars_and_counts_lists():
    assert one_line({"line": 2, "held": True, "state": "down", "orders": [{}, {}]}) == (
        "line: 2, held: true, state: down, orders: 2 entries"
    )


def test_nearest_gives_the_nearest_or_all():
    assert nearest("lin", ["line", "speed"], "it takes") == "did you mean 'line'?"
    assert nearest("q", ["line", "speed"], "it takes") == "it takes line, speed"

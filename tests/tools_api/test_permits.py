import pytest

from tools_api.catalog import toolbox
from tools_api.limits import Limited, Permit
from tools_api.messages import ToolCall
from twin.catalog import warmed_up

READ = ToolCall(name="get_line_status", arguments={"line": 1})
STOP = ToolCall(name="stop_line", arguments={"line": 1})
SLOW = ToolCall(name="set_line_speed", arguments={"line": 1, "speed_per_h": 50})


@pytest.fixture
def door():
    return toolbox("production", warmed_up("production", seed=7, warmup_s=3600))


def speed(door):
    return door.peek(READ).data["speed_per_h"]


def test_without_a_permit_of_its_own_everything_is_permitted(door):
    limited = Limited(door, Permit())
    assert limited.call(READ).ok
    assert limited.call(SLOW).ok


def test_a_role_writes_only_where_it_may(door):
    limited = Limited(door, Permit(role="planner", writes=("orders", "set_line_speed")))
    before = door.twin.fork()
    result = limited.call(STOP)
    assert (result.ok, result.code) == (False, "not_permitted")
    assert result.message == (
        "role 'planner' may not write to 'line_control' with stop_line; it may write to: orders, set_line_speed"
    )
    before.advance(5)
    assert door.twin.snapshot().hash == before.snapshot().hash
    assert limited.call(SLOW).ok


def test_a_role_reads_only_where_it_may(door):
    limited = Limited(door, Permit(reads=("orders",), writes=()))
    assert limited.call(READ).code == "not_permitted"
    assert limited.call(ToolCall(name="list_orders")).ok
    assert "it may write to: nothing" in limited.call(STOP).message
    assert limited.call(ToolCall(name="wait", arguments={"seconds": 5})).ok


def test_what_needs_a_yes_is_done_once_after_it(door):
    limited = Limited(door, Permit(confirm=("line_control",)))
    before = speed(door)
    assert limited.call(SLOW).code == "confirmation_required"
    assert speed(door) == before
    limited.confirm()
    assert limited.call(STOP).code == "confirmation_required", "the yes was to another call"
    assert limited.call(SLOW).ok
    assert speed(door) == 50
    assert limited.call(SLOW).code == "confirmation_required", "one yes, one act"


def test_the_same_call_with_null_is_the_same_call(door):
    limited = Limited(door, Permit(confirm=("create_order",)))
    arguments = {"product": "valve", "quantity": 40, "line": 1}
    limited.call(ToolCall(name="create_order", arguments=arguments))
    limited.confirm()
    assert limited.call(ToolCall(name="create_order", arguments=arguments | {"priority": None})).ok


def test_a_yes_that_came_first_counts_for_the_next_call(door):
    limited = Limited(door, Permit(confirm=("line_control",)))
    limited.confirm()
    assert limited.call(STOP).ok
    assert limited.call(SLOW).code == "confirmation_required"


def test_a_yes_survives_what_the_plant_refuses(door):
    limited = Limited(door, Permit(confirm=("start_line",)))
    start = ToolCall(name="start_line", arguments={"line": 3})
    limited.call(start)
    limited.confirm()
    assert limited.call(start).code == "wrong_state"
    assert limited.call(ToolCall(name="stop_line", arguments={"line": 3})).ok
    assert limited.call(start).ok


def test_a_no_takes_everything_back(door):
    limited = Limited(door, Permit(confirm=("line_control",)))
    limited.call(STOP)
    limited.decline()
    limited.confirm()
    limited.decline()
    assert limited.call(STOP).code == "confirmation_required"


def test_a_wrong_call_is_told_so_first_and_costs_no_time(door):
    limited = Limited(door, Permit(writes=()))
    assert limited.call(ToolCall(name="stop_line")).code == "missing_argument"
    assert door.twin.now == 3600


def test_a_fork_keeps_its_own_confirmations(door):
    limited = Limited(door, Permit(confirm=("line_control",)))
    limited.call(STOP)
    other = limited.onto(door.twin.fork())
    other.confirm()
    assert other.call(STOP).ok
    assert limited.call(STOP).code == "confirmation_required"


def test_a_permit_that_names_nothing_is_a_mistake_of_the_program(door):
    with pytest.raises(ValueError, match="'line_controll' is no device or tool; did you mean 'line_control'"):
        Limited(door, Permit(writes=("line_controll",)))


def test_a_permit_is_data():
    permit = Permit(role="viewer", writes=(), confirm=("orders",))
    assert Permit.model_validate_json(permit.model_dump_json()) == permit

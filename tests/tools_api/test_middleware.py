import pytest

from tools_api.catalog import toolbox
from tools_api.door import Door
from tools_api.limits import Limited, Permit
from tools_api.messages import ToolCall
from tools_api.middleware import Delay, Dropout, SensorNoise, StaleRead, Tap
from twin.catalog import warmed_up

READ = ToolCall(name="get_line_status", arguments={"line": 1})
STATION = ToolCall(name="get_station_status", arguments={"line": 1, "station": "weld"})
SLOW = ToolCall(name="set_line_speed", arguments={"line": 1, "speed_per_h": 50})
WAIT = ToolCall(name="wait", arguments={"seconds": 10})

WRAPPINGS = {
    "Delay": lambda door: Delay(door, low_s=1, high_s=20, seed=4),
    "Dropout": lambda door: Dropout(door, unavailable=0.3, timeout=0.3, seed=4),
    "StaleRead": lambda door: StaleRead(door, refresh_s=60),
    "SensorNoise": lambda door: SensorNoise(door, deviations={"temperature_c": 2.0}, seed=4),
    "Tap": Tap,
    "Limited": lambda door: Limited(door, Permit(confirm=("line_control",))),
    "all": lambda door: Dropout(StaleRead(SensorNoise(door, deviations={"wip": 1}), refresh_s=9), timeout=0.2),
}
every_wrapping = pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)


@pytest.fixture
def door():
    return toolbox("production", warmed_up("production", seed=7, warmup_s=3600))


def story(door: Door):
    return [door.call(call) for call in (READ, STATION, SLOW, STATION, READ, STATION)]


@every_wrapping
def test_a_wrapped_door_tells_the_same_story_again(door, wrap):
    first, second = wrap(door.onto(door.twin.fork())), wrap(door.onto(door.twin.fork()))
    assert story(first) == story(second)
    assert first.twin.snapshot().hash == second.twin.snapshot().hash


@every_wrapping
def test_a_fork_of_a_wrapped_door_goes_on_as_the_original_does(door, wrap):
    wrapped = wrap(door)
    story(wrapped)
    other = wrapped.onto(wrapped.twin.fork())
    assert story(other) == story(wrapped)
    assert other.twin is not wrapped.twin
    assert other.twin.snapshot().hash == wrapped.twin.snapshot().hash


@every_wrapping
def test_wrong_calls_waiting_and_peeking_pass_by_every_wrapper(door, wrap):
    wrapped = wrap(door)
    plain = door.onto(door.twin.fork())
    for _ in range(5):
        for call in (ToolCall(name="get_lines"), ToolCall(name="stop_line"), WAIT):
            assert wrapped.call(call) == plain.call(call)
        assert wrapped.peek(STATION) == plain.peek(STATION)
        assert wrapped.check(SLOW) is None
    assert wrapped.specs == plain.specs
    assert wrapped.twin.snapshot().hash == plain.twin.snapshot().hash


def test_delay_lets_time_pass_before_the_plant_is_reached(door):
    Delay(door, low_s=8, high_s=8).call(SLOW)
    entry = next(entry for entry in door.twin.journal if entry.kind == "command")
    assert entry.time_s == 3608
    assert door.twin.now == 3613


def test_delay_draws_between_its_bounds(door):
    wrapped = Delay(door, low_s=1, high_s=3, seed=2)
    lags = []
    for _ in range(20):
        before = door.twin.now
        wrapped.call(READ)
        lags.append(door.twin.now - before - 2)
    assert all(1 <= lag <= 3 for lag in lags)
    assert len(set(lags)) > 10


def test_an_unavailable_device_does_nothing_and_costs_the_calls_time(door):
    alone = door.twin.fork()
    result = Dropout(door, unavailable=1.0).call(SLOW)
    assert (result.ok, result.code) == (False, "unavailable")
    assert "device 'line_control' cannot be reached" in result.message
    alone.advance(5)
    assert door.twin.snapshot().hash == alone.snapshot().hash


def test_a_timeout_loses_the_answer_but_not_the_act(door):
    result = Dropout(door, timeout=1.0, timeout_s=12).call(SLOW)
    assert (result.ok, result.code, result.data) == (False, "timeout", {})
    assert "may have been done" in result.message
    assert door.twin.now == 3617
    assert door.peek(READ).data["speed_per_h"] == 50


def test_dropouts_come_as_often_as_asked_and_differ_by_seed(door):
    recipe = ToolCall(name="get_recipe", arguments={"product": "valve"})
    codes = []
    for seed in (1, 2):
        wrapped = Dropout(door.onto(door.twin.fork()), unavailable=0.25, timeout=0.25, timeout_s=0, seed=seed)
        codes.append([wrapped.call(recipe).code for _ in range(400)])
    assert codes[0] != codes[1]
    for run in codes:
        assert 60 <= run.count("unavailable") <= 140
        assert 60 <= run.count("timeout") <= 140


def test_a_stale_look_is_the_old_answer_until_it_is_refreshed(door):
    wrapped = StaleRead(door, refresh_s=60)
    first = wrapped.call(READ)
    assert wrapped.call(SLOW).ok
    assert wrapped.call(READ) == first
    assert door.twin.now == 3609
    wrapped.call(ToolCall(name="wait", arguments={"seconds": 60}))
    assert wrapped.call(READ).data["speed_per_h"] == 50


def test_another_look_is_not_stale_and_an_old_answer_cannot_be_spoiled(door):
    wrapped = StaleRead(door, refresh_s=600)
    first = wrapped.call(READ)
    first.data["buffers"].clear()
    assert wrapped.call(READ).data["buffers"]
    assert wrapped.call(ToolCall(name="get_line_status", arguments={"line": 2})).data["line"] == 2


def test_noise_touches_the_named_fields_alone_and_the_message_agrees(door):
    truth = door.peek(STATION).data
    result = SensorNoise(door, deviations={"temperature_c": 5.0}, seed=1).call(STATION)
    assert {name for name in truth if result.data[name] != truth[name]} == {"temperature_c"}
    assert f"temperature_c: {result.data['temperature_c']}" in result.message


def test_noise_has_the_deviation_asked_for(door):
    recipe = ToolCall(name="get_recipe", arguments={"product": "valve"})
    truth = door.peek(recipe).data["weld_temperature_c"]
    errors = []
    for seed in range(400):
        wrapped = SensorNoise(door, deviations={"weld_temperature_c": 10.0}, seed=seed)
        errors.append(wrapped.call(recipe).data["weld_temperature_c"] - truth)
    assert abs(sum(errors) / 400) < 2
    assert 8 < (sum(error**2 for error in errors) / 400) ** 0.5 < 12


def test_the_same_sample_is_shown_the_same_and_another_one_is_not(door):
    wrapped = SensorNoise(door, deviations={"temperature_c": 5.0}, seed=1)
    first, again = wrapped.call(STATION).data, wrapped.call(STATION).data
    assert first["temperature_c"] == again["temperature_c"]
    shown = set()
    for _ in range(20):
        door.twin.advance(60)
        shown.add(wrapped.call(STATION).data["temperature_c"] - door.peek(STATION).data["temperature_c"])
    assert len(shown) > 10


def test_noise_leaves_alone_what_the_caller_gave():
    grid = toolbox("energy", warmed_up("energy", seed=7, warmup_s=3600))
    wrapped = SensorNoise(grid, deviations={"power_kw": 50.0, "import_kw": 50.0}, seed=2)
    what_if = ToolCall(name="run_power_flow", arguments={"load": "press", "power_kw": 30.0})
    told, truth = wrapped.call(what_if).data, grid.peek(what_if).data
    assert told["power_kw"] == truth["power_kw"] == 30.0
    assert told["import_kw"] != truth["import_kw"]


def test_a_tap_changes_nothing_and_remembers_what_the_plant_answered(door):
    plain = door.onto(door.twin.fork())
    tap = Tap(door)
    lossy = Dropout(tap, timeout=1.0, timeout_s=0)
    assert tap.take() is None
    assert lossy.call(SLOW).code == "timeout"
    assert tap.take() == plain.call(SLOW)
    assert tap.take() is None
    assert Dropout(tap, unavailable=1.0).call(SLOW).code == "unavailable"
    assert tap.take() is None


def test_wrappers_with_nonsense_settings_are_mistakes_of_the_program(door):
    with pytest.raises(ValueError, match="wanted 0 <= low_s <= high_s"):
        Delay(door, low_s=5, high_s=1)
    with pytest.raises(ValueError, match="wanted shares that add up to at most 1"):
        Dropout(door, unavailable=0.7, timeout=0.7)
    with pytest.raises(ValueError, match="wanted more than 0"):
        StaleRead(door, refresh_s=0)
    with pytest.raises(ValueError, match="no tool returns 'temperature'; did you mean 'temperature_c'"):
        SensorNoise(door, deviations={"temperature": 1.0})

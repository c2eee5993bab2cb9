import math

import pytest

from tools_api.arguments import ArgumentChecker, ArgumentFault
from tools_api.catalog import specs
from tools_api.spec import Parameter, ToolSpec

CHECKERS = {spec.name: ArgumentChecker(spec) for spec in specs("production")}


def refused(tool, **arguments):
    with pytest.raises(ArgumentFault) as caught:
        CHECKERS[tool].check(arguments)
    return caught.value


def test_right_arguments_pass_and_defaults_are_filled_in():
    assert CHECKERS["get_kpi"].check({"line": 2}) == {"line": 2, "hours": 4.0}
    assert CHECKERS["list_alarms"].check({}) == {"line": None, "severity": None}
    assert CHECKERS["set_batch_hold"].check({"order": "O-1", "held": False}) == {"order": "O-1", "held": False}


def test_null_is_as_good_as_left_out():
    assert CHECKERS["get_kpi"].check({"line": 2, "hours": None}) == {"line": 2, "hours": 4.0}
    fault = refused("set_line_speed", line=2, speed_per_h=None)
    assert (fault.code, fault.argument) == ("missing_argument", "speed_per_h")
    assert "'speed_per_h', a number" in fault.message


def test_all_that_is_missing_is_named():
    fault = refused("replace_order", order="O-101")
    assert (fault.code, fault.argument) == ("missing_argument", "product")
    assert fault.missing == ("product", "quantity")
    assert "also missing: quantity" in fault.message


def test_whole_floats_are_integers_and_integers_are_numbers():
    checked = CHECKERS["create_order"].check({"product": "valve", "quantity": 80.0, "line": 1, "due_in_h": 8})
    assert type(checked["quantity"]) is int
    assert type(checked["due_in_h"]) is float


@pytest.mark.parametrize(
    "value", ["2", "two", "", True, False, 2.5, math.nan, math.inf, -math.inf, 2**53 + 1, 10**400, -1e300, [], [2], {}]
)
def test_what_is_no_integer_is_a_bad_argument(value):
    assert refused("get_line_status", line=value).code == "bad_arguments"


@pytest.mark.parametrize("value", ["80", "", True, math.nan, math.inf, -math.inf, 10**400, [80.0], {"value": 80}])
def test_what_is_no_number_is_a_bad_argument(value):
    assert refused("set_line_speed", line=1, speed_per_h=value).code == "bad_arguments"


@pytest.mark.parametrize("value", [1, 0, "true", "yes", 1.0, [], {}])
def test_what_is_no_boolean_is_a_bad_argument(value):
    assert refused("set_batch_hold", order="O-101", held=value).code == "bad_arguments"


@pytest.mark.parametrize("value", [101, True, ["O-101"], {}, "O-\n101", "\x00", "\ud800", "x" * 201, "x" * 1_000_000])
def test_what_is_no_string_is_a_bad_argument(value):
    fault = refused("get_order", order=value)
    assert fault.code == "bad_arguments"
    assert len(fault.message) < 200


def test_a_number_in_quotes_is_told_how_to_be_right():
    fault = refused("set_line_speed", line=1, speed_per_h="80")
    assert fault.message == "speed_per_h is the string '80'; give a number without quotes"


def test_an_unknown_argument_is_told_the_nearest_right_one():
    fault = refused("set_line_speed", line=1, speed=80)
    assert (fault.code, fault.argument) == ("bad_arguments", "speed")
    assert fault.message == "set_line_speed has no argument 'speed'; did you mean 'speed_per_h'?"
    far = refused("set_line_speed", line=1, xyz=80)
    assert far.message == "set_line_speed has no argument 'xyz'; it takes line, speed_per_h"


def test_a_wrong_word_of_the_tools_own_is_told_the_right_ones():
    fault = refused("get_sensor_history", line=1, station="weld", sensor="temperature")
    assert fault.code == "bad_arguments"
    assert fault.message == (
        "sensor='temperature' is not allowed; allowed: temperature_c, vibration_mm_s, tool_wear_pct; "
        "did you mean 'temperature_c'?"
    )


def test_names_and_ranges_of_the_plant_are_left_to_the_plant():
    assert CHECKERS["get_station_status"].check({"line": 99, "station": "wedl"}) == {"line": 99, "station": "wedl"}
    assert CHECKERS["set_line_speed"].check({"line": -1, "speed_per_h": 1e9}) == {"line": -1, "speed_per_h": 1e9}


def test_a_tool_without_parameters_says_so():
    checker = ArgumentChecker(ToolSpec(name="go", description="Go.", device="d", mutates=True, duration_s=1))
    assert checker.check({}) == {}
    with pytest.raises(ArgumentFault, match="it takes no arguments"):
        checker.check({"a": 1})


def test_one_fault_at_a_time_in_the_order_of_the_parameters():
    checker = ArgumentChecker(
        ToolSpec(
            name="go",
            description="Go.",
            device="d",
            mutates=True,
            duration_s=1,
            parameters=tuple(Parameter(name=name, type="integer", description=name) for name in "ab"),
        )
    )
    with pytest.raises(ArgumentFault) as caught:
        checker.check({"b": "x"})
    assert (caught.value.code, caught.value.argument) == ("missing_argument", "a")

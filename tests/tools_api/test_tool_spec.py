# ruff: noqa: ARG001 - these tools are there for their signatures

from typing import Annotated, Any, Literal

import pytest

from tools_api.spec import Names, Range, ToolSpec, Unit, tool


@tool(device="drives", mutates=True, duration_s=5.0)
def turn(
    twin: object,
    speed: Annotated[float, Unit("rpm"), Range(0, 3000)],
    motor: Annotated[str, Names(("left", "right"))],
    count: int = 2,
    gear: Literal["low", "high"] | None = None,
    force: Annotated[float | None, Unit("N")] = None,
    ratio: float = 0.5,
    reverse: bool = False,
) -> dict[str, Any]:
    """Turn a motor.

    Args:
        speed: How fast.
        motor: Which motor.
        count: How often.
        gear: Which gear.
        force: How hard.
        ratio: What ratio.
        reverse: Backwards.

    Returns:
        motor: the motor
    """
    return {"motor": motor}


def test_the_spec_tells_what_the_signature_and_docstring_tell():
    spec = turn.spec
    assert (spec.name, spec.description, spec.device) == ("turn", "Turn a motor.", "drives")
    assert (spec.mutates, spec.duration_s, spec.duration_argument) == (True, 5.0, None)
    assert dict(spec.returns) == {"motor": "the motor"}
    assert [parameter.type for parameter in spec.parameters] == [
        "number", "string", "integer", "string", "number", "number", "boolean",
    ]  # fmt: skip
    assert [parameter.required for parameter in spec.parameters] == [True, True, False, False, False, False, False]
    assert [parameter.default for parameter in spec.parameters] == [None, None, 2, None, None, 0.5, False]
    speed, motor, _, gear, force, *_ = spec.parameters
    assert (speed.unit, speed.minimum, speed.maximum) == ("rpm", 0, 3000)
    assert (motor.choices, motor.closed) == (("left", "right"), False)
    assert (gear.choices, gear.closed) == (("low", "high"), True)
    assert force.unit == "N"


def test_the_signature_is_one_line():
    assert turn.spec.signature() == (
        "turn(speed: number, motor: string, count: integer = 2, gear?: string, force?: number, "
        "ratio: number = 0.5, reverse: boolean = false)"
    )
    assert turn.spec.card() == f"{turn.spec.signature()}: Turn a motor."


def test_the_full_schema_tells_choices_and_limits():
    schema = turn.spec.json_schema()
    assert schema["required"] == ["speed", "motor"]
    assert schema["additionalProperties"] is False
    properties = schema["properties"]
    assert properties["speed"] == {"type": "number", "description": "How fast. [rpm]", "minimum": 0, "maximum": 3000}
    assert properties["motor"]["enum"] == ["left", "right"]
    assert properties["gear"]["enum"] == ["low", "high"]
    assert properties["count"]["default"] == 2
    assert properties["reverse"]["default"] is False


def test_the_decoding_schema_fixes_form_and_type_alone():
    schema = turn.spec.decoding_schema()
    assert list(schema["properties"]) == schema["required"] == [parameter.name for parameter in turn.spec.parameters]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["motor"] == {"anyOf": [{"type": "string", "maxLength": 40}, {"type": "null"}]}
    assert schema["properties"]["speed"] == {"anyOf": [{"type": "number"}, {"type": "null"}]}


def test_a_spec_survives_json_and_can_be_a_key():
    again = ToolSpec.model_validate_json(turn.spec.model_dump_json())
    assert again == turn.spec
    assert {again: 1}[turn.spec] == 1


def test_a_tool_is_still_its_function():
    assert turn(object(), speed=1.0, motor="left") == {"motor": "left"}


def test_docstring_and_signature_must_agree():
    def f(twin: object, line: int) -> dict[str, Any]:
        """Do it.

        Args:
            lime: Line.

        Returns:
            x: y
        """
        return {}

    with pytest.raises(ValueError, match=r"takes \['line'\] but its docstring's Args are \['lime'\]"):
        tool(device="d", mutates=False, duration_s=1)(f)


def test_a_tool_says_what_it_returns():
    def f(twin: object) -> dict[str, Any]:
        """Do it."""
        return {}

    with pytest.raises(ValueError, match="needs a docstring with a description and Returns"):
        tool(device="d", mutates=False, duration_s=1)(f)


def test_types_outside_json_are_refused():
    def f(twin: object, line: bytes) -> dict[str, Any]:
        """Do it.

        Args:
            line: Line.

        Returns:
            x: y
        """
        return {}

    with pytest.raises(TypeError, match="allowed: int, float, str, bool, Literal"):
        tool(device="d", mutates=False, duration_s=1)(f)


def test_the_duration_argument_must_be_a_number_of_the_tool():
    def f(twin: object, line: str) -> dict[str, Any]:
        """Do it.

        Args:
            line: Line.

        Returns:
            x: y
        """
        return {}

    with pytest.raises(ValueError, match="duration_argument 'seconds' is no required number of tool 'f'"):
        tool(device="d", mutates=False, duration_s=1, duration_argument="seconds")(f)

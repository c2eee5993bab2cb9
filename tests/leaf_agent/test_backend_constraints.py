"""Constraints as grammars, read back as regular expressions: what a model may write, without a model."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaf_agent.backends.base import Choice, Constraint, Grammar, JsonSchema
from leaf_agent.backends.constraints import constraint_ebnf
from leaf_agent.backends.errors import BackendError

_PIECE = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<class>\[(?:[^\]\\]|\\.)*\])|(?P<rule>[a-z][\w-]*)|(?P<rest>.)')


def accepts(constraint: Constraint, text: str) -> bool:
    rules = dict(line.split(" ::= ", 1) for line in constraint_ebnf(constraint).splitlines())

    def regex(body: str) -> str:
        found = ""
        for piece in _PIECE.finditer(body):
            if piece["text"]:
                literal = re.sub(r"\\(.)", r"\1", piece["text"][1:-1])
                found += f"(?:{re.escape(literal)})"
            elif piece["class"]:
                found += piece["class"]
            elif piece["rule"]:
                found += f"(?:{regex(rules[piece['rule']])})"
            elif piece["rest"] != " ":
                found += "(?:" if piece["rest"] == "(" else piece["rest"]
        return found

    return re.fullmatch(regex(rules["root"]), text) is not None


CALL = {
    "type": "object",
    "properties": {
        "line": {"type": "integer"},
        "speed_per_h": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "station": {"type": "string", "maxLength": 10},
        "held": {"type": "boolean"},
    },
    "required": ["line", "speed_per_h"],
}


@pytest.mark.parametrize(
    "value",
    [
        {"line": 3, "speed_per_h": 80},
        {"line": -3, "speed_per_h": 45.25, "station": 'we"ld\\'},
        {"line": 999, "speed_per_h": None, "held": True},
        {"line": 3, "speed_per_h": 0, "station": "", "held": False},
    ],
)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_schema_takes_what_fits_it(value: dict[str, Any], separators: tuple[str, str]) -> None:
    assert accepts(JsonSchema(CALL), json.dumps(value, separators=separators))


@pytest.mark.parametrize(
    "text",
    [
        '{"line": 3}',  # a required one is left out
        '{"speed_per_h": 3, "line": 3}',  # another order
        '{"line": "3", "speed_per_h": 3}',  # another type
        '{"line": 3.5, "speed_per_h": 3}',
        '{"line": 3, "speed_per_h": 3,}',
        '{"line":  3, "speed_per_h": 3}',  # blanks could go on for ever
        '{"line": 3333333333333, "speed_per_h": 3}',  # digits could, too
        '{"line": 3, "speed_per_h": 3, "station": "aaaaaaaaaaa"}',  # and letters
        '{"line": 3, "speed_per_h": 3, "station": "a\nb"}',
        '{"line": 3, "speed_per_h": 3} ',
    ],
)
def test_a_schema_refuses_what_does_not(text: str) -> None:
    assert not accepts(JsonSchema(CALL), text)


def test_limits_of_value_are_not_in_the_grammar() -> None:
    assert accepts(JsonSchema({"type": "integer", "minimum": 1, "maximum": 3}), "140")


def test_lists_objects_in_objects_and_fixed_values() -> None:
    schema = JsonSchema(
        {
            "type": "object",
            "properties": {
                "lines": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
                "inner": {"type": "object", "properties": {"a": {"enum": ["x", 'y"', 3]}}},
                "kind": {"const": "call"},
                "maybe": {"type": ["integer", "null"]},
            },
            "required": ["lines", "inner", "kind", "maybe"],
        }
    )
    assert accepts(schema, '{"lines": [1, 2], "inner": {"a": "y\\""}, "kind": "call", "maybe": null}')
    assert accepts(schema, '{"lines": [], "inner": {}, "kind": "call", "maybe": 3}')
    assert not accepts(schema, '{"lines": [1, 2, 3], "inner": {}, "kind": "call", "maybe": 3}')


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), min_size=1, max_size=4))
def test_a_choice_takes_its_options_and_nothing_else(options: list[str]) -> None:
    constraint = Choice(tuple(options))
    assert all(accepts(constraint, option) for option in options)
    assert not accepts(constraint, "".join(options) + "!")


def test_a_grammar_stays_as_it_is() -> None:
    assert constraint_ebnf(Grammar('root ::= "a"\n')) == 'root ::= "a"\n'


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(BackendError, match="no options"):
        constraint_ebnf(Choice(()))
    with pytest.raises(BackendError, match="not supported; use object"):
        constraint_ebnf(JsonSchema({"$ref": "#/x"}))

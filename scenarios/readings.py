"""What an agent has read: every field of every accepted answer, and which thing it is a field of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scenarios.conditions import as_number, same
from scenarios.trajectory import Entry, calls
from tools_api.messages import ToolCall, ToolResult
from tools_api.spec import ToolSpec

_THINGS = ("order", "work_order", "purchase", "alarm", "rule", "line", "asset", "part", "load", "charger", "generator")
"""What a tool that acts is about: the first of these in its answer."""
_RECORDS = ("order", "work_order", "alarm", "technician", "part", "asset", "charger")
"""What a record in a list is about: the first of these in it."""

OF_THE_LIST = ("count", "failed_count", "available_count", "open_count", "late_count", "below_reorder_count")
"""Fields that tell how many records a list holds: they belong to the list, not to the thing that it was aimed at."""

Thing = Mapping[str, Any]
"""The arguments that name a thing: {line: 2}, {line: 2, station: weld}, {order: O-105}, {line: 1, hours: 4}."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields that one accepted answer, or one record in it, told about a thing. `place` counts the calls."""

    place: int
    tool: str
    acted: bool
    arguments: Mapping[str, Any]
    thing: Thing
    fields: Mapping[str, Any]


def readings(entries: Iterable[Entry], specs: Mapping[str, ToolSpec]) -> list[Reading]:
    """Give all readings of an episode, in order."""
    return readings_of(calls(entries), specs)


def readings_of(pairs: Iterable[tuple[ToolCall, ToolResult]], specs: Mapping[str, ToolSpec]) -> list[Reading]:
    """Give all readings of calls with their results, in order."""
    found: list[Reading] = []
    for place, (call, result) in enumerate(pairs):
        spec = specs.get(call.name)
        if result.ok and spec is not None:
            found.extend(_readings(place, call, result, spec))
    return found


def thing_of(spec: ToolSpec, arguments: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Say which thing a tool's answer is about: what a look was aimed at, or the first thing that an act names."""
    if spec.mutates:
        for name in _THINGS:
            value = data.get(name, arguments.get(name))
            if value is not None:
                return {name: value}
        return {}
    aimed = {
        parameter.name: data.get(parameter.name, arguments.get(parameter.name, parameter.default))
        for parameter in spec.parameters
    }
    return {name: value for name, value in aimed.items() if value is not None}


def same_thing(one: Thing, other: Thing) -> bool:
    """Whether two things are the same: named by the same arguments with equal values."""
    return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())


def numbers_in(value: Any) -> Iterator[float]:
    """Give every number in an answer's data, at any depth."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from numbers_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from numbers_in(part)
    else:
        number = as_number(value)
        if number is not None:
            yield number


def _readings(place: int, call: ToolCall, result: ToolResult, spec: ToolSpec) -> Iterator[Reading]:
    data = result.data
    yield Reading(place, call.name, spec.mutates, call.arguments, thing_of(spec, call.arguments, data), data)
    for records in data.values():
        if isinstance(records, list):
            for record in records:
                if isinstance(record, Mapping):
                    name = next((name for name in _RECORDS if name in record), None)
                    if name is not None:
                        yield Reading(place, call.name, False, call.arguments, {name: record[name]}, record)

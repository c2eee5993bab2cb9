"""The door: validate a call, work the plant, let the call's time pass, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from tools_api.arguments import ArgumentChecker, ArgumentFault, clip, nearest
from tools_api.errors import CODES
from tools_api.messages import ToolCall, ToolResult
from tools_api.spec import Tool, ToolSpec
from twin.core import Twin
from twin.errors import TwinError

_Row = tuple[Callable[..., dict[str, Any]], ToolSpec, ArgumentChecker]


class Toolbox:
    """The tools of one plant. Checks are built once; a call pays for its own arguments only."""

    __slots__ = ("_table", "_twin", "specs")

    def __init__(self, twin: Twin, tools: Iterable[Tool]) -> None:
        self._twin = twin
        self._table: dict[str, _Row] = {}
        for tool in tools:
            if tool.spec.name in self._table:
                raise ValueError(f"two tools are named {tool.spec.name!r}; a name opens one tool")
            self._table[tool.spec.name] = (tool.function, tool.spec, ArgumentChecker(tool.spec))
        self.specs: Mapping[str, ToolSpec] = MappingProxyType({name: row[1] for name, row in self._table.items()})

    @property
    def twin(self) -> Twin:
        """The plant behind this door."""
        return self._twin

    def call(self, call: ToolCall) -> ToolResult:
        """Use a tool, then let its `duration_s` pass, and what its argument or its answer says that it takes.

        A wrong name or wrong arguments cost no time and do not reach the plant; what the plant refuses costs the time.
        """
        row = self._table.get(call.name)
        if row is None:
            return self._unknown(call.name)
        function, spec, checker = row
        try:
            arguments = checker.check(call.arguments)
        except ArgumentFault as fault:
            return _refused(call.name, fault)
        result = _run(call.name, function, self._twin, arguments)
        duration_s = spec.duration_s
        if spec.duration_argument is not None and result.ok:
            duration_s += arguments[spec.duration_argument]
        if spec.duration_field is not None and result.ok:
            duration_s += 60 * result.data[spec.duration_field]
        if duration_s > 0:
            self._twin.advance(duration_s)
        return result

    def check(self, call: ToolCall) -> ToolResult | None:
        """Say what is wrong with a call's name and arguments, without doing anything; None when they are right."""
        row = self._table.get(call.name)
        if row is None:
            return self._unknown(call.name)
        try:
            row[2].check(call.arguments)
        except ArgumentFault as fault:
            return _refused(call.name, fault)
        return None

    def peek(self, call: ToolCall) -> ToolResult:
        """Look without cost: no time passes. Raises `ValueError` for a tool that acts or waits."""
        row = self._table.get(call.name)
        if row is None:
            return self._unknown(call.name)
        function, spec, checker = row
        if spec.mutates or spec.duration_argument is not None:
            raise ValueError(f"cannot peek with {call.name!r}: it does not only read; use call")
        try:
            arguments = checker.check(call.arguments)
        except ArgumentFault as fault:
            return _refused(call.name, fault)
        return _run(call.name, function, self._twin, arguments)

    def onto(self, twin: Twin) -> Toolbox:
        """Give the same tools to another plant, such as a fork of this one."""
        other = object.__new__(Toolbox)
        other._twin, other._table, other.specs = twin, self._table, self.specs
        return other

    def _unknown(self, name: str) -> ToolResult:
        message = f"no tool {clip(name)!r}; {nearest(name, list(self._table), 'there are')}"
        return ToolResult(name=clip(name), ok=False, code="unknown_tool", message=message)


def one_line(data: Mapping[str, Any]) -> str:
    """Put a tool's data on one line: `line: 2, held: true, buffers: 4 entries`."""
    return ", ".join([f"{name}: {_shown(value)}" for name, value in data.items()])


def _shown(value: Any) -> Any:
    if type(value) is bool:
        return "true" if value else "false"
    return f"{len(value)} entries" if type(value) is list else value


def _run(name: str, function: Callable[..., dict[str, Any]], twin: Twin, arguments: dict[str, Any]) -> ToolResult:
    try:
        data = function(twin, **arguments)
    except TwinError as error:
        if error.code not in CODES:
            raise
        return ToolResult(name=name, ok=False, code=error.code, message=error.message)
    return ToolResult(name=name, ok=True, message=one_line(data), data=data)


def _refused(name: str, fault: ArgumentFault) -> ToolResult:
    data: dict[str, Any] = {"argument": fault.argument}
    if fault.missing:
        data["missing"] = list(fault.missing)
    return ToolResult(name=name, ok=False, code=fault.code, message=fault.message, data=data)

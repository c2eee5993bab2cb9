"""The door to a plant as its users see it, and the base of all that is wrapped round one."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping
from typing import Protocol, Self

from tools_api.messages import ToolCall, ToolResult
from tools_api.spec import ToolSpec
from twin.core import Twin


class Door(Protocol):
    """What a toolbox and every wrapper round one can do."""

    @property
    def specs(self) -> Mapping[str, ToolSpec]:
        """The tools behind this door by name."""

    @property
    def twin(self) -> Twin:
        """The plant behind this door."""

    def call(self, call: ToolCall) -> ToolResult:
        """Use a tool; plant time passes. An agent's mistake is a result with a code, never an exception."""

    def check(self, call: ToolCall) -> ToolResult | None:
        """Say what is wrong with a call's name and arguments, without doing anything; None when they are right."""

    def peek(self, call: ToolCall) -> ToolResult:
        """Look without cost: no time passes and no wrapper comes between. Raises `ValueError` unless the tool reads."""

    def onto(self, twin: Twin) -> Door:
        """Give the same door, in the same state, to another plant, such as a fork of this one."""


class Wrapper:
    """A door round a door: it hands everything on but `call`, where a subclass says what it does in between.

    Wrong names and arguments are answered by the toolbox before a wrapper comes into play, and so is waiting, which
    crosses no network. All state of a wrapper is immutable values, so that a shallow copy goes its own way.
    """

    def __init__(self, inner: Door) -> None:
        self._inner = inner

    @property
    def specs(self) -> Mapping[str, ToolSpec]:
        """The tools behind this door by name."""
        return self._inner.specs

    @property
    def twin(self) -> Twin:
        """The plant behind this door."""
        return self._inner.twin

    def call(self, call: ToolCall) -> ToolResult:
        """Use a tool through whatever this wrapper puts in between."""
        wrong = self._inner.check(call)
        if wrong is not None:
            return wrong
        spec = self.specs[call.name]
        return self._inner.call(call) if spec.duration_argument is not None else self._between(call, spec)

    def check(self, call: ToolCall) -> ToolResult | None:
        """Say what is wrong with a call's name and arguments, without doing anything; None when they are right."""
        return self._inner.check(call)

    def peek(self, call: ToolCall) -> ToolResult:
        """Look without cost, past this wrapper. Raises `ValueError` unless the tool only reads."""
        return self._inner.peek(call)

    def onto(self, twin: Twin) -> Self:
        """Give the same door, in the same state, to another plant, such as a fork of this one."""
        other = copy.copy(self)
        other._inner = self._inner.onto(twin)
        return other

    def _between(self, call: ToolCall, spec: ToolSpec) -> ToolResult:
        raise NotImplementedError


class ChanceWrapper(Wrapper):
    """A wrapper that draws: keyed by seed, kind and number of the call, so that a run can be had again."""

    def __init__(self, inner: Door, seed: int) -> None:
        super().__init__(inner)
        self._seed = seed
        self._calls = 0

    def _draw(self) -> random.Random:
        """Give the source of chance for the next call."""
        self._calls += 1
        # A string seed goes through SHA-512: the same on every machine, unlike hash().
        return random.Random(f"{self._seed}/{type(self).__name__}/{self._calls}")


def same_call(call: ToolCall) -> str:
    """Give a text that is equal for calls of the same tool with the same arguments, left out or null."""
    given = {name: value for name, value in call.arguments.items() if value is not None}
    return f"{call.name} {json.dumps(given, sort_keys=True)}"

"""A bad network and bad gauges, wrapped round a door; every one seeded, all of them can be stacked."""

from __future__ import annotations

import random
from collections.abc import Mapping

from tools_api.arguments import nearest
from tools_api.door import ChanceWrapper, Door, Wrapper, same_call
from tools_api.messages import ToolCall, ToolResult
from tools_api.spec import ToolSpec
from tools_api.toolbox import one_line


class Delay(ChanceWrapper):
    """A slow network: each request reaches the plant between `low_s` and `high_s` seconds late."""

    def __init__(self, inner: Door, *, low_s: float, high_s: float, seed: int = 0) -> None:
        super().__init__(inner, seed)
        if not 0 <= low_s <= high_s:
            raise ValueError(f"low_s={low_s:g}, high_s={high_s:g}: wanted 0 <= low_s <= high_s")
        self._low_s, self._high_s = low_s, high_s

    def _between(self, call: ToolCall, spec: ToolSpec) -> ToolResult:  # noqa: ARG002 - every tool is as late
        self.twin.advance(self._draw().uniform(self._low_s, self._high_s))
        return self._inner.call(call)


class Dropout(ChanceWrapper):
    """A network that loses messages.

    A share `unavailable` of requests never reaches the plant (code `unavailable`). Of a share `timeout` the answer is
    lost: the plant has done what it was asked, and `timeout_s` seconds later the caller is told `timeout`.
    """

    def __init__(
        self, inner: Door, *, unavailable: float = 0.0, timeout: float = 0.0, timeout_s: float = 30.0, seed: int = 0
    ) -> None:
        super().__init__(inner, seed)
        if not (unavailable >= 0 and timeout >= 0 and unavailable + timeout <= 1):
            raise ValueError(
                f"unavailable={unavailable:g}, timeout={timeout:g}: wanted shares that add up to at most 1"
            )
        self._unavailable, self._timeout, self._timeout_s = unavailable, timeout, timeout_s

    def _between(self, call: ToolCall, spec: ToolSpec) -> ToolResult:
        drawn = self._draw().random()
        if drawn < self._unavailable:
            self.twin.advance(spec.duration_s)
            return _lost(call, "unavailable", f"{call.name}: device {spec.device!r} cannot be reached now; try again")
        result = self._inner.call(call)
        if drawn < self._unavailable + self._timeout:
            self.twin.advance(self._timeout_s)
            remedy = "it may have been done: look before you call again" if spec.mutates else "try again"
            return _lost(call, "timeout", f"{call.name}: no answer within {self._timeout_s:g} s; {remedy}")
        return result


class StaleRead(Wrapper):
    """A gateway that remembers: the same look within `refresh_s` seconds gets the same old answer."""

    def __init__(self, inner: Door, *, refresh_s: float) -> None:
        super().__init__(inner)
        if not refresh_s > 0:
            raise ValueError(f"refresh_s={refresh_s:g}: wanted more than 0")
        self._refresh_s = refresh_s
        self._known: Mapping[str, tuple[float, ToolResult]] = {}

    def _between(self, call: ToolCall, spec: ToolSpec) -> ToolResult:
        if spec.mutates:
            return self._inner.call(call)
        key, now = same_call(call), self.twin.now
        if key in self._known and now - self._known[key][0] < self._refresh_s:
            self.twin.advance(spec.duration_s)
            return self._known[key][1].model_copy(deep=True)
        result = self._inner.call(call)
        if result.ok:
            self._known = {**self._known, key: (now, result.model_copy(deep=True))}
        return result


class SensorNoise(Wrapper):
    """Gauges that tremble: Gaussian noise on named number fields of all answers, but for what the caller gave itself.

    `deviations` maps a field to its standard deviation in the field's own unit. A draw is keyed by the field and the
    true value: so two tools that tell the same sample tell the same, and looking again does not average the error
    away; it moves when the value does. Raises `ValueError` for a field that no tool returns.
    """

    def __init__(self, inner: Door, *, deviations: Mapping[str, float], seed: int = 0) -> None:
        super().__init__(inner)
        fields = sorted({field for spec in inner.specs.values() if not spec.mutates for field in spec.returns})
        for field in deviations:
            if field not in fields:
                raise ValueError(f"no tool returns {field!r}; {nearest(field, fields, 'there are')}")
        self._deviations = dict(deviations)
        self._seed = seed

    def _between(self, call: ToolCall, spec: ToolSpec) -> ToolResult:
        result = self._inner.call(call)
        given = {parameter.name for parameter in spec.parameters}
        shown = {
            field: self._shown(field, value)
            for field, value in result.data.items()
            if field in self._deviations and field not in given and isinstance(value, float)
        }
        if not shown:
            return result
        data = {**result.data, **shown}
        return result.model_copy(update={"data": data, "message": one_line(data)})

    def _shown(self, field: str, value: float) -> float:
        draw = random.Random(f"{self._seed}/{field}/{value!r}")
        return round(draw.gauss(value, self._deviations[field]), 2)


class Tap(Wrapper):
    """Changes nothing and remembers what the plant truly answered, whatever a network round it makes of that."""

    def __init__(self, inner: Door) -> None:
        super().__init__(inner)
        self._last: ToolResult | None = None

    def call(self, call: ToolCall) -> ToolResult:
        """Use a tool and remember the answer."""
        self._last = self._inner.call(call)
        return self._last

    def take(self) -> ToolResult | None:
        """Give the plant's answer since last asked, and forget it; None when nothing reached the plant."""
        last, self._last = self._last, None
        return last


def _lost(call: ToolCall, code: str, message: str) -> ToolResult:
    return ToolResult(name=call.name, ok=False, code=code, message=message)

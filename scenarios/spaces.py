"""The spaces of the text interface: JSON of actions and of observations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.spaces import Space
from pydantic import ValidationError

from tools_api.messages import AgentMessage, Observation, ToolCall, parse_action
from tools_api.spec import Parameter, ToolSpec

_WORDS = ("line 1", "line 2", "line 3", "running", "stopped", "75", "80 %", "parts per hour", "done", "which order?")


class ActionSpace(Space[str]):
    """JSON texts of a `ToolCall` or an `AgentMessage`.

    A sample is a call of one of the tools with arguments of the right form (not always allowed ones), or, one time in
    eight, a message. Every text is taken as an action by the env; only well-formed ones belong to the space.
    """

    def __init__(self, specs: Sequence[ToolSpec], seed: int | np.random.Generator | None = None) -> None:
        super().__init__(dtype=str, seed=seed)
        self._specs = tuple(specs)

    @property
    def is_np_flattenable(self) -> bool:
        """A text is no array."""
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """Draw an action. Masks are not offered: raises `ValueError` for one."""
        if mask is not None or probability is not None:
            raise ValueError("the action space of texts takes no mask; filter its samples")
        return self.draw().model_dump_json()

    def draw(self) -> ToolCall | AgentMessage:
        """Draw an action as an object."""
        chance = self.np_random
        if chance.random() < 1 / 8:
            text = " ".join(str(chance.choice(_WORDS)) for _ in range(int(chance.integers(1, 5))))
            return AgentMessage(text=text, expects_reply=bool(chance.random() < 0.5), final=bool(chance.random() < 0.5))
        spec = self._specs[int(chance.integers(len(self._specs)))]
        arguments = {p.name: self._value(p) for p in spec.parameters if p.required or chance.random() < 0.5}
        return ToolCall(name=spec.name, arguments=arguments)

    def contains(self, x: Any) -> bool:
        """Whether `x` is the JSON text of an action; the tool need not exist."""
        if not isinstance(x, str):
            return False
        try:
            parse_action(x)
        except ValidationError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ActionSpace) and self._specs == other._specs

    __hash__ = None  # type: ignore[assignment]  # spaces hold a generator

    def __repr__(self) -> str:
        return f"ActionSpace({len(self._specs)} tools)"

    def _value(self, parameter: Parameter) -> Any:
        chance = self.np_random
        if parameter.choices:
            return parameter.choices[int(chance.integers(len(parameter.choices)))]
        if parameter.type == "boolean":
            return bool(chance.random() < 0.5)
        low = 1.0 if parameter.minimum is None else parameter.minimum
        high = max(low, 100.0 if parameter.maximum is None else parameter.maximum)
        if parameter.type == "integer":
            return int(chance.integers(int(low), int(high) + 1))
        if parameter.type == "number":
            return round(float(chance.uniform(low, high)), 1)
        return f"{'A' if parameter.name == 'alarm' else 'O'}-{int(chance.integers(101, 140))}"


class ObservationSpace(Space[str]):
    """JSON texts of an `Observation`."""

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(dtype=str, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """A text is no array."""
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """Give an observation in which nothing happened. Raises `ValueError` for a mask."""
        if mask is not None or probability is not None:
            raise ValueError("the observation space of texts takes no mask")
        hour = int(self.np_random.integers(6, 24))
        return Observation(time=f"2026-01-05T{hour:02d}:00:00").model_dump_json()

    def contains(self, x: Any) -> bool:
        """Whether `x` is the JSON text of an observation."""
        if not isinstance(x, str):
            return False
        try:
            Observation.model_validate_json(x)
        except ValidationError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObservationSpace)

    __hash__ = None  # type: ignore[assignment]  # spaces hold a generator

    def __repr__(self) -> str:
        return "ObservationSpace()"

"""The Decider: asked only when a control statement is free text and more than one jump is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from leaf_agent.backends.base import Choice, Request
from leaf_agent.blackboard import Blackboard
from leaf_agent.config import LeafConfig
from leaf_agent.experts.base import fill


class Decider:
    """Chooses one of the allowed jumps; its tokens are counted as the engine's (paper Table 2)."""

    def __init__(self, config: LeafConfig) -> None:
        self._config = config

    def request(self, control: str, jumps: Sequence[str], board: Blackboard) -> Request:
        """Return the generation that brings one label out of `jumps`."""
        last = board.last_output()
        prompt = fill(
            "decider", control=control, jumps=", ".join(jumps), outcome=last.line() if last else board.request
        )
        return Request(self._config.adapter("engine"), prompt, self._config.engine_tokens, Choice(tuple(jumps)))

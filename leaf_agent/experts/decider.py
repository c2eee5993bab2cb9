"""The Decider: asked where code cannot or, by `LeafConfig.conditions`, shall not choose among the allowed jumps."""

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

    def request(self, control: str, jumps: Sequence[str], board: Blackboard, reply: str | None = None) -> Request:
        """Return the generation that brings one label out of `jumps`; `reply`: what the user answered to the step."""
        last = board.last_output()
        outcome = last.line() if last else board.request
        if reply is not None:
            outcome = f"{outcome}\nuser: {reply}"
        prompt = fill("decider", control=control, jumps=", ".join(jumps), outcome=outcome)
        return Request(self._config.adapter("engine"), prompt, self._config.engine_tokens, Choice(tuple(jumps)))

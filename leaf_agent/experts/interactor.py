"""The Interactor: what to say and the facts for it in, one utterance out."""

from __future__ import annotations

from collections.abc import Sequence

from leaf_agent.backends.base import Request
from leaf_agent.blackboard import Blackboard
from leaf_agent.config import LeafConfig
from leaf_agent.experts.base import fill
from tools_api.spec import ToolSpec


class Interactor:
    """Tells, asks and explains in a short, plant-operator register."""

    def __init__(self, config: LeafConfig) -> None:
        self._config = config
        self._suffix = "" if config.prompts == "tuned" else "_untuned"

    def tell(self, instruction: str, board: Blackboard) -> Request:
        """Return the generation for a Dialog step: the instruction, and the recent tool outputs as facts."""
        outputs = "\n".join(output.line() for output in board.recent_outputs())
        return self._request(fill("interactor" + self._suffix, instruction=instruction, outputs=outputs))

    def ask(self, spec: ToolSpec, missing: Sequence[str], instruction: str) -> Request:
        """Return the generation for the missing-parameter loop: a question for the named parameters."""
        wanted = ", ".join(f"{p.name} ({p.description})" for p in spec.parameters if p.name in missing)
        return self._request(fill("interactor_ask" + self._suffix, slots=wanted, instruction=instruction))

    def read(self, text: str) -> str:
        """Return the utterance on one line; an empty one says so rather than nothing."""
        return " ".join(text.split()) or "I have nothing to report."

    def _request(self, prompt: str) -> Request:
        return Request(self._config.adapter("interactor"), prompt, self._config.interactor_tokens)

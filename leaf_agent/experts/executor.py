"""The Executor: one step, one tool and the relevant context in, a JSON object of arguments out."""

from __future__ import annotations

import json
from typing import Any

from leaf_agent.backends.base import JsonSchema, Request
from leaf_agent.blackboard import Blackboard
from leaf_agent.config import LeafConfig
from leaf_agent.experts.base import fill
from leaf_agent.experts.grounding import ungrounded
from tools_api.spec import ToolSpec


class Executor:
    """Grounds a plan step. It never decides what is missing: the schema does (spec §2.3, never trust the model)."""

    def __init__(self, config: LeafConfig) -> None:
        self._config = config

    def request(self, spec: ToolSpec, instruction: str, board: Blackboard) -> Request:
        """Return the generation that brings the arguments of `spec` for this step."""
        last = board.last_output()
        gaps = {
            "instruction": instruction,
            "request": board.request,
            "dialogue": " ".join(f"user: {exchange.reply}" for exchange in board.exchanges),
            "output": last.line() if last and last.result.ok else "",
        }
        if self._config.prompts == "tuned":
            prompt = fill("executor", signature=_short_signature(spec), **gaps)
        else:
            prompt = fill("executor_untuned", card=spec.card(), **gaps)
        constraint = JsonSchema(spec.decoding_schema()) if self._config.constrained else None
        return Request(self._config.adapter("executor"), prompt, self._config.executor_tokens, constraint)

    def read(self, spec: ToolSpec, text: str, board: Blackboard) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return (arguments, names of required parameters that have no value, or one that nobody gave).

        An optional value that nobody gave is left out. Text that is no JSON gives no value.
        """
        try:
            loaded = json.loads(text)
        except json.JSONDecodeError:
            loaded = None
        given = loaded if isinstance(loaded, dict) else {}
        filled = {name: value for name, value in given.items() if value not in (None, "")}
        if self._config.grounded:
            for name in ungrounded(spec, filled, board.said(), board.shown()):
                del filled[name]
        missing = tuple(p.name for p in spec.parameters if p.required and p.name not in filled)
        return filled, missing


def _short_signature(spec: ToolSpec) -> str:
    """Return `name(a, b, c?)`: types are enforced while decoding, so a tuned model need not read them."""
    return f"{spec.name}({', '.join(p.name if p.required else p.name + '?' for p in spec.parameters)})"

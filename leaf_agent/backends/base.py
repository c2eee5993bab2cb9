"""The one contract between the agent and whatever runs its language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from leaf_agent.backends.errors import BackendError


@dataclass(frozen=True, slots=True)
class Grammar:
    """Decode only texts of this EBNF grammar (root rule `root`)."""

    ebnf: str


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """Decode only JSON texts that fit this schema. Form and types, never ranges (DESIGN §5)."""

    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Decode exactly one of these texts."""

    options: tuple[str, ...]


Constraint = Grammar | JsonSchema | Choice


@dataclass(frozen=True, slots=True)
class Request:
    """One generation: the complete prompt text, which adapter answers (None: the bare base), and its bounds."""

    adapter: str | None
    prompt: str
    max_tokens: int
    constraint: Constraint | None = None


def refuse_empty(requests: Sequence[Request]) -> None:
    """Raise `BackendError` for a request that says nothing or asks for nothing; no engine has an error of its own."""
    for request in requests:
        if not request.prompt or request.max_tokens < 1:
            raise BackendError(
                f"a request has a prompt of {len(request.prompt)} letters and max_tokens={request.max_tokens}; "
                "both must be at least 1"
            )


def refuse_long(prompt_tokens: int, max_tokens: int, context_tokens: int) -> None:
    """Raise `BackendError` for a prompt that has no room for its answer in what an engine remembers of a request."""
    if prompt_tokens + max_tokens > context_tokens:
        raise BackendError(
            f"a prompt of {prompt_tokens} tokens and an answer of up to {max_tokens} exceed the context of "
            f"{context_tokens}; shorten the prompt, or make the backend with larger context_tokens"
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer. `milliseconds` is this request's share of the wall time of the call that served it."""

    text: str
    prompt_tokens: int
    output_tokens: int
    milliseconds: float


class Backend(Protocol):
    """Answers a batch of requests, greedily, in their order; a batch may mix adapters."""

    name: str

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer every request. Raises `leaf_agent.backends.errors.BackendError` for one that cannot be served."""

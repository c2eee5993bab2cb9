"""Any OpenAI-compatible server: vLLM's (`leaf serve vllm`), llama.cpp's, or a hosted one.

The completions endpoint takes the raw prompt, so the chat markers are ours and are those that the adapters learned.
An adapter is a model's name there; with `vllm serve --lora-modules planner=…` the experts' own.

Servers differ in how they take a grammar, and most pass over what they do not know without a word. So before the
first constrained request the server is asked for one word that only a grammar could bring.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from typing import Any, Literal

from leaf_agent.backends.adapters import known_adapter
from leaf_agent.backends.base import Choice, Completion, Constraint, Request, refuse_empty
from leaf_agent.backends.constraints import constraint_ebnf
from leaf_agent.backends.endpoint import KEY_VARIABLE, AbsentError, Endpoint
from leaf_agent.backends.errors import BackendError

END = "<|im_end|>"
DEFAULT_URL = "http://127.0.0.1:8000/v1"
Constraints = Literal["vllm", "vllm-old", "llama.cpp", "refuse", "ignore"]
WIRES: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "vllm": lambda ebnf: {"structured_outputs": {"grammar": ebnf}},
    "vllm-old": lambda ebnf: {"guided_grammar": ebnf},
    "llama.cpp": lambda ebnf: {"grammar": ebnf},
}
"""How a grammar is put into a request; `vllm-old` is for vLLM before 0.12."""

_PROOF = "zebra"


class HttpBackend:
    """A server's base model and adapters.

    Args:
        url: what stands before `/completions`.
        model: the base model's name there; by default the first that the server lists as nobody's adapter.
        adapters: the server's names by those that requests use; by default every other model, by its own name.
        constraints: how the server takes a grammar (`WIRES`), or what to do where it takes none: `refuse` such
            requests, or `ignore` the constraint.
        streams: how many requests are under way at a time.
        timeout_s: the longest that one try may take.
        retries: how often a failed try is repeated (`Endpoint`).
        pause_s: the wait before the first repetition, in seconds.
        key_variable: the environment variable with the API key.

    Raises:
        BackendError: there is no server, it refuses the key, or does not list the model.
        AdapterError: the server does not list an adapter.
    """

    name = "http"

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        model: str | None = None,
        adapters: Mapping[str, str] | None = None,
        constraints: Constraints = "vllm",
        streams: int = 16,
        timeout_s: float = 120.0,
        retries: int = 4,
        pause_s: float = 0.5,
        key_variable: str = KEY_VARIABLE,
    ) -> None:
        if constraints not in (*WIRES, "refuse", "ignore"):
            raise BackendError(f"constraints='{constraints}' is unknown; use one of {', '.join(WIRES)}, refuse, ignore")
        if streams < 1 or timeout_s <= 0 or retries < 0 or pause_s < 0:
            raise BackendError(
                f"streams={streams}, timeout_s={timeout_s}, retries={retries}, pause_s={pause_s}: at least one stream "
                "and some time are needed, and nothing negative"
            )
        self._constraints = constraints
        self._streams = streams
        self._proof = Lock()
        self._proven = False
        self._endpoint = Endpoint(url, timeout_s=timeout_s, retries=retries, pause_s=pause_s, key_variable=key_variable)
        try:
            self.model, self.adapters = self._names(model, adapters)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> HttpBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self._endpoint.close()

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer a batch, in its order, with up to `streams` requests under way.

        Raises:
            AdapterError: a request names an adapter that is not there.
            BackendError: the server does not answer one of them, or does not obey its constraint.
        """
        refuse_empty(requests)
        for request in requests:
            if request.adapter is not None:
                known_adapter(request.adapter, self.adapters)
        documents = [self._document(request) for request in requests]
        if any(request.constraint is not None for request in requests) and self._constraints in WIRES:
            self._prove()
        started = time.perf_counter()
        answers = self._all(documents)
        elapsed = (time.perf_counter() - started) * 1000
        total = sum(one.milliseconds for one in answers)
        return [replace(one, milliseconds=elapsed * one.milliseconds / total) for one in answers]

    def _all(self, documents: list[dict[str, Any]]) -> list[Completion]:
        if len(documents) < 2:
            return [self._complete(document) for document in documents]
        # Where one fails, `map` drops those that are not begun.
        with ThreadPoolExecutor(min(self._streams, len(documents)), thread_name_prefix="leaf-http") as pool:
            return list(pool.map(self._complete, documents))

    def _complete(self, document: dict[str, Any]) -> Completion:
        started = time.perf_counter()
        answer = self._endpoint.post("/completions", document)
        milliseconds = (time.perf_counter() - started) * 1000
        try:
            text, usage = answer["choices"][0]["text"], answer["usage"]
            counts = int(usage["prompt_tokens"]), int(usage["completion_tokens"])
        except (KeyError, IndexError, TypeError, ValueError):
            raise BackendError(
                f"{self._endpoint.url} answered {str(answer)[:120]!r}, without choices[0].text or usage; "
                "is it an OpenAI-compatible server?"
            ) from None
        if not isinstance(text, str):
            raise BackendError(f"{self._endpoint.url} answered with the text {text!r}, which is no text")
        return Completion(text, *counts, milliseconds)

    def _document(self, request: Request) -> dict[str, Any]:
        document: dict[str, Any] = {
            "model": self.model if request.adapter is None else self.adapters[request.adapter],
            "prompt": request.prompt,
            "max_tokens": request.max_tokens,
            "temperature": 0,
            "stop": [END],
        }
        if request.constraint is not None:
            document |= self._wired(request.constraint)
        return document

    def _wired(self, constraint: Constraint) -> dict[str, Any]:
        if self._constraints in WIRES:
            return WIRES[self._constraints](constraint_ebnf(constraint))
        if self._constraints == "refuse":
            raise BackendError(
                f"a {type(constraint).__name__} was asked of a server without constraints; "
                "use another server, or constraints='ignore'"
            )
        return {}

    def _prove(self) -> None:
        with self._proof:
            if self._proven:
                return
            request = Request(None, "Count from 1 to 9.", 8, Choice((_PROOF,)))
            try:
                text = self._complete(self._document(request)).text
            except BackendError as problem:
                raise BackendError(f"{problem}; for a server without grammars use constraints='ignore'") from problem
            if text.strip() != _PROOF:
                others = " or ".join(repr(wire) for wire in WIRES if wire != self._constraints)
                raise BackendError(
                    f"{self._endpoint.url} does not obey a grammar sent as for '{self._constraints}': it answered "
                    f"{text[:40]!r} where only '{_PROOF}' was allowed; try constraints={others}, or 'ignore'"
                )
            self._proven = True

    def _names(self, model: str | None, adapters: Mapping[str, str] | None) -> tuple[str, dict[str, str]]:
        served = self._served()
        if served is None:
            if model is None:
                raise BackendError(f"{self._endpoint.url} does not list its models; name the base: model=NAME")
            return model, dict(adapters or {})
        if model is None:
            model = next((name for name, parent in served.items() if parent is None), None)
        if model is None or model not in served:
            raise BackendError(
                f"{self._endpoint.url} serves no model '{model or 'of its own'}'; it serves: "
                f"{', '.join(served) or 'none'}"
            )
        if adapters is None:
            return model, {name: name for name in served if name != model}
        for name in adapters.values():
            known_adapter(name, served)
        return model, dict(adapters)

    def _served(self) -> dict[str, str | None] | None:
        """Each served model with the one it is an adapter of; None where the server keeps no list."""
        try:
            listed = self._endpoint.get("/models")
        except AbsentError:
            return None
        try:
            return {str(card["id"]): card.get("parent") for card in listed["data"]}
        except (KeyError, TypeError, AttributeError):
            raise BackendError(
                f"{self._endpoint.url}/models answered {str(listed)[:120]!r}, which is no list of models; "
                "is it an OpenAI-compatible server?"
            ) from None

"""Which backends there are: a literal table; each builder imports its library only when it is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from leaf_agent.backends.base import Backend
from leaf_agent.backends.errors import AdapterError, BackendError
from leaf_agent.config import EXPERTS

if TYPE_CHECKING:
    from leaf_agent.backends.adapters import AdapterFolder


def _embedded(adapters: bool, tool_catalogue_hash: str | None) -> Backend:
    from leaf_agent.backends.embedded import EmbeddedBackend

    return EmbeddedBackend(_shipped(tool_catalogue_hash) if adapters else None)


def _transformers(adapters: bool, tool_catalogue_hash: str | None) -> Backend:
    from leaf_agent.backends.transformers import TransformersBackend

    return TransformersBackend(_shipped(tool_catalogue_hash) if adapters else None, constraints="ignore")


def _vllm(adapters: bool, tool_catalogue_hash: str | None) -> Backend:
    from leaf_agent.backends.vllm import VllmBackend

    return VllmBackend(_shipped(tool_catalogue_hash) if adapters else None)


def _http(adapters: bool, tool_catalogue_hash: str | None) -> Backend:
    from leaf_agent.backends.http import DEFAULT_URL

    return _http_at(os.environ.get("LEAF_HTTP_URL") or DEFAULT_URL, adapters, tool_catalogue_hash)


def _http_at(url: str, adapters: bool, tool_catalogue_hash: str | None) -> Backend:  # noqa: ARG001 - the server's matter
    from leaf_agent.backends.http import HttpBackend

    constraints: Any = os.environ.get("LEAF_HTTP_CONSTRAINTS") or "vllm"
    backend = HttpBackend(url, model=os.environ.get("LEAF_HTTP_MODEL") or None, constraints=constraints)
    absent = [name for name in EXPERTS if name != "engine" and name not in backend.adapters]
    if adapters and absent:
        backend.close()
        raise AdapterError(f"no adapter '{absent[0]}' at {url}; serve base and adapters with: leaf serve vllm")
    return backend


def _shipped(tool_catalogue_hash: str | None) -> dict[str, AdapterFolder]:
    from leaf_agent.backends.adapters import load_adapters
    from leaf_agent.experts.base import prompt_hash

    return load_adapters(prompt_hash=prompt_hash(), tool_catalogue_hash=tool_catalogue_hash)


def _scripted(adapters: bool, tool_catalogue_hash: str | None) -> Backend:  # noqa: ARG001 - a script needs none
    from leaf_agent.backends.scripted import ScriptedBackend

    return ScriptedBackend(lambda _request: "")


BACKENDS: Mapping[str, tuple[Callable[[bool, str | None], Backend], str]] = {
    "embedded": (_embedded, "OpenVINO GenAI on the CPU, no torch; the default"),
    "transformers": (_transformers, "transformers + PEFT in float32, without constraints; the reference"),
    "vllm": (_vllm, "vLLM's own engine, on a GPU or with its CPU build"),
    "http": (_http, "a server that speaks OpenAI's protocol, at LEAF_HTTP_URL; or give its URL in place of a name"),
    "scripted": (_scripted, "answers nothing; for tests of what stands around a model"),
}
"""Name -> how it is made, given whether with the adapters that ship and for which tools, and what it is."""


def create(name: str = "embedded", *, adapters: bool = True, tool_catalogue_hash: str | None = None) -> Backend:
    """Make a backend with the adapters that ship with the project, or the bare base.

    A URL names the http backend at that address. With `tool_catalogue_hash`, adapters that were trained on other tools
    are refused; what a server has, the server must know.

    Raises:
        BackendError: there is no such backend, its library or the base is absent, or an adapter does not fit.
    """
    if name.startswith(("http://", "https://")):
        return _http_at(name, adapters, tool_catalogue_hash)
    if name not in BACKENDS:
        near = get_close_matches(name, BACKENDS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(BACKENDS)}"
        raise BackendError(f"no backend '{name}'; {hint}")
    build, _ = BACKENDS[name]
    return build(adapters, tool_catalogue_hash)

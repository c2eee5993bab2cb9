"""Which backends there are: a literal table; each builder imports its library only when it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from leaf_agent.backends.base import Backend
from leaf_agent.backends.errors import BackendError


def _embedded(adapters: bool) -> Backend:
    from leaf_agent.backends.adapters import load_adapters
    from leaf_agent.backends.embedded import EmbeddedBackend
    from leaf_agent.experts.base import prompt_hash

    return EmbeddedBackend(load_adapters() if adapters else None, prompt_hash=prompt_hash())


def _transformers(adapters: bool) -> Backend:
    from leaf_agent.backends.adapters import load_adapters
    from leaf_agent.backends.transformers import TransformersBackend
    from leaf_agent.experts.base import prompt_hash

    shipped = load_adapters() if adapters else None
    return TransformersBackend(shipped, prompt_hash=prompt_hash(), constraints="ignore")


def _scripted(adapters: bool) -> Backend:  # noqa: ARG001 - a script needs none
    from leaf_agent.backends.scripted import ScriptedBackend

    return ScriptedBackend(lambda _request: "")


BACKENDS: Mapping[str, tuple[Callable[[bool], Backend], str]] = {
    "embedded": (_embedded, "OpenVINO GenAI on the CPU, no torch; the default"),
    "transformers": (_transformers, "transformers + PEFT in float32, without constraints; the reference"),
    "scripted": (_scripted, "answers nothing; for tests of what stands around a model"),
}
"""Name -> how it is made, given whether with the adapters that ship, and what it is."""


def create(name: str = "embedded", *, adapters: bool = True) -> Backend:
    """Make a backend with the adapters that ship with the project, or the bare base.

    Raises:
        BackendError: there is no such backend, its library or the base is absent, or an adapter does not fit.
    """
    if name not in BACKENDS:
        near = get_close_matches(name, BACKENDS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(BACKENDS)}"
        raise BackendError(f"no backend '{name}'; {hint}")
    build, _ = BACKENDS[name]
    return build(adapters)

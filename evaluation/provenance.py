"""What a result rests on: two evaluations with the same provenance measure the same thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from evaluation.agents import AgentKind
from leaf_agent.backends.base import Backend
from leaf_agent.experts.base import prompt_hash
from scenarios.task import TaskTemplate
from tools_api.catalog import catalogue_hash


def provenance(
    scenario: str, split: str, kind: AgentKind, backend: Backend | None, tasks: Iterable[TaskTemplate]
) -> dict[str, Any]:
    """Name scenario, agent, backend and split, the suite's version, and the hashes of what both sides were given.

    `base_sha256` and `adapters` are what the backend says of itself; None where no model is asked.
    """
    return {
        "scenario": scenario,
        "agent": kind.name,
        "backend": backend.name if backend is not None else None,
        "split": split,
        "version": suite_version(),
        "tasks_hash": tasks_hash(tasks),
        "catalogue_hash": catalogue_hash(scenario),
        "prompt_hash": prompt_hash() if kind.model else None,
        "base_sha256": getattr(backend, "base_sha256", None),
        "adapters": getattr(backend, "adapters_sha256", None),
    }


def suite_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("leaf-twin")
    except PackageNotFoundError:
        return "unknown"


def tasks_hash(tasks: Iterable[TaskTemplate]) -> str:
    """Return the SHA-256 of task documents, by which one knows that two evaluations asked the same."""
    documents = sorted((task.model_dump(mode="json", by_alias=True) for task in tasks), key=lambda one: str(one["id"]))
    return hashlib.sha256(json.dumps(documents, sort_keys=True).encode()).hexdigest()

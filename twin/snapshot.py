"""The whole state of a plant at one time, as plain values."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict


class Snapshot(BaseModel):
    """A frozen copy of a plant's state, with a hash of its content.

    Two plants with equal hashes are in the same state and will do the same under the same commands. The journal is
    not part of it: a refused command is journalled and leaves the hash as it was. `state` holds hidden truth; it is
    for verdicts and tests, never for an agent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    seed: int
    time_s: float
    state: dict[str, Any]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content; independent of process, key order and interpreter."""
        content = json.dumps(self.model_dump(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(content.encode()).hexdigest()

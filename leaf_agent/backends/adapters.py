"""Trained LoRA adapters on disk: what each was trained on and for, and whether it fits what is here.

A folder per expert, as PEFT writes it, with a manifest beside the weights:

    leaf_agent/adapters/planner/
        adapter_model.safetensors
        adapter_config.json
        manifest.json
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leaf_agent.backends.base_model import BaseManifest
from leaf_agent.backends.base_source import sha256_of
from leaf_agent.backends.errors import AdapterError

WEIGHTS = "adapter_model.safetensors"
MANIFEST = "manifest.json"
SHIPPED = Path(__file__).resolve().parent.parent / "adapters"
_TRAIN = "train it again: leaf train sft CONFIG"


class BaseIdentity(BaseModel):
    """Which base model: its name, the sha256 of its source file, and how it was converted (`base_model.BUILD`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    sha256: str
    build: int

    @classmethod
    def of(cls, base: BaseManifest) -> BaseIdentity:
        """Name the base model that is here."""
        return cls(name=base.name, sha256=base.sha256, build=base.build)


class AdapterManifest(BaseModel):
    """What an adapter was trained on and with; an adapter that does not fit is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    expert: str
    base: BaseIdentity
    rank: int = Field(gt=0)
    alpha: float = Field(gt=0)
    prompt_hash: str
    tool_catalogue_hashes: tuple[str, ...]
    data_sha256: str
    config: dict[str, Any]
    seed: int
    git_revision: str
    metrics: dict[str, Any]
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def scale(self) -> float:
        """The factor on the adapter's product: alpha / rank (Hu et al. 2021, section 4.1)."""
        return self.alpha / self.rank


class AdapterFolder(BaseModel):
    """One adapter that was found and fits."""

    model_config = ConfigDict(frozen=True)
    path: Path
    manifest: AdapterManifest

    @property
    def weights(self) -> Path:
        """The file of its weights."""
        return self.path / WEIGHTS

    def sha256(self) -> str:
        """Compute the sha256 of its weights."""
        return sha256_of(self.weights)


def load_adapter(
    path: Path,
    *,
    base_sha256: str | None = None,
    prompt_hash: str | None = None,
    tool_catalogue_hash: str | None = None,
) -> AdapterFolder:
    """Read one adapter's manifest and check that it fits; each expectation that is None is not checked.

    Raises:
        AdapterError: the folder is absent or incomplete, or was trained for another base, prompts or tools.
    """
    for name in (MANIFEST, WEIGHTS):
        if not (path / name).is_file():
            raise AdapterError(f"no adapter at {path}: {name} is missing; {_TRAIN}")
    try:
        manifest = AdapterManifest.model_validate_json((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as problem:
        raise AdapterError(f"the adapter at {path} has an unreadable {MANIFEST}: {problem}") from problem
    checks = (
        ("base model", (manifest.base.sha256,), base_sha256),
        ("prompts", (manifest.prompt_hash,), prompt_hash),
        ("tool catalogue", manifest.tool_catalogue_hashes, tool_catalogue_hash),
    )
    for what, trained, here in checks:
        if here is not None and here not in trained:
            raise AdapterError(
                f"the adapter '{manifest.expert}' at {path} was trained with another {what}: "
                f"{', '.join(one[:12] for one in trained)}, here {here[:12]}; "
                f"an adapter fits only what it was trained on; {_TRAIN}"
            )
    return AdapterFolder(path=path, manifest=manifest)


def fitting(
    adapters: Mapping[str, Path | AdapterFolder], *, base_sha256: str, prompt_hash: str | None = None
) -> dict[str, AdapterFolder]:
    """Read again what a backend was given, and check it against its base. Raises `AdapterError` as `load_adapter`."""
    return {
        name: load_adapter(
            given.path if isinstance(given, AdapterFolder) else given,
            base_sha256=base_sha256,
            prompt_hash=prompt_hash,
        )
        for name, given in adapters.items()
    }


def load_adapters(
    folder: Path = SHIPPED,
    *,
    base_sha256: str | None = None,
    prompt_hash: str | None = None,
    tool_catalogue_hash: str | None = None,
) -> dict[str, AdapterFolder]:
    """Read every adapter of a folder of folders, checked as `load_adapter` does it, by expert.

    Raises:
        AdapterError: the folder holds none, one does not fit, or one's manifest names another expert.
    """
    paths = sorted(manifest.parent for manifest in folder.glob(f"*/{MANIFEST}"))
    if not paths:
        raise AdapterError(f"no adapters in {folder}; {_TRAIN}")
    found = {}
    for path in paths:
        adapter = load_adapter(
            path, base_sha256=base_sha256, prompt_hash=prompt_hash, tool_catalogue_hash=tool_catalogue_hash
        )
        if adapter.manifest.expert != path.name:
            raise AdapterError(f"the adapter at {path} is of '{adapter.manifest.expert}'; its folder must be named so")
        found[path.name] = adapter
    return found


def known_adapter(name: str, there: Mapping[str, object]) -> None:
    """Raise AdapterError, with the nearest right name, unless an adapter of that name is there."""
    if name in there:
        return
    near = get_close_matches(name, there, n=1)
    names = ", ".join(there) or "none, for the backend was made with the bare base"
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {names}"
    raise AdapterError(f"no adapter '{name}'; {hint}")

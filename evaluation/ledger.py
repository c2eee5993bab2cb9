"""The folder of an evaluation: settings, a line for each episode played, the summary. It can be gone on with."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from evaluation.episode import EpisodeRecord, Job

EPISODES = "episodes.jsonl"
SETTINGS = "settings.json"
SUMMARY = "summary.json"


class LedgerError(ValueError):
    """A folder that holds another evaluation or none. The message gives the remedy."""


class Ledger:
    """Writes episodes as they are played. Without a folder it only remembers them."""

    def __init__(self, folder: Path | None, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        self.records: list[EpisodeRecord] = []
        self._file = -1
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            _claim(folder, settings)
            self._file = os.open(folder / EPISODES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            self._lock()
            self.records = read_episodes(folder, mend=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise LedgerError(f"{self.folder} is being written by another run; wait, or give another --out") from None

    def played(self) -> set[Job]:
        """Say which jobs are done."""
        return {record.job for record in self.records}

    def add(self, record: EpisodeRecord) -> None:
        """Note an episode: the line goes out in one write, so that a kill leaves whole lines or a torn last one."""
        self.records.append(record)
        if self._file >= 0:
            os.write(self._file, record.model_dump_json().encode() + b"\n")

    def summarise(self, summary: Mapping[str, Any]) -> None:
        """Write the summary in one step."""
        if self.folder is not None:
            _write(self.folder / SUMMARY, summary)


def read_episodes(folder: Path, *, mend: bool = False) -> list[EpisodeRecord]:
    """Read the episodes of a folder; `mend` cuts off a last line that a kill tore.

    Raises `LedgerError` with the line number for any other line that is no episode.
    """
    path = folder / EPISODES
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if mend and len(whole) < len(content):
        os.truncate(path, len(whole))
    records = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            records.append(EpisodeRecord.model_validate_json(line))
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise LedgerError(
                f"{path}, line {number} is no episode of this version ({where}: {problem['msg']}); give another folder"
            ) from None
    return records


def read_summary(folder: Path) -> dict[str, Any]:
    """Read the summary of a folder. Raises `LedgerError` where there is none."""
    path = folder / SUMMARY
    try:
        loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise LedgerError(f"{folder} has no {SUMMARY}; make one with: leaf eval --out {folder}") from None
    except ValueError as error:
        raise LedgerError(f"{path} is no JSON ({error}); run leaf eval --out {folder} again") from None
    return loaded


def _claim(folder: Path, settings: Mapping[str, Any]) -> None:
    path = folder / SETTINGS
    if not path.exists():
        if (folder / EPISODES).exists() and (folder / EPISODES).stat().st_size:
            raise LedgerError(f"{folder} has {EPISODES} but no {SETTINGS}; give an empty folder")
        _write(path, settings)
        return
    try:
        kept = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise LedgerError(f"{path} is no JSON; give an empty folder") from None
    wanted = json.loads(json.dumps(dict(settings)))
    for name in {**kept, **wanted}:
        if kept.get(name) != wanted.get(name):
            raise LedgerError(
                f"{folder} holds an evaluation with {name}={kept.get(name)!r}, not {wanted.get(name)!r}; "
                "give another --out, or the same settings to go on with it"
            )


def _write(path: Path, document: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        json.dump(document, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)

"""A plant kept in a file between commands: its seed and what was commanded, from which it is run again."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cli.problem import Problem
from twin.catalog import warmed_up
from twin.core import Twin
from twin.journal import JournalEntry
from twin.replay import replay


class PlantFile(BaseModel):
    """A run of a plant, small enough to read: `commands` are what came from outside, accepted or refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    seed: int
    time_s: float
    commands: tuple[JournalEntry, ...] = ()

    def open(self) -> Twin:
        """Run the plant again to where it stood."""
        return replay(self.scenario, self.seed, journal=self.commands, until=self.time_s)


def open_plant(scenario: str, seed: int | None, warmup_s: float, path: Path | None) -> Twin:
    """Return the plant kept in `path`, or a fresh one that has run for `warmup_s` seconds.

    Raises `Problem` when the file is none of ours or holds another plant than the one asked for.
    """
    if path is None or not path.exists():
        return warmed_up(scenario, seed=seed or 0, warmup_s=warmup_s)
    try:
        kept = PlantFile.model_validate_json(path.read_text("utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is no plant journal ({_first(error)}); give another file or delete it") from None
    if kept.scenario != scenario or (seed is not None and kept.seed != seed):
        raise Problem(
            f"{path} keeps {kept.scenario} with seed {kept.seed}, not {scenario} with seed {seed}; "
            "ask for that one or give another file"
        )
    return kept.open()


def keep_plant(twin: Twin, path: Path) -> None:
    """Write the plant's journal in one step: a reader finds the old file or the new one, never half of one."""
    kept = PlantFile(scenario=twin.scenario, seed=twin.seed, time_s=twin.now, commands=tuple(twin.journal.commands()))
    write_atomically(path, kept.model_dump_json(indent=1) + "\n")


def write_atomically(path: Path, text: str) -> None:
    """Put a text file in its place in one step."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError:
        Path(file.name).unlink(missing_ok=True)
        raise


def _first(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where + ': ' if where else ''}{problem['msg']}"

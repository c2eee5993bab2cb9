"""Adapters on disk: a manifest round trip, and every way in which one does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaf_agent.backends.adapters import (
    MANIFEST,
    WEIGHTS,
    AdapterManifest,
    BaseIdentity,
    known_adapter,
    load_adapter,
    load_adapters,
)
from leaf_agent.backends.errors import AdapterError


def write(folder: Path, expert: str = "planner", **changes: str) -> AdapterManifest:
    manifest = AdapterManifest(
        expert=expert,
        base=BaseIdentity(name="base", sha256=changes.get("base", "b" * 64), build=1),
        rank=8,
        alpha=16,
        prompt_hash=changes.get("prompt", "p" * 64),
        tool_catalogue_hashes=("s" * 64, "t" * 64),
        data_sha256="d" * 64,
        config={"epochs": 2},
        seed=7,
        git_revision="abc",
        metrics={"loss": 0.03},
    )
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(b"weights")
    (folder / MANIFEST).write_text(manifest.model_dump_json(), "utf-8")
    return manifest


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = write(tmp_path / "planner")
    found = load_adapter(tmp_path / "planner", base_sha256="b" * 64, prompt_hash="p" * 64, tool_catalogue_hash="t" * 64)
    assert found.manifest == written
    assert found.manifest.scale == 2.0
    assert found.weights.read_bytes() == b"weights"


def test_all_adapters_of_a_folder_are_found_by_expert(tmp_path: Path) -> None:
    for expert in ("planner", "executor"):
        write(tmp_path / expert, expert)
    (tmp_path / "notes").mkdir()
    assert set(load_adapters(tmp_path)) == {"planner", "executor"}


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"base_sha256": "x" * 64}, "another base model: bbbbbbbbbbbb, here xxxxxxxxxxxx"),
        ({"prompt_hash": "x" * 64}, "another prompts: pppppppppppp, here xxxxxxxxxxxx"),
        ({"tool_catalogue_hash": "x" * 64}, "another tool catalogue: ssssssssssss, tttttttttttt, here xxxxxxxxxxxx"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused(tmp_path: Path, expected: dict[str, str], words: str) -> None:
    write(tmp_path / "planner")
    with pytest.raises(AdapterError, match=words):
        load_adapter(tmp_path / "planner", **expected)


@pytest.mark.parametrize("missing", [MANIFEST, WEIGHTS])
def test_an_incomplete_folder_is_refused(tmp_path: Path, missing: str) -> None:
    write(tmp_path / "planner")
    (tmp_path / "planner" / missing).unlink()
    with pytest.raises(AdapterError, match=f"{missing} is missing; train it again"):
        load_adapter(tmp_path / "planner")


def test_a_manifest_with_foreign_fields_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "planner")
    (tmp_path / "planner" / MANIFEST).write_text('{"expert": "planner"}', "utf-8")
    with pytest.raises(AdapterError, match="unreadable"):
        load_adapter(tmp_path / "planner")


def test_an_adapter_in_anothers_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "executor", "planner")
    with pytest.raises(AdapterError, match="is of 'planner'; its folder must be named so"):
        load_adapters(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="no adapters in"):
        load_adapters(tmp_path)


def test_an_unknown_name_gets_the_nearest_right_one() -> None:
    known_adapter("planner", {"planner": 1})
    with pytest.raises(AdapterError, match="no adapter 'planer'; did you mean 'planner'"):
        known_adapter("planer", {"planner": 1, "executor": 2})
    with pytest.raises(AdapterError, match="bare base"):
        known_adapter("planner", {})

"""`leaf train shortlist` fits each plant's file, the same bytes each time, and tells its recall."""

from __future__ import annotations

from pathlib import Path

import pytest

import training.shortlist
from leaf_agent.experts.shortlist import Shortlist
from scenarios.task import TaskTemplate
from tools_api.catalog import specs


@pytest.fixture
def few_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fit see six tasks of a plant, two of them held out."""
    every = training.shortlist.templates

    def few(scenario: str) -> tuple[TaskTemplate, ...]:
        seen = [task for task in every(scenario) if task.split != "heldout"]
        unheard = [task for task in every(scenario) if task.split == "heldout"]
        return (*seen[:4], *unheard[:2])

    monkeypatch.setattr(training.shortlist, "templates", few)


@pytest.mark.usefixtures("few_tasks")
def test_a_plants_file_is_written_and_measured(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first = leaf("train", "shortlist", "energy", "--out", tmp_path / "a", "--json")
    assert (first.code, first.err) == (0, "")
    (row,) = first.document["rows"]
    content = (tmp_path / "a" / "energy.npz").read_bytes()
    assert row["scenario"] == "energy"
    assert row["requests"] > 20
    assert row["kB"] == round(len(content) / 1000)
    for split in ("validation", "test", "heldout"):
        assert 0 <= row[f"{split} @8"] <= row[f"{split} @10"] <= row[f"{split} @12"] <= 1
    assert row["validation @12"] > 0.9
    assert Shortlist.from_bytes(content).names == tuple(spec.name for spec in specs("energy"))
    table = leaf("train", "shortlist", "energy", "energy", "--out", tmp_path / "b")
    assert table.code == 0
    assert "test @12" in table.out
    assert (tmp_path / "b" / "energy.npz").read_bytes() == content
    assert [entry.name for entry in (tmp_path / "b").iterdir()] == ["energy.npz"]


def test_a_scenario_that_there_is_not_is_refused_before_anything_is_written(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("train", "shortlist", "energy", "prodction", "--out", tmp_path / "a")
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean 'production'?" in ended.err
    assert not (tmp_path / "a").exists()

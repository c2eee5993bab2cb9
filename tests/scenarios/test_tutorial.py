"""docs/tasks.md shows a task that is refused and one that is admitted: both are tried as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scenarios.admission import AdmissionRow, check_task
from scenarios.catalog import load_templates
from scenarios.document import TaskDocumentError
from scenarios.mutants import mutants

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text("utf-8")


def block(name: str) -> str:
    match = re.search(rf"<!-- {name} -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    return match[1]


def checked(folder: Path, name: str, seeds: int) -> AdmissionRow:
    path = folder / "my.task.yaml"
    path.write_text(block(name), "utf-8")
    (task,) = load_templates(path)
    return check_task(task, seeds)


def test_the_draft_is_refused_in_the_words_of_the_page(tmp_path: Path) -> None:
    problems = checked(tmp_path, "draft", 4).problems
    assert "\n".join(problems) in PAGE
    assert len(problems) == 3


def test_the_final_task_is_admitted_and_watertight(tmp_path: Path) -> None:
    row = checked(tmp_path, "final", 6)
    assert row.admitted, row.problems
    assert len(row.branches) == 2
    (task,) = load_templates(tmp_path / "my.task.yaml")
    assert all(mutant.killed for seed in (0, 7) for mutant in mutants(task.instance(seed)))


def test_the_misspelt_name_is_told_as_the_page_says(tmp_path: Path) -> None:
    path = tmp_path / "my.task.yaml"
    text = block("final")
    path.write_text(text.replace("field: price_ct_kwh}", "field: price_ct_per_kwh}"), "utf-8")
    with pytest.raises(TaskDocumentError) as caught:
        load_templates(path)
    assert str(caught.value) in PAGE

"""The demo has the shape that stands beside it, whoever plays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examples.demo import TASKS, closing_line, main
from scenarios.catalog import template

SHAPE = Path(__file__).resolve().parents[2] / "examples" / "demo.expected"


def test_output_has_the_expected_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--agent", "reference"]) == 0
    pattern = re.escape(SHAPE.read_text("utf-8").strip()).replace(re.escape("..."), ".*?")
    assert re.fullmatch(pattern, capsys.readouterr().out.strip(), re.DOTALL)


def test_there_is_one_task_of_each_family() -> None:
    assert len({template("production", task).family for task, _ in TASKS}) == len(TASKS) == 6


def test_a_failure_is_said_and_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--agent", "null"]) == 0
    told = capsys.readouterr().out
    assert "6 tasks: 0 succeeded, 6 failed, 0 output tokens, 0.0 s of model time" in told
    assert "FAIL" in told


def test_what_is_not_there_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--agent", "nobody"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_closing_line_counts() -> None:
    assert closing_line(6, 5, 812, 21_400) == (
        "6 tasks: 5 succeeded, 1 failed, 812 output tokens, 21.4 s of model time"
    )

"""`leaf tools show`: every plant can be looked at, and looking changes nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from cli.show import PICTURES, draw
from tools_api.catalog import SCENARIOS, toolbox
from twin.catalog import warmed_up

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS)


def test_there_is_a_picture_for_every_scenario() -> None:
    assert set(PICTURES) == set(SCENARIOS)


@every_scenario
def test_looking_changes_nothing_and_shows_places_and_states(scenario: str) -> None:
    twin = warmed_up(scenario, seed=3, warmup_s=3600)
    before = twin.snapshot().hash
    screen = Console(width=130, file=io.StringIO())
    screen.print(draw(scenario, toolbox(scenario, twin)))
    text = screen.file.getvalue()
    words = {"production": ("line 1", "weld", "orders"), "maintenance": ("P-101", "running"), "energy": ("T1", "pv1")}
    assert all(word in text for word in words[scenario]), text
    assert twin.snapshot().hash == before


@every_scenario
def test_a_picture_file_is_svg(scenario: str, tmp_path: Path, leaf) -> None:
    path = tmp_path / "plant.svg"
    done = leaf("tools", "show", scenario, "--svg", str(path))
    assert done.code == 0, done.err
    assert ET.fromstring(path.read_text("utf-8")).tag.endswith("svg")
    assert [found.name for found in tmp_path.iterdir()] == ["plant.svg"]


def test_a_kept_plant_is_shown_as_it_is(tmp_path: Path, leaf) -> None:
    kept = tmp_path / "plant.jsonl"
    leaf("tools", "call", "production", "stop_line", json.dumps({"line": 2}), "--journal", str(kept))
    assert "line 2 · stopped" in leaf("tools", "show", "production", "--journal", kept).out


def test_a_bad_place_is_an_error_with_a_remedy(tmp_path: Path, leaf) -> None:
    done = leaf("tools", "show", "production", "--svg", str(tmp_path / "no" / "plant.svg"))
    assert done.code == 2
    assert "a folder that exists" in done.err

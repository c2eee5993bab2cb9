"""`leaf stress`: rows by profile, a figure, going on where it was, and bad input told with its remedy."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROW = {
    "profile", "episodes", "succeeded", "task_success", "ci95", "violations", "refused", "alarms", "strays",
    "stressed", "recovery", "recovery_ci95", "lost_calls", "retried", "calls_to_recover", "plant_s",
}  # fmt: skip


def test_the_same_episodes_are_played_under_each_profile(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    common = ("stress", "maintenance", "--agent", "reference", "--families", "diagnosis", "--limit", 4, "--out", out)
    told = leaf(*common, "--json").document
    assert [row["profile"] for row in told["rows"]] == ["none", "mild", "severe"]
    assert all(set(row) == ROW for row in told["rows"])
    assert all(row["episodes"] == 4 for row in told["rows"])
    assert told["rows"][0]["task_success"] == 1
    assert told["rows"][0]["violations"] == 0
    assert set(told["by_family"]) == {"diagnosis"}
    assert json.loads((out / "summary.json").read_text()) == told
    kept = (out / "episodes.jsonl").read_bytes()
    assert len(kept.splitlines()) == 12
    figure = (out / "stress.svg").read_text()
    assert ET.fromstring(figure).tag.endswith("svg")
    # Stopped half way and gone on with: the same table, the same bytes of the figure.
    (out / "episodes.jsonl").write_bytes(b"".join(kept.splitlines(keepends=True)[:5]) + b'{"job":')
    again = leaf(*common, "--json").document
    unlike = {"seconds": 0, "peak_rss_mb": 0}
    assert {**again, **unlike} == {**told, **unlike}
    assert (out / "stress.svg").read_text() == figure
    table = leaf(*common)
    assert "recovery" in table.out
    assert "severe" in table.out
    assert "stress.svg" in table.out


def test_stress_really_costs_and_patience_gets_some_of_it_back(leaf) -> None:  # type: ignore[no-untyped-def]
    profile = "none,dropout:1"
    found = {
        agent: leaf(
            "stress", "production", "--agent", agent, "--profile", profile, "--limit", 24, "--seeds", 1, "--json"
        ).document["rows"]
        for agent in ("null", "reference", "patient-reference")
    }
    assert [row["succeeded"] for row in found["null"]] == [0, 0]
    calm, stressed = found["reference"]
    assert calm["lost_calls"] == 0 < stressed["lost_calls"]
    assert stressed["task_success"] < calm["task_success"]
    patient = found["patient-reference"][1]
    assert patient["task_success"] > stressed["task_success"]
    assert patient["retried"] > 0.8
    assert patient["calls_to_recover"] == 1


def test_a_file_of_ones_own_is_a_profile(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "night.yaml"
    path.write_text("timeout: {share: 1.0}\n")
    told = leaf(
        "stress", "energy", "--agent", "reference", "--profile", f"none,{path}", "--limit", 2, "--json"
    ).document
    assert told["rows"][1]["profile"] == str(path)
    assert told["rows"][1]["lost_calls"] >= 2
    assert told["profiles"][str(path)]["timeout"] == {"share": 1.0, "after_s": 30.0}


def test_a_folder_of_other_profiles_is_refused(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    common = ("stress", "production", "--agent", "null", "--limit", 1, "--out", tmp_path)
    assert leaf(*common, "--profile", "none").code == 0
    ended = leaf(*common, "--profile", "none,mild")
    assert ended.code == 2
    assert "profiles=" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("stress", "powerplant"), "no scenario 'powerplant'"),
        (("stress", "energy", "--profile", "midl"), "did you mean 'mild'?"),
        (("stress", "energy", "--profile", "dropout:9"), "severity 9 is outside 0..1"),
        (("stress", "energy", "--profile", "nowhere.yaml"), "no such file; give a YAML file of stressors"),
        (("stress", "production", "--profile", "tariff_shock"), "does nothing in production; it acts on energy"),
        (("stress", "maintenance", "--families", "diagnoses"), "did you mean 'diagnosis'?"),
        (("stress", "energy", "--split", "tests"), "did you mean 'test'?"),
        (("stress", "energy", "--agent", "referenz"), "did you mean 'reference'?"),
    ],
)
def test_bad_input_is_told_with_the_remedy(leaf, arguments: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    ended = leaf(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


def test_a_bad_field_of_a_file_is_told_with_its_path(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.yaml"
    path.write_text("dropout: {share: 3}\n")
    ended = leaf("stress", "energy", "--agent", "null", "--profile", path)
    assert ended.code == 2
    assert "mine.yaml: dropout: share: Input should be less than or equal to 1 (found 3)" in ended.err

"""`leaf eval` and `leaf report`: what is written, what is gone on with, what is compared."""

from __future__ import annotations

import json
from pathlib import Path

PROMISED = {
    "scenario", "agent", "backend", "split", "episodes", "task_success", "ci95", "tool", "execute", "inform",
    "output_tokens", "milliseconds", "by_family", "by_task", "failures", "peak_rss_mb", "version", "catalogue_hash",
    "tasks_hash", "base_sha256", "prompt_hash", "seconds",
}  # fmt: skip


def lines(folder: Path) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in (folder / "episodes.jsonl").read_text().splitlines()]


def test_summary_and_episodes_are_written_and_gone_on_with(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    common = ("eval", "--agent", "reference", "--seeds", 1, "--out", out, "--json")
    first = leaf(*common, "--limit", 6).document
    assert set(first) >= PROMISED
    assert first["episodes"] == 6
    assert len(first["by_family"]) == 6
    kept = (out / "episodes.jsonl").read_bytes()
    # A kill in the middle of a line: it is cut off and its episode played again.
    (out / "episodes.jsonl").write_bytes(kept + b'{"job": {"task": "set_sp')
    second = leaf(*common, "--limit", 8).document
    assert second["episodes"] == 8
    assert (out / "episodes.jsonl").read_bytes().startswith(kept)
    assert len(lines(out)) == 8
    assert json.loads((out / "summary.json").read_text()) == second
    shrunk = leaf(*common, "--limit", 6).document
    assert {**shrunk, "peak_rss_mb": 0, "seconds": 0} == {**first, "peak_rss_mb": 0, "seconds": 0}
    assert len(lines(out)) == 8


def test_a_folder_of_another_evaluation_is_refused(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    leaf("eval", "--agent", "null", "--limit", 1, "--out", tmp_path)
    ended = leaf("eval", "--agent", "random", "--limit", 1, "--out", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "agent='null', not 'random'" in ended.err
    assert len(lines(tmp_path)) == 1


def test_requests_in_other_words(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "requests.jsonl"
    wanted = [
        {"task": "set_speed", "seed": 3, "request": "Faster!"},
        {"task": "overspeed", "seed": 200001, "request": "Go!"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in wanted))
    summary = leaf("eval", "--agent", "reference", "--requests", path, "--out", tmp_path / "out", "--json").document
    assert (summary["episodes"], summary["split"]) == (2, "mixed")
    assert {line["request"] for line in lines(tmp_path / "out")} == {"Faster!", "Go!"}


def test_the_table_and_the_report_tell_the_same(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table = leaf("eval", "--agent", "null", "--limit", 6, "--out", tmp_path / "null")
    assert table.code == 0
    assert leaf("report", tmp_path / "null").out == table.out
    assert "checks failed" in table.out


def test_reports_of_two_compare_the_episodes_that_they_share(leaf, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for agent, limit in (("null", 6), ("reference", 5)):
        leaf("eval", "--agent", agent, "--limit", limit, "--out", tmp_path / agent)
    told = leaf("report", tmp_path / "null", tmp_path / "reference", "--json").document
    (comparison,) = told["comparisons"]
    assert comparison["pairs"] == 5
    assert comparison["only_first"] == 0
    assert comparison["difference"] > 0
    assert [row["agent"] for row in told["rows"]] == ["null", "reference"]
    assert "second minus first" in leaf("report", tmp_path / "null", tmp_path / "reference").out

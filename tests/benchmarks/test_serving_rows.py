"""The rows of `leaf bench serving`: ratios to the merged models, and how many answers agree. Nothing is timed here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import serving
from benchmarks.serving import ADAPTERS, BASE, MERGED, Contender, same_text, with_ratios

NAMES = ("speed_to_merged", "rss_to_merged", "rss_to_base")


def row(contender: Contender, streams: int, speed: float, rss: int, *texts: str) -> dict[str, object]:
    return {
        "models": contender.models,
        "streams": streams,
        "tokens_per_s": speed,
        "rss_mb": rss,
        "texts": list(texts),
    }


ROWS = [
    row(BASE, 1, 60.0, 600, "x"),
    row(BASE, 2, 90.0, 650, "x", "x"),
    row(ADAPTERS, 1, 30.0, 700, "a"),
    row(ADAPTERS, 2, 50.0, 750, "a", "b"),
    row(MERGED, 1, 40.0, 1400, "a"),
    row(MERGED, 2, 40.0, 1500, "a", "c"),
]


def test_speed_and_memory_are_multiples_of_the_peers_at_as_many_streams() -> None:
    found = {(one["models"], one["streams"]): one for one in with_ratios(ROWS)}
    ratios = {key: tuple(one[name] for name in NAMES) for key, one in found.items()}
    assert ratios[ADAPTERS.models, 1] == (0.75, 0.5, 1.17)
    assert ratios[ADAPTERS.models, 2] == (1.25, 0.5, 1.15)
    assert ratios[BASE.models, 2] == (2.25, 0.43, 1)
    assert ratios[MERGED.models, 1] == (1, 1, 2.33)
    assert all("texts" not in one for one in found.values())


def test_agreement_is_counted_answer_by_answer_between_adapters_and_merged_models() -> None:
    assert same_text(ROWS) == pytest.approx(2 / 3, abs=1e-3)


def test_every_contender_gets_the_same_work_and_its_rows_are_told_as_they_come(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[dict[str, Any]] = []

    def process(work: dict[str, Any]) -> Iterator[dict[str, Any]]:
        asked.append(work)
        yield from (one for one in ROWS if one["models"] == work["models"])

    monkeypatch.setattr(serving, "_adapters", lambda _scratch: (tmp_path, False))
    monkeypatch.setattr(serving, "_merge", lambda *_: 2.0)
    monkeypatch.setattr(serving, "_disk_mb", lambda contender, *_: 10.0 * (1 + contender.merged))
    monkeypatch.setattr(serving, "_process", process)
    told: list[tuple[int, int, str]] = []
    found = serving.measure(lambda *step: told.append(step), streams=(1, 2), tokens=5, rounds=1)
    assert [(one["models"], one["streams"]) for one in found["rows"]] == [
        (one["models"], one["streams"]) for one in ROWS
    ]
    assert told[0] == (0, 9, "merging the planner")
    assert told[-1] == (9, 9, "merged")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert {(*work["streams"], work["tokens"], work["rounds"]) for work in asked} == {(1, 2, 5, 1)}
    assert [work["folder"] == str(tmp_path) for work in asked] == [True, True, False]
    assert found["disk_mb"] == {"base": 10.0, "adapters": 10.0, "merged": 40.0}
    assert (found["merging_s"], found["trained_adapters"]) == (2.0, False)


def test_a_contender_whose_process_fails_says_which_and_why() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)'nobody' failed: .*KeyError"):
        list(serving._process({"models": "nobody"}))

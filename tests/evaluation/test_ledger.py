"""An evaluation's folder: whole lines, one writer, one evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.agents import agent_kind
from evaluation.episode import EpisodeRecord, Job
from evaluation.ledger import EPISODES, Ledger, LedgerError, read_episodes, read_summary
from evaluation.play import Host, game
from evaluation.runner import in_lockstep
from scenarios.catalog import template


@pytest.fixture(scope="module")
def record() -> EpisodeRecord:
    host = Host(agent_kind("null"), {"set_speed": template("production", "set_speed")})
    (found,) = in_lockstep([game(host, Job(task="set_speed", seed=1))], None)
    return found


def test_records_come_back_as_they_were(tmp_path: Path, record: EpisodeRecord) -> None:
    with Ledger(tmp_path, {"agent": "null"}) as ledger:
        ledger.add(record)
    with Ledger(tmp_path, {"agent": "null"}) as again:
        assert again.records == [record]
        assert again.played() == {record.job}


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with Ledger(tmp_path, {"agent": "null"}), pytest.raises(LedgerError, match="being written"):
        Ledger(tmp_path, {"agent": "null"})
    with Ledger(tmp_path, {"agent": "null"}):
        pass


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    with Ledger(tmp_path, {"agent": "null", "split": "test"}):
        pass
    with pytest.raises(LedgerError, match="split='test', not 'train'"):
        Ledger(tmp_path, {"agent": "null", "split": "train"})


def test_a_torn_last_line_is_cut_and_any_other_is_an_error(tmp_path: Path, record: EpisodeRecord) -> None:
    line = record.model_dump_json()
    (tmp_path / EPISODES).write_text(f"{line}\n{line[:50]}")
    assert read_episodes(tmp_path) == [record]
    assert read_episodes(tmp_path, mend=True) == [record]
    assert (tmp_path / EPISODES).read_text() == f"{line}\n"
    (tmp_path / EPISODES).write_text(f"{line}\n{line[:50]}\n")
    with pytest.raises(LedgerError, match="line 2"):
        read_episodes(tmp_path)


def test_a_folder_with_foreign_episodes_or_no_summary_is_refused(tmp_path: Path) -> None:
    (tmp_path / EPISODES).write_text("{}\n")
    with pytest.raises(LedgerError, match="empty folder"):
        Ledger(tmp_path, {})
    with pytest.raises(LedgerError, match="leaf eval --out"):
        read_summary(tmp_path)
    (tmp_path / "summary.json").write_text("{")
    with pytest.raises(LedgerError, match="no JSON"):
        read_summary(tmp_path)


def test_without_a_folder_nothing_is_written(record: EpisodeRecord) -> None:
    with Ledger(None, {}) as ledger:
        ledger.add(record)
        ledger.summarise({})
    assert ledger.records == [record]

"""`leaf bench twin|tools`: the shape of what it prints, with and without peers. Times are nobody's business here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import serving
from benchmarks.peers import contest, environments
from benchmarks.peers.environments import PEERS
from benchmarks.peers.table import COLUMNS, seconds
from benchmarks.tools import ROWS as TOOLS
from benchmarks.twin import ROWS as TWIN

ONCE = ("--rounds", "1", "--seconds", "0")


@pytest.fixture(autouse=True)
def _nobody_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAF_HOME", str(tmp_path / "home"))


@pytest.fixture
def empty_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pins of a peer that hold nothing, so that installing needs no network."""
    path = tmp_path / "requirements" / "eval-mock.txt"
    path.parent.mkdir()
    path.write_text("")
    monkeypatch.setattr(environments, "HERE", tmp_path)
    return path


def test_bench_alone_lists_the_benchmarks(leaf) -> None:  # type: ignore[no-untyped-def]
    listed = leaf("bench", "--json").document["benchmarks"]
    assert {"twin", "tools", "serving", "agent"} <= {each["name"] for each in listed}


def test_rows_hold_times_and_targets_and_say_who_is_missing(leaf) -> None:  # type: ignore[no-untyped-def]
    document = leaf("bench", "tools", "--only", "call that looks, production", *ONCE, "--json").document
    (row,) = document["rows"]
    assert row["who"].startswith("leaf-twin ")
    assert 0 < row["q1_s"] <= row["median_s"] <= row["q3_s"]
    assert row["p95_s"] > 0
    assert row["samples"] == document["rounds"] == 1
    assert row["target"] == "≤ 40 µs"
    assert row["met"] in (True, False)
    assert "get_line_status" in row["facts"]["tools_median_us"]
    assert any("eval-mock" in note and "--peers" in note for note in document["notes"])


def test_a_row_that_bare_simpy_shares_has_a_ratio(leaf) -> None:  # type: ignore[no-untyped-def]
    document = leaf("bench", "twin", "--only", "operation of a plain line", *ONCE, "--json").document
    ours, theirs = document["rows"]
    assert theirs["who"].startswith("simpy ")
    assert theirs["ratio"] == pytest.approx(theirs["median_s"] / ours["median_s"])
    assert ours["met"] is (theirs["ratio"] >= 0.5)
    # The same line: as many parts an hour, but for chance.
    parts = [row["facts"]["parts_per_line_h"] for row in (ours, theirs)]
    assert parts[0] == pytest.approx(parts[1], rel=0.1)


def test_the_table_in_markdown_has_every_column(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("bench", "twin", "--only", "operation of a plain line", *ONCE, "--markdown")
    head, rule, ours, theirs, empty, told = ended.out.splitlines()
    assert head == f"| {' | '.join(COLUMNS)} |"
    assert len({line.count("|") for line in (head, rule, ours, theirs)}) == 1
    assert (empty, told.startswith("1 rounds of 0 s each by turns; ")) == ("", True)


def test_the_terminal_gets_a_table_and_notes(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("bench", "twin", "--only", "fork mid-episode, production", *ONCE)
    assert "leaf-twin" in ended.out
    assert "not measured: peer 'cps-twin'" in ended.out


def test_a_long_benchmark_is_told_as_it_goes(leaf, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    def measure(advance: serving.Advance) -> dict[str, object]:
        advance(1, 2, "base alone")
        return {"benchmark": "serving", "mix": "as it comes", "rows": [{"models": "base alone", "streams": 4}]}

    monkeypatch.setattr(serving, "measure", measure)
    assert leaf("bench", "serving", "--json").document["rows"] == [{"models": "base alone", "streams": 4}]
    table = leaf("bench", "serving").out
    assert "base alone" in table
    assert "as it comes" in table


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("twim",), "did you mean 'twin'?"),
        (("twin", "--only", "forks"), "no row 'forks'"),
        (("twin", "--json", "--markdown"), "give one of them"),
        (("serving", "--peers"), "--peers does not go with benchmark 'serving'; it goes with twin, tools"),
        (("agent", "--seconds", "0"), "--seconds does not go with benchmark 'agent'; it goes with twin, tools"),
        (("twin", "--tasks", "3"), "--tasks does not go with benchmark 'twin'; it goes with agent"),
        (("agent", "--only", "batch 9"), "no row 'batch 9'"),
        (("agent", "--agent", "leaf-untund"), "did you mean 'leaf-untuned'?"),
    ],
)
def test_bad_usage_says_what_to_do(leaf, arguments: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("bench", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


def test_an_environment_is_made_once_and_anew_when_its_pins_change(empty_pins: Path) -> None:
    peer = PEERS["eval-mock"]
    assert environments.interpreter(peer) is None
    python = environments.install(peer)
    assert environments.interpreter(peer) == python == environments.install(peer)
    empty_pins.write_text("# other pins\n")
    assert environments.interpreter(peer) is None


@pytest.mark.usefixtures("empty_pins")
def test_a_peer_that_breaks_leaves_ours_alone_in_the_row() -> None:
    environments.install(PEERS["eval-mock"])
    row = next(row for row in TOOLS if row.name == "call that looks, production")
    found = contest.hold([row], {"door": contest.HERE / "our_door.py"}, contest.Options(rounds=1, seconds=0))
    assert [entry["who"].split()[0] for entry in found["rows"]] == ["leaf-twin"]
    assert any("'eval-mock' broke" in note and "eval_mock" in note for note in found["notes"])


def test_a_peer_that_cannot_be_installed_says_so(leaf, empty_pins: Path) -> None:  # type: ignore[no-untyped-def]
    empty_pins.write_text("./no-such-folder\n")
    ended = leaf("bench", "tools", "--peers", "--only", "call that looks, production", *ONCE)
    assert (ended.code, ended.out) == (2, "")
    assert "peer 'eval-mock' cannot be installed" in ended.err
    assert "--peers" in ended.err


def test_a_case_that_breaks_on_our_side_is_a_fault_of_the_program() -> None:
    row = contest.Row("nothing", contest.Turn("door", "no_such_case"))
    with pytest.raises(contest.WorkerError, match="no_such_case"):
        contest.hold([row], {"door": contest.HERE / "our_door.py"}, contest.Options(rounds=1, seconds=0))


def test_every_peer_has_a_worker_and_pins_and_a_row() -> None:
    named = {turn.worker for row in (*TWIN, *TOOLS) for turn in row.theirs}
    assert named == set(PEERS)
    for peer in PEERS.values():
        assert peer.script.exists()
        if peer.package is not None:
            pins = [line for line in peer.requirements.read_text().splitlines() if not line.startswith("#")]
            assert all(line.count("==") == 1 for line in pins)
            assert any(line.startswith(f"{peer.package}==") for line in pins)


@pytest.mark.parametrize(
    ("value", "written"), [(3.2, "3.2 s"), (0.0123, "12.3 ms"), (4.56e-5, "45.6 µs"), (1234.0, "1,234 s")]
)
def test_times_are_written_with_the_unit_that_fits(value: float, written: str) -> None:
    assert seconds(value) == written

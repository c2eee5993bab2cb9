"""The shortlist's fit: what it may see, what its file keeps, and what the shipped files find on unseen wordings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from leaf_agent.experts.base import chat
from leaf_agent.experts.shortlist import SIZE, Shortlist, features, shortlist_for
from scenarios.catalog import templates
from scenarios.seeds import Split
from tools_api.catalog import SCENARIOS, specs
from training.demonstrations import Demonstration
from training.shortlist import FOLDS, Known, fit, held_out, known_requests, recall, write
from training.splits import LeakError, refuse_leaks


@pytest.fixture(scope="module")
def known() -> list[Known]:
    """Requests of one plant, few enough to be fitted in a moment."""
    return known_requests("production", "validation", rounds=1)


@pytest.fixture(scope="module")
def shortlist(known: list[Known]) -> Shortlist:
    return fit("production", known)


def test_the_file_keeps_scores_and_picks_as_well_as_twelve_bits_can(known: list[Known], shortlist: Shortlist) -> None:
    again = Shortlist.from_bytes(shortlist.to_bytes({"requests": len(known)}))
    assert again.names == shortlist.names
    step = np.abs(shortlist.weights).max(axis=0) / 2047
    same = 0
    asked = [one.request for one in known[:200]]
    for request in asked:
        places = list(features(request))
        values = np.array(list(features(request).values())) * shortlist.idf[places]
        values /= np.linalg.norm(values)
        # Half a step for each n-gram, and what half precision takes from the idf.
        bound = values.sum() * step / 2 + 2e-3 * (values @ np.abs(shortlist.weights[places]))
        assert (np.abs(again.scores(request) - shortlist.scores(request)) <= bound).all()
        same += set(again.pick(request)) == set(shortlist.pick(request))
    assert same >= 0.99 * len(asked)
    assert recall(again, known) == recall(shortlist, known)


def test_the_same_requests_give_the_same_bytes_and_a_file_is_written_whole(
    known: list[Known], shortlist: Shortlist, tmp_path: Path
) -> None:
    content = shortlist.to_bytes({"requests": len(known)})
    assert fit("production", known).to_bytes({"requests": len(known)}) == content
    write(tmp_path / "deep" / "production.npz", b"old")
    write(tmp_path / "deep" / "production.npz", content)
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["production.npz"]
    assert (tmp_path / "deep" / "production.npz").read_bytes() == content


def test_without_requests_nothing_is_fitted() -> None:
    with pytest.raises(ValueError, match="no requests of 'energy'"):
        fit("energy", [])


def test_a_fold_is_fitted_to_the_other_wordings(known: list[Known]) -> None:
    few = known[::4]
    for fold, one in enumerate(held_out("production", few)):
        rest = fit("production", [kept for kept in few if kept.fold != fold])
        np.testing.assert_array_equal(one.weights, rest.weights)
    assert {one.fold for one in known} == set(range(FOLDS))


def test_recall_counts_requests_all_of_whose_tools_are_named(shortlist: Shortlist) -> None:
    first = shortlist.pick("stop line 3", SIZE)
    last = (set(shortlist.names) - set(first)).pop()
    asked = [
        Known("stop line 3", frozenset(first[:2]), "a", 0),
        Known("stop line 3", frozenset({first[0], last}), "b", 0),
    ]
    assert recall(shortlist, asked) == 0.5
    assert recall(shortlist, asked[:1], 1) == 0.0


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("split", "least"), [("validation", 0.98), ("test", 0.99)])
def test_the_shipped_files_name_the_tools_of_unseen_wordings(scenario: str, split: Split, least: float) -> None:
    asked = known_requests(scenario, split, rounds=1)
    assert len(asked) > 300
    assert recall(shortlist_for(specs(scenario)), asked) >= least


@cache
def seen_by_the_fit(scenario: str) -> list[Known]:
    return known_requests(scenario)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_shipped_files_are_fitted_to_the_tasks_as_they_are(scenario: str) -> None:
    """After a change of tasks: leaf train shortlist --out leaf_agent/adapters/shortlist."""
    seen = seen_by_the_fit(scenario)
    shipped, anew = shortlist_for(specs(scenario)), fit(scenario, seen)
    asked = [one.request for one in seen[:: len(seen) // 200]]
    kept = sum(len(set(anew.pick(request)) & set(shipped.pick(request))) for request in asked)
    assert kept >= 0.99 * SIZE * len(asked)
    assert recall(shipped, seen) >= recall(anew, seen) - 0.002


def shown(one: Known, seed: int = 0) -> Demonstration:
    """A request as the check for leaks reads it."""
    return Demonstration("planner", chat(one.request), "", one.task, seed, "train")


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_fit_sees_no_wording_of_another_split(scenario: str) -> None:
    seen = seen_by_the_fit(scenario)
    refuse_leaks(scenario, map(shown, seen))
    assert {one.task for one in seen} == {task.id for task in templates(scenario) if task.split == "train"}
    unseen: tuple[Split, ...] = ("validation", "test", "heldout")
    others = [one for split in unseen for one in known_requests(scenario, split, rounds=1)]
    assert {one.request for one in seen}.isdisjoint(one.request for one in others)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_wording_of_another_split_would_be_found(scenario: str) -> None:
    task = next(found for found in templates(scenario) if found.split == "train")
    with pytest.raises(LeakError, match="must not see"):
        refuse_leaks(scenario, [shown(Known(task.instance(200_000, "test").request, frozenset(), task.id, 0))])
    unheard = next(found for found in templates(scenario) if found.split == "heldout")
    with pytest.raises(LeakError, match="held out"):
        refuse_leaks(scenario, [shown(Known("x", frozenset(), unheard.id, 0))])

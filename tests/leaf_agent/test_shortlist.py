"""The shortlist names a dozen tools for any words, and the shipped weights belong to the tools that there are."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leaf_agent.experts.shortlist import BUCKETS, SIZE, CardWords, Picks, Shortlist, features, fitted, shortlist_for
from tools_api.catalog import SCENARIOS, specs

PICKS: list[tuple[Picks, frozenset[str]]] = [
    (pick, frozenset(spec.name for spec in specs(scenario)))
    for scenario in SCENARIOS
    for pick in (shortlist_for(specs(scenario)), CardWords(specs(scenario)))
]


@given(st.text(max_size=200) | st.text(alphabet="line stop 3 O-104,.:\n", max_size=200))
@example("")
@example(" \n\t")
@example("🤖🔥 ∅ 停止 3 号线 \x00")
@example("x" * 10_000)
@example("stop line 3 " * 900)
@settings(max_examples=60, deadline=None)
def test_any_text_gives_a_dozen_known_names_and_always_the_same(text: str) -> None:
    for picks, known in PICKS:
        named = picks.pick(text)
        assert len(named) == len(set(named)) == SIZE
        assert set(named) <= known
        assert picks.pick(text) == named
        assert picks.pick(text, 8) == named[:8]


def test_values_case_and_what_lies_beyond_two_thousand_letters_make_no_difference() -> None:
    assert features("Stop line 3") == features("stop LINE 17.5")
    assert features("stop line 3") != features("start line 3")
    assert features("a" * 2000) == features("a" * 2000 + " stop line 3")
    assert all(0 <= bucket < BUCKETS for bucket in features("stop line 3"))


def test_the_shipped_weights_are_those_of_the_plants_and_of_no_other_tools() -> None:
    folder = files("leaf_agent") / "adapters" / "shortlist"
    shipped = {entry.name: Shortlist.from_bytes(entry.read_bytes()) for entry in folder.iterdir()}
    assert set(shipped) == {f"{scenario}.npz" for scenario in SCENARIOS}
    for scenario in SCENARIOS:
        held = shipped[f"{scenario}.npz"]
        assert held.names == tuple(spec.name for spec in specs(scenario))
        assert held.weights.shape == (BUCKETS, len(held.names))
        assert held.idf.shape == (BUCKETS,)
        assert np.isfinite(held.weights).all()
        found = shortlist_for(specs(scenario))
        assert isinstance(found, Shortlist)
        assert found.names == held.names


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_plant_with_other_tools_goes_by_the_words_of_their_cards(scenario: str) -> None:
    fewer = specs(scenario)[1:]
    renamed = (specs(scenario)[0].model_copy(update={"name": "another"}), *fewer)
    for other in (fewer, renamed):
        assert fitted(tuple(sorted(spec.name for spec in other))) is None
        picks = shortlist_for(other)
        assert isinstance(picks, CardWords)
        # Each tool's own card leads to it.
        places = [picks.pick(spec.description).index(spec.name) for spec in other]
        assert max(places) <= 2
        assert places.count(0) >= 0.9 * len(other)


def test_fewer_tools_than_a_dozen_are_all_named() -> None:
    few = specs("production")[:5]
    for text in ("", "stop line 3", few[3].description):
        assert sorted(shortlist_for(few).pick(text)) == sorted(spec.name for spec in few)
    assert CardWords(()).pick("stop line 3") == ()

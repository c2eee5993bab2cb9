"""Diagnostic tests: the way from symptoms that look alike to a cause. Findings are seldom, but sometimes, wrong."""

from __future__ import annotations

from typing import NamedTuple

from twin.errors import Interlock, NotPermitted, WrongState
from twin.maintenance.floor import Floor, Place
from twin.maintenance.nameplates import TestConfig
from twin.maintenance.state import AssetState
from twin.randomness import normal, uniform

SHOWS_FROM = 0.25
"""Damage from which a test can find a failure mode."""
NORMAL = "normal"


class Finding(NamedTuple):
    """What a test says."""

    word: str
    value: float
    unit: str


def check_possible(place: Place, asset: AssetState, test: TestConfig) -> None:
    """Raise `NotPermitted`, `Interlock` or `WrongState` unless a test can be made on a machine now."""
    kind = place.kind
    if test.name not in kind.tests:
        raise NotPermitted(
            f"{test.name} is not made on a {kind.name} such as {place.name}; choose {_listed(kind.tests)}"
        )
    if test.isolated and not asset.isolated:
        raise Interlock(f"{place.name} is energised ({asset.state}); isolate it before {test.name}")
    if test.running and asset.state not in ("running", "failed"):
        raise WrongState(
            f"{place.name} is {asset.state}; {test.name} needs it running (one that failed is tried briefly)"
        )


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def examine(floor: Floor, place: Place, asset: AssetState, test: TestConfig) -> Finding:
    """Make a test. The draws are keyed by (machine, test, how often it was made there)."""
    made = asset.tests.get(test.name, 0) + 1
    asset.tests[test.name] = made
    key = place.test_streams[test.name]
    seen = [
        (damage, mode.findings[test.name])
        for mode, damage in zip(place.kind.modes, asset.damage, strict=True)
        if test.name in mode.findings
    ]
    damage, word = max(seen, default=(0.0, NORMAL))
    if damage < SHOWS_FROM:
        word = NORMAL
    if uniform(key, 3 * made) < floor.layout.config.test_error:
        words = [NORMAL, *dict.fromkeys(each for _, each in seen)]
        others = [each for each in words if each != word]
        if others:
            word = others[int(uniform(key, 3 * made + 1) * len(others))]
            damage = 0.0 if word == NORMAL else max(damage, 0.4)
    shown = damage if word != NORMAL else min(damage, 0.15)
    value = test.sound + (test.ruined - test.sound) * min(1.0, shown)
    value *= 1 + 0.04 * normal(key, 3 * made + 2)
    return Finding(word, round(value, 2), test.unit)

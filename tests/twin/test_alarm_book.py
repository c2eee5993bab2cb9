"""Alarms and alert rules, whatever the plant."""

from __future__ import annotations

import pytest

from twin.alarm_book import KEPT_MS, AlarmBook
from twin.errors import NotFound, WrongState
from twin.journal import Journal


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def book(journal: Journal) -> AlarmBook:
    book = AlarmBook()
    book.sound(journal, 1000, "P-101", "warning", "heat", "P-101 is hot")
    book.sound(journal, 2000, "bus7", "critical", "voltage", "bus7 is low")
    book.sound(journal, 3000, "bus8", "critical", "voltage", "bus8 is low")
    return book


def kinds(journal: Journal) -> list[tuple[str, str]]:
    return [(entry.kind, entry.subject) for entry in journal]


def test_a_cause_rings_once_while_it_lasts(book: AlarmBook, journal: Journal) -> None:
    again = book.sound(journal, 4000, "P-101", "warning", "heat", "P-101 is hot")
    assert again.name == "A-1"
    assert len(journal) == 3
    book.clear(journal, 5000, "P-101", "heat")
    assert book.sound(journal, 6000, "P-101", "warning", "heat", "P-101 is hot").name == "A-4"
    assert kinds(journal)[3:] == [("alarm_cleared", "A-1"), ("alarm_raised", "A-4")]


def test_clearing_what_does_not_ring_is_nothing(book: AlarmBook, journal: Journal) -> None:
    book.clear(journal, 4000, "P-102", "heat")
    book.clear(journal, 4000, "P-101", "cold")
    assert len(journal) == 3


def test_an_alarm_is_listed_until_it_is_over_and_seen(book: AlarmBook, journal: Journal) -> None:
    book.clear(journal, 4000, "P-101", "heat")
    assert [alarm.name for alarm in book.listed()] == ["A-1", "A-2", "A-3"]
    book.acknowledge(journal, 5000, "A-1", "crew")
    book.acknowledge(journal, 5000, "A-2", "crew")
    assert [alarm.name for alarm in book.listed()] == ["A-2", "A-3"]
    assert journal[-1].data == {"place": "bus7", "by": "crew"}
    with pytest.raises(WrongState, match="A-2 is acknowledged already"):
        book.acknowledge(journal, 6000, "A-2", "crew")
    for name in ("A-1", "A-9", "", "A-03"):
        with pytest.raises(NotFound, match="no alarm"):
            book.acknowledge(journal, 6000, name, "crew")


def test_the_worst_is_the_oldest_of_the_most_severe_that_nobody_has_seen(book: AlarmBook, journal: Journal) -> None:
    names = []
    while (worst := book.worst()) is not None:
        names.append(worst.name)
        book.acknowledge(journal, 4000, worst.name, "crew")
    assert names == ["A-2", "A-3", "A-1"]


def test_what_is_long_over_and_seen_is_forgotten(book: AlarmBook, journal: Journal) -> None:
    book.clear(journal, 4000, "P-101", "heat")
    book.acknowledge(journal, 4000, "A-1", "crew")
    book.acknowledge(journal, 4000, "A-2", "crew")
    book.forget(1000 + KEPT_MS)
    assert len(book.alarms) == 3
    book.forget(4000 + KEPT_MS)
    assert list(book.alarms) == [2, 3]
    assert book.sound(journal, 5000, "P-101", "info", "heat", "again").name == "A-4"


def test_a_rule_tells_once_per_crossing(book: AlarmBook, journal: Journal) -> None:
    above = book.add_rule("bus7", "load_pct", "above", 90)
    below = book.add_rule("bus7", "voltage_pu", "below", 0.95)
    assert (above.name, below.name) == ("R-1", "R-2")
    for time, load, voltage in ((1, 90.0, 0.95), (2, 91.0, 0.95), (3, 95.0, 0.94), (4, 80.0, 0.96), (5, 92.0, 0.97)):
        book.watch(journal, time, {("bus7", "load_pct"): load, ("bus7", "voltage_pu"): voltage})
    alerts = [(entry.time_s, entry.subject) for entry in journal if entry.kind == "alert"]
    assert alerts == [(0.002, "R-1"), (0.003, "R-2"), (0.005, "R-1")]
    assert journal[-1].data["text"] == "load_pct of bus7 is 92, above 90"
    book.watch(journal, 6, {})
    assert above.firing


def test_a_copy_goes_its_own_way(book: AlarmBook, journal: Journal) -> None:
    book.add_rule("bus7", "load_pct", "above", 90)
    other = book.copy()
    assert other == book
    other.acknowledge(journal, 4000, "A-2", "crew")
    other.watch(journal, 4000, {("bus7", "load_pct"): 99.0})
    assert not book.alarms[2].acknowledged
    assert not book.rules[0].firing

"""Was the user told a fact? What was read must be what was said, and nothing said may contradict it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scenarios.conditions import as_number, same
from scenarios.goals import Fact
from scenarios.numerals import find_numerals, plain
from scenarios.readings import OF_THE_LIST, Reading, Thing, numbers_in, same_thing, thing_of
from scenarios.statements import Statement
from scenarios.units import Unit, counted_at, counted_otherwise, unit_of_field
from scenarios.words import DOMAINS, claims_other, domain_of, says
from tools_api.spec import ToolSpec

Answer = tuple[bool, str]
"""Whether a check passed, and why."""

_ID = re.compile(r"\b[a-z]{1,3}-\d+\b")
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT(\d\d:\d\d)(:\d\d)?")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):(\d\d)(?!\d)")
_NOTHING = re.compile(r"\b(?:no(?!\.?\s*\d)|none|nothing|zero|nobody|not any|not a single)\b|n't any\b")


class Report:
    """What an agent told its user at the end, to be held against what it read.

    `message` is what was said since the user last spoke, `heard` all that the user said; `now` reads the plant as it
    is when the agent stops (a tool's answer, or None when the tool says no).
    """

    def __init__(
        self,
        message: str,
        heard: Iterable[str],
        read: Sequence[Reading],
        specs: Mapping[str, ToolSpec],
        now: Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None],
    ) -> None:
        self.statement = Statement(message)
        self._heard = " ".join(heard).lower()
        self._read = read
        self._specs = specs
        self._now = now
        self._known = [number for reading in read for number in numbers_in(reading.fields)]
        self._known += [numeral.value for numeral in find_numerals(self._heard)]
        self._known_words = self._heard + " " + " ".join(_words_in([reading.fields for reading in read])).lower()

    def tells(self, fact: Fact, arguments: Mapping[str, Any]) -> Answer:
        """Say whether the fact was told. `arguments` are the fact's, with all values in place."""
        name = f"{fact.field} of {_shown(arguments) or fact.tool}"
        if not self.statement.text.strip():
            return False, f"nothing was said about {name}"
        if self.statement.dumps:
            return False, f"the message holds {len(self.statement.numbers)} numbers: a dump tells nothing"
        values = self.values(fact.tool, fact.field, arguments)
        if not values:
            return False, f"{name} was never read"
        told = [self._told(fact, value, arguments) for value in values]
        return next((answer for answer in told if answer[0]), told[0])

    def values(self, tool: str, field: str, arguments: Mapping[str, Any]) -> list[Any]:
        """Give the values of a fact that may honestly be told: the last one read first.

        Besides: those read after the last act, and the plant's own of now, if the fact was read at all.
        """
        spec = self._specs[tool]
        if spec.mutates:
            found = [
                reading
                for reading in self._read
                if reading.tool == tool
                and field in reading.fields
                and all(same(reading.fields.get(n, reading.arguments.get(n)), v) for n, v in arguments.items())
            ]
            return [found[-1].fields[field]] if found else []
        thing = thing_of(spec, arguments, {})
        found = [r for r in self._read if field in r.fields and self._about(r, tool, field, thing)]
        if not found:
            return []
        last_act = max((reading.place for reading in self._read if reading.acted), default=-1)
        values = [found[-1].fields[field]]
        values += [reading.fields[field] for reading in reversed(found[:-1]) if reading.place > last_act]
        now = self._now(tool, arguments)
        if now is not None and field in now:
            values.append(now[field])
        return [value for place, value in enumerate(values) if value not in values[:place]]

    def first(self, tool: str, field: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Give the first answer, or record in one, that told the field of the thing; None when none did."""
        if self._specs[tool].mutates:
            own = (r for r in self._read if r.tool == tool and field in r.fields)
            given = arguments.items()
            return next(
                (r.fields for r in own if all(same(r.arguments.get(n, r.fields.get(n)), v) for n, v in given)), None
            )
        thing = thing_of(self._specs[tool], arguments, {})
        found = (r for r in self._read if not r.acted and field in r.fields and self._about(r, tool, field, thing))
        return next((reading.fields for reading in found), None)

    def _about(self, reading: Reading, tool: str, field: str, thing: Thing) -> bool:
        """Whether a reading is about the thing; figures over a time and counts of a list are told apart by their tool.

        Tools that take nothing all look at the one plant: what two of them call alike is the same.
        """
        if not same_thing(reading.thing, thing):
            return False
        whole = not self._specs[tool].parameters and not self._specs[reading.tool].parameters
        return reading.tool == tool or reading.acted or whole or (len(thing) == 1 and field not in OF_THE_LIST)

    def _told(self, fact: Fact, value: Any, arguments: Mapping[str, Any]) -> Answer:
        number = as_number(value)
        if number is not None:
            return self._told_number(fact, number, arguments)
        return self._told_word(fact, plain(value), arguments)

    def _told_number(self, fact: Fact, value: float, arguments: Mapping[str, Any]) -> Answer:
        unit = _unit_of(fact, arguments)
        name = f"{fact.field} of {_shown(arguments) or fact.tool}"
        about = [stated for stated in self.statement.numbers if _fits(stated.subject, arguments)]
        if fact.field in OF_THE_LIST and fact.unit is None:
            other = counted_otherwise(fact.tool)
            about = [stated for stated in about if counted_at(self.statement.text, stated.numeral.end) not in other]
        right = [stated for stated in about if stated.is_(value, unit, fact.tolerance)]
        if not right and not (value == 0 and self._says_nothing(arguments)):
            return False, f"{name} is {plain(value)}, which was not told"
        for stated in about:
            if not right and not any(stated.is_(number, stated.unit, 0.0) for number in self._known):
                return False, f"{name} is {plain(value)}, but {plain(stated.numeral.value)} was told beside nothing"
            if right and stated not in right and self.statement.alternatives(stated, right[0]):
                return False, f"{name} is {plain(value)}, but {plain(stated.numeral.value)} was offered as well"
            if stated.unit.kind == unit.kind != "none" and not stated.is_(value, unit, fact.tolerance):
                known = any(stated.is_(number, stated.unit, 0.0) for number in self._known)
                if not known:
                    return False, f"{name} is {plain(value)}, but {plain(stated.numeral.value)} was told too"
        return True, f"{name} was told: {plain(value)}"

    def _says_nothing(self, arguments: Mapping[str, Any]) -> bool:
        """Whether the message says of the thing that there is nothing: "no alarms on line 2"."""
        places = (match.span() for match in _NOTHING.finditer(self.statement.text))
        return any(_fits(self.statement.subject_at(*place), arguments) for place in places)

    def _told_word(self, fact: Fact, value: str, arguments: Mapping[str, Any]) -> Answer:
        name = f"{fact.field} of {_shown(arguments) or fact.tool}"
        statement = self.statement
        if _ID.fullmatch(value.lower()):
            prefix = value.upper().partition("-")[0]
            known = set(_ID.findall(self._known_words))
            strangers = {one for one in statement.ids if one.partition("-")[0] == prefix and one.lower() not in known}
            if value.upper() not in statement.ids:
                return False, f"{name} is {value}, which was not told"
            if strangers:
                return False, f"{name} is {value}, but {sorted(strangers)[0]} was told too"
            return True, f"{name} was told: {value}"
        if _ISO_TIME.fullmatch(value):
            return self._told_time(name, value)
        domain = domain_of(fact.tool, fact.field)
        more = fact.say.get(value, ())
        places = says(statement.text, value, domain, (more,) if isinstance(more, str) else more)
        if not any(_fits(statement.subject_at(place, place), arguments) for place in places):
            return False, f"{name} is {value}, which was not told"
        if domain is not None:
            for other, place in claims_other(statement.text, value, domain):
                if _fits(statement.subject_at(place, place), arguments):
                    return False, f"{name} is {value}, but {other} was told too"
            if domain == "product":
                for other in DOMAINS[domain]:
                    if other != value and other not in self._known_words and says(statement.text, other, domain):
                        return False, f"{name} is {value}, but {other} was told too"
        return True, f"{name} was told: {value}"

    def _told_time(self, name: str, value: str) -> Answer:
        """Judge a time of day; `2026-01-05T13:00:00` may be told as 13:00."""
        wanted = value[11:16]
        told = [f"{int(match[1]):02}:{match[2]}" for match in _CLOCK.finditer(self.statement.text)]
        if wanted not in told:
            return False, f"{name} is {value}, which was not told"
        for other in told:
            if other != wanted and f"t{other}" not in self._known_words and other not in self._heard:
                return False, f"{name} is {value}, but {other} was told too"
        return True, f"{name} was told: {value}"


def _unit_of(fact: Fact, arguments: Mapping[str, Any]) -> Unit:
    if fact.unit is not None:
        return unit_of_field(fact.unit if fact.unit.startswith("_") else f"_{fact.unit}")
    if fact.field == "count":
        return Unit("alarms") if "alarm" in fact.tool else Unit()
    unit = unit_of_field(fact.field)
    sensor = arguments.get("sensor")
    return unit_of_field(str(sensor)) if unit.kind == "none" and sensor is not None else unit


def _fits(subject: Mapping[str, str], arguments: Mapping[str, Any]) -> bool:
    """Whether words said of `subject` can be about the thing that the arguments name."""
    return all(
        kind not in arguments or same(name, arguments[kind]) or same(f"{kind}{name}", arguments[kind])
        for kind, name in subject.items()
    )


def _words_in(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _words_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _words_in(part)
    elif isinstance(value, str):
        yield value


def _shown(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {plain(value)}" for name, value in arguments.items())

"""Was it done? The plant's own state and the record of the episode decide; no model judges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scenarios.allowance import strays
from scenarios.conditions import as_number, parse_condition, same
from scenarios.evidence import Evidence, peek
from scenarios.goals import (
    AnyCheck,
    Asked,
    Called,
    CheckResult,
    Compared,
    FromResult,
    Kpi,
    Never,
    Order,
    Refused,
    Reported,
    Seen,
    State,
    Untouched,
    Verdict,
)
from scenarios.numerals import find_numerals, plain
from scenarios.reporting import Answer
from scenarios.user import NOT_REACHED
from tools_api.messages import ToolCall

_DENIALS = re.compile(
    r"\b(?:not|cannot|unable|refused?|denied|impossible|failed|fails|rejected|unchanged|declined|never|nothing|"
    r"no (?:order|change|new order)|stay(?:s|ed)?|keeps?|kept|remain(?:s|ed)?|without success|forbidden)\b|n't\b"
)
_WITHIN = r"(?:[^.;\n]|(?<=\d)\.(?=\d))"
"""A letter of the same sentence; the point of 27.5 ends none."""
_GOOD = r"better|best|ahead|wins?|won|leads?|leading|stronger|strongest|beats?|tops?"
_BAD = r"worse|worst|behind|loses?|weaker|trails?|trailing"
# "most" alone, or most of something: neither "at most" nor an adjective such as "most efficient".
_MORE = (
    r"higher|highest|greater|greatest|more|dearer|dearest|costlier|pricier|bigger|biggest|larger|largest"
    r"|most (?:expensive|costly)|(?<!at )most(?!\s+(?:of|likely|\w+(?:ent|ive|ble|ful|al|ous|ed|ing|ly)))"
)
_LESS = r"lower|lowest|less|(?<!at )least|cheaper|cheapest|smaller|smallest|fewer|fewest"


def verify(evidence: Evidence) -> Verdict:
    """Judge an episode: every check with its reason; success when all pass.

    What the user was told is judged at once, the plant after the task's `judge_after_s`, which passes here.
    """
    instance = evidence.instance
    counting = [check for check in instance.checks if _counts(check, evidence)]
    results: list[CheckResult | None] = [None] * len(counting)
    spoken = (Reported, Compared, Refused, Asked)
    for wanted in (True, False):
        for place, check in enumerate(counting):
            if isinstance(check, spoken) is wanted:
                passed, reason = _judge(check, evidence)
                if not passed and isinstance(check, State | Kpi) and evidence.sound is not None:
                    # Sensors that stress made lie: the plant itself decides.
                    passed, reason = _judge(check, evidence.sound)
                results[place] = CheckResult(kind=check.kind, passed=passed, reason=reason)
        if wanted and instance.judge_after_s > 0:
            evidence.box.twin.advance(instance.judge_after_s)
    done = tuple(result for result in results if result is not None)
    if not done:
        return Verdict(outcome="ungraded", score=0.0)
    good = sum(result.passed for result in done)
    return Verdict(outcome="success" if good == len(done) else "failure", score=good / len(done), checks=done)


def _counts(check: AnyCheck, evidence: Evidence) -> bool:
    """Whether a check's `when` is so."""
    return not isinstance(check.when, Seen) or _was_so(check.when, evidence)


def _was_so(wanted: Seen, evidence: Evidence) -> bool:
    """Whether something, and all that must have been so with it, was so for the agent."""
    if wanted.also is not None and not _was_so(wanted.also, evidence):
        return False
    arguments = _resolve(wanted.arguments, evidence)
    if isinstance(arguments, str):
        return False
    condition = parse_condition(wanted.where)
    read = evidence.report.first(wanted.tool, condition.left, arguments)
    if evidence.box.specs[wanted.tool].mutates:
        return read is not None and condition.holds(read.__getitem__)
    before = evidence.origin if evidence.stress is None else evidence.stress.calm
    seen = read or peek(evidence.box.onto(before), wanted.tool, arguments)
    return seen is not None and condition.holds(seen.__getitem__)


def _judge(check: AnyCheck, evidence: Evidence) -> Answer:
    match check:
        case Reported():
            return _reported(check, evidence)
        case Compared():
            return _compared(check, evidence)
        case Refused():
            return _refused(check, evidence)
        case Asked():
            return _asked(check, evidence)
        case State():
            return _state(check, evidence)
        case Called():
            return _called(check, evidence)
        case Order():
            return _order(check, evidence)
        case Never():
            return _never(check, evidence)
        case Untouched():
            return _untouched(evidence)
        case Kpi():
            return _kpi(check, evidence)


def _reported(check: Reported, evidence: Evidence) -> Answer:
    arguments = _resolve(check.fact.arguments, evidence)
    if isinstance(arguments, str):
        return False, arguments
    return evidence.report.tells(check.fact, arguments)


def _compared(check: Compared, evidence: Evidence) -> Answer:
    sign = 1.0 if check.ahead == "highest" else -1.0
    standing: list[tuple[float, str]] = []
    for rival in check.among:
        number = next(map(as_number, evidence.report.values(rival.tool, rival.field, rival.arguments)), None)
        if number is None:
            return False, f"{rival.field} of {rival.name} was never read"
        standing.append((sign * number, rival.name.lower()))
    if evidence.report.statement.dumps:
        return False, "the message holds so much that it tells nothing"
    best = max(standing)[0]
    winners = {name for number, name in standing if number == best}
    if len(winners) > 1:
        return True, "they are level"
    (winner,) = winners
    text = evidence.report.statement.canonical
    names = "|".join(re.escape(name) for _, name in standing)
    more, less = (_MORE, _LESS) if check.ahead == "highest" else (_LESS, _MORE)
    ahead = re.search(rf"\b({names})\b(?:(?!\b(?:{names})\b){_WITHIN})*?\b(?:{_GOOD}|{more})\b", text)
    behind = re.search(rf"\b({names})\b(?:(?!\b(?:{names})\b){_WITHIN})*?\b(?:{_BAD}|{less})\b", text)
    reverse = re.search(rf"\b(?:{_GOOD}|{more})\b{_WITHIN}*?\b(?:is|was|has|had|by|on|:)\s*(?:the )?({names})\b", text)
    named = ahead[1] if ahead else reverse[1] if reverse else None
    if named is None and behind is not None and len(standing) == 2:
        named = next(name for _, name in standing if name != behind[1])
    if named is None:
        return False, f"which is ahead was not told; it is {winner}"
    if behind is not None and behind[1] == winner and not (ahead and ahead[1] == winner):
        return False, f"{winner} is ahead, but was said to be behind"
    return named == winner, f"{named} was said to be ahead" + ("" if named == winner else f"; it is {winner}")


def _refused(check: Refused, evidence: Evidence) -> Answer:
    if any(entry.kind == "command" and entry.subject == check.tool for entry in evidence.journal):
        return False, f"{check.tool} was done"
    text = evidence.report.statement.text
    if evidence.report.statement.dumps:
        return False, "the message holds so much that it tells nothing"
    if not _DENIALS.search(text):
        return False, "the user was not told that it was not done"
    numbers = {numeral.value for numeral in find_numerals(text)}
    for reason in check.reasons:
        number = as_number(reason)
        if number in numbers if number is not None else re.search(rf"\b{re.escape(reason.lower())}", text):
            return True, f"it was not done and the reason was told: {reason}"
    return False, f"the reason was not told; it has to do with {', '.join(check.reasons)}"


def _asked(check: Asked, evidence: Evidence) -> Answer:
    needed = set(evidence.instance.withheld) | {c.slot for c in evidence.instance.checks if isinstance(c, Asked)}
    asked: list[str] = []
    for text, question in evidence.questions:
        if not question.understood:
            return False, f"a question asked for nothing that the user could know: {text!r}"
        asked.extend(question.slots)
    needless = [slot for slot in asked if slot not in needed]
    if check.slot not in asked:
        return False, f"the user was not asked for {check.slot}"
    if needless:
        return False, f"the user was asked for {needless[0]} without need"
    return True, f"the user was asked for {check.slot}"


def _state(check: State, evidence: Evidence) -> Answer:
    arguments = _resolve(check.arguments, evidence)
    if isinstance(arguments, str):
        return False, arguments
    seen = evidence.look(check.tool, arguments)
    if seen is None:
        return False, f"{check.tool} tells nothing about {arguments}"
    if check.where is not None:
        condition = parse_condition(check.where)
        if condition.left not in seen:
            return False, f"{check.tool} tells no {condition.left} of {arguments}"
        return condition.holds(seen.__getitem__), f"{condition.left} is {plain(seen[condition.left])}"
    field = check.field or ""
    if field not in seen:
        return False, f"{check.tool} tells no {field} of {arguments}"
    before = peek(evidence.box.onto(evidence.origin), check.tool, arguments)
    if before is not None and same(before.get(field), seen[field]):
        return True, f"{field} is {plain(seen[field])} as before"
    idle = peek(evidence.idle, check.tool, arguments)
    alike = idle is not None and same(idle.get(field), seen[field])
    return alike, f"{field} is {plain(seen[field])}; had nobody acted: {plain(idle.get(field)) if idle else 'unknown'}"


def _called(check: Called, evidence: Evidence) -> Answer:
    wanted = _resolve(check.arguments, evidence)
    if isinstance(wanted, str):
        return False, wanted
    accepted = reached = 0
    for call, result in evidence.calls:
        if call.name == check.tool and all(same(_argument(evidence, call, n), v) for n, v in wanted.items()):
            accepted += int(result.ok)
            reached += int(result.code not in NOT_REACHED)
    if accepted < check.at_least:
        return False, f"{check.tool} was accepted {accepted} times; at least {check.at_least}"
    if check.at_most is not None and reached > check.at_most:
        return False, f"{check.tool} was called {reached} times; at most {check.at_most}"
    return True, f"{check.tool} was called {reached} times"


def _order(check: Order, evidence: Evidence) -> Answer:
    done = iter([call.name for call, result in evidence.calls if result.ok])
    missing = next((tool for tool in check.tools if tool not in done), None)
    return missing is None, f"{' before '.join(check.tools)}" + (f": {missing} was missing there" if missing else "")


def _never(check: Never, evidence: Evidence) -> Answer:
    for entry in evidence.journal:
        if entry.kind == check.event and check.subject in (None, entry.subject) and not evidence.excused(entry):
            return False, f"{entry.kind} {entry.subject} at {entry.time_s:g} s"
    return True, f"no {check.event}"


def _untouched(evidence: Evidence) -> Answer:
    for entry in strays(evidence):
        arguments = dict(sorted(entry.data.get("arguments", {}).items()))
        return False, f"{entry.subject} {arguments} was done, which nobody asked for"
    return True, "nothing was done but what was asked for"


def _kpi(check: Kpi, evidence: Evidence) -> Answer:
    arguments = _resolve(check.arguments, evidence)
    if isinstance(arguments, str):
        return False, arguments
    acted, idle = evidence.look(check.tool, arguments), peek(evidence.idle, check.tool, arguments)
    ours, theirs = (as_number(seen.get(check.field)) if seen else None for seen in (acted, idle))
    if ours is None or theirs is None:
        return False, f"{check.tool} tells no {check.field}"
    gain = (ours - theirs) * (1 if check.better == "higher" else -1)
    return gain >= check.at_least - 1e-9, f"{check.field} is {plain(ours)}, had nobody acted {plain(theirs)}"


def _resolve(arguments: Mapping[str, Any], evidence: Evidence) -> dict[str, Any] | str:
    """Put the episode's values into a check's arguments, or say which is missing; sorted, as reasons show them."""
    resolved: dict[str, Any] = {}
    for name, value in sorted(arguments.items()):
        if isinstance(value, FromResult):
            found = [
                result.data[value.field] for call, result in evidence.calls if call.name == value.tool and result.ok
            ]
            if not found:
                return f"{value.tool} was never accepted"
            resolved[name] = found[-1]
        else:
            resolved[name] = value
    return resolved


def _argument(evidence: Evidence, call: ToolCall, name: str) -> Any:
    """Give an argument of a call as the tool took it: the default when it was left out."""
    if call.arguments.get(name) is not None:
        return call.arguments[name]
    spec = evidence.box.specs.get(call.name)
    return next((p.default for p in spec.parameters if p.name == name), None) if spec else None

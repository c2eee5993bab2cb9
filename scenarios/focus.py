"""Is a noun what a sentence asks for? "Which line", "tell me the line", "the line and the speed", "line number?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scenarios.sentences import words

TOKEN = re.compile(r"[a-z0-9_#°%/'-]+")
_VALUE_AFTER = re.compile(r"\s*(?:(?:of|to|at|is|:|=|no\.?|number|nr\.?|#)\s*)*(?:\d|[a-z]{1,4}-?\d|(\w+))")
_LACKING = re.compile(
    r"\b(?:missing|unclear|needed|required|unknown|forgot|forgotten|lacking|lacks|lack|without)\b"
    r"|\b(?:not|n't) (?:been )?"
    r"(?:given|specified|told|mentioned|clear|know|say|said|tell|stated?|give|mention|specify|sure)\b"
)
_BESIDE = re.compile(
    r"(?=.*(?:[,;&+/]|\b(?:and|or|plus|also|well)\b))[\s,;:()\-&+/\"']*(?:(?:and|or|plus|as well as|also|the|a|an"
    r"|its|your|name of|id of|which|what|exact|new|\d|[b-e])"
    r"[\s,)(.:\-\"']+)*"
)
_LISTS = re.compile(
    r"\b(?:need|needs|require[sd]?|missing|lack|following|know|tell|give|send|provide|specify|details?|things?"
    r"|questions?)\b"
    r"[^.?!]*:[\s,]*(?:\(?[\da-e][.)])?\s*(?:(?:the|a|an|its|your|name of|id of|new|exact|which|what)\s+)*$"
)
_ENDS = re.compile(r"\s*(?:\([^)]*\))?\s*(?:[.?!,]|$|(?:of|for|in|you|that|it)\b)")
_FORM = words("integer int float string str text number numeric optional required name id value the a an in of and or")
_VERBAL = words("i we you they he she who to")
_POLITE = {"please", "pls", "plz"}
_WH = {"which", "what", "whose"}
_REQUEST = words(
    "tell give specify provide name state enter need know missing choose pick send indicate confirm clarify "
    "supply share require want mention input type say add select determine learn have get repeat advise needs "
    "requires describe outline explain list define detail"
)
_ASKING = _WH | {"how"}
_MODALS = {"should", "shall", "would", "must", "will", "can", "could"}
_DETERMINERS = words("the a an your its their this that his her our my")
_COPULAS = words("is are was were be 's being")
_PREPOSITIONS = words("of for on at in from by with about to into under over above per during than regarding")
_LINKS = {"and", "or", "plus", "also", "as", "well", "nor"}
_STOP = (
    _WH
    | _REQUEST
    | _DETERMINERS
    | _COPULAS
    | _PREPOSITIONS
    | _LINKS
    | words(
        "should shall would will do does did can could may must you i we me us it he she they if when how there please "
        "not run make put set like exactly"
    )
)


def is_asked(sentence: str, span: tuple[int, int], licensed: Sequence[tuple[int, int]], values: frozenset[str]) -> bool:
    """Whether the noun at `span` of a sentence is asked for; `licensed` are the spans that are."""
    start, end = span
    before = TOKEN.findall(sentence[:start])
    index = len(before) - 1
    while index >= 0 and before[index] not in _STOP and len(before) - index <= 4:
        index -= 1
    head = before[index] if index >= 0 else ""
    if head in _WH:
        return True
    after = _VALUE_AFTER.match(sentence[end:])
    if after is not None and (after[1] is None or not values.isdisjoint((after[1], after[1].removesuffix("s")))):
        return False
    # "the line, the station": what stands beside something asked for is asked for too
    if any(other <= start and _BESIDE.fullmatch(sentence[other:start]) for _, other in licensed):
        return True
    if _LISTS.search(sentence[:start]):
        return True
    if "who" in before and not licensed:
        return False
    if head in _DETERMINERS:
        index -= 1
        # "the name of the line" is the line
        if index > 0 and before[index] == "of" and before[index - 1] in _FORM:
            index -= 3 if before[index - 2 : index - 1] and before[index - 2] in _DETERMINERS else 2
        if index >= 0 and before[index] == "both":
            index -= 1
        head = before[index] if index >= 0 else ""
        if head == "of" and index > 0 and before[index - 1] in (*_WH, "one"):
            return True
        if head in ("and", "plus") and licensed and licensed[-1][1] <= start and _ENDS.match(sentence[end:]):
            return True
        if head in _COPULAS or head == "about":
            return bool(_WH & set(before[max(0, index - 4) : index]))
        if head == "" and _asks_what_it_is(sentence[end:]):
            return True
    if head in _REQUEST or (head in ("me", "us", "with") and _REQUEST & set(before[max(0, index - 3) : index])):
        return True
    if head in _COPULAS and _WH & set(before[max(0, index - 3) : index]):
        return True
    if head in _MODALS and not licensed and _ASKING & set(before[max(0, index - 3) : index]):
        return True
    if head in _LINKS:
        return any(0 <= start - other <= 30 for _, other in licensed) or _is_short(sentence)
    if head in _PREPOSITIONS:
        return False
    asked_later = index < 0 and _WH & set(TOKEN.findall(sentence[end:]))
    return bool(asked_later) or _LACKING.search(sentence) is not None or _is_short(sentence)


def _asks_what_it_is(rest: str) -> bool:
    """Whether "the speed" goes on as a question about it: "... should be what?", "..., please?"."""
    return re.match(r"\s*(?:should be|is|would be)\s+(?:what|which)\b|,?\s*(?:please)?\s*\?", rest) is not None


def _is_short(sentence: str) -> bool:
    """Whether a sentence is just the name of what is wanted, such as "Line number?"."""
    found = TOKEN.findall(sentence)
    return len(found) <= 5 and ("?" in sentence or not _POLITE.isdisjoint(found))


def is_bare(sentence: str, nouns: re.Pattern[str]) -> bool:
    """Whether a sentence is nothing but names of what is wanted: "line number, station name pls"."""
    left = TOKEN.findall(nouns.sub(" ", sentence))
    plain = all(word in _POLITE or word in _FORM or word.isdigit() for word in left)
    return plain and ("?" in sentence or ":" in sentence or not _POLITE.isdisjoint(left))


def is_verb(sentence: str, start: int) -> bool:
    """Whether what looks like a noun is a verb: "how many do we order"."""
    before = TOKEN.findall(sentence[:start])
    return bool(before) and before[-1] in _VERBAL

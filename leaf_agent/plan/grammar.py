"""The plan language and its wire form as grammars for constrained decoding (EBNF as xgrammar reads it).

Each is also a regular expression, written from the same small tree, so that what a model may emit can be tested
without a model. A grammar fixes form and names, never ranges of values (DESIGN §5), and is a little narrower than the
language: ASCII, at most two conditions a step, bounded lengths. What it cannot express (a loop that ends, a condition
on a step that calls a tool) `check_plan` says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from leaf_agent.plan.language import MAX_STEPS, OPERATORS
from leaf_agent.plan.wire import ASK, SAY
from tools_api.errors import CODES

INSTRUCTION_LETTERS: Final = 120
FREE_TEXT_LETTERS: Final = 60
WORD_LETTERS: Final = 40
MAX_CONDITIONS: Final = 2


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class _Letter:
    """One character out of ranges, each written as its two ends: "azAZ__"."""

    ranges: str


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _One:
    options: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Times:
    part: _Node
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str


_Node = _Text | _Letter | _All | _One | _Times | _Rule


def plan_ebnf(tool_names: Collection[str], max_steps: int = MAX_STEPS) -> str:
    """Write the grammar of plans over these tools; the root rule is `root`. Raises `ValueError` without tools or steps.

    A plan of each length stands in a rule of its own, so that by construction steps are numbered 1, 2, 3, ..., a jump
    leads to another step of the same plan, `next` has a step after it, and the last step, conditions apart, ends the
    plan; every repetition is bounded.
    """
    return _written(_plan_rules(tool_names, range(1, max_steps + 1)))


def plan_pattern(tool_names: Collection[str], steps: int) -> re.Pattern[str]:
    """Write the grammar of plans of exactly so many steps as a regular expression, for `fullmatch`."""
    rules = _plan_rules(tool_names, (steps,))
    return re.compile(_regex(rules["root"], rules))


def wire_ebnf(tool_names: Collection[str], max_steps: int = MAX_STEPS) -> str:
    """Write the grammar of the wire form (`leaf_agent.plan.wire`). Raises as `plan_ebnf` does."""
    return _written(_wire_rules(tool_names, range(1, max_steps + 1)))


def wire_pattern(tool_names: Collection[str], steps: int) -> re.Pattern[str]:
    """Write the grammar of the wire form of exactly so many steps as a regular expression, for `fullmatch`."""
    rules = _wire_rules(tool_names, (steps,))
    return re.compile(_regex(rules["root"], rules))


def _plan_rules(tool_names: Collection[str], lengths: Sequence[int]) -> dict[str, _Node]:
    rules = _shared_rules(tool_names, lengths) | {
        "head": _One(
            (_All((_Text("Tool ("), _Rule("tool"), _Text(") :: "))), _Text("Dialog :: "), _Text("Dialog (ask) :: "))
        ),
        "body": _All((_Rule("head"), _Rule("instruction"), _Text(" ** <<"))),
    }
    for length in lengths:
        rules[f"when{length}"] = _All((_Text("if "), _Rule(f"condition{length}"), _Text(", ")))
    for length, number in _places(lengths):
        others = tuple(_All((_Text("goto "), other)) for other in _others(length, number))
        jump = _rule("jump", length, number)
        rules[jump.name] = _One((*_onward(length, number), _Text("END"), *others))
        case = _All((_Rule(f"when{length}"), jump, _Text("; ")))
        lastly = _Text("END") if number == length else jump
        parts = (_line(number, " ** "), _Rule("body"), _Times(case, 0, MAX_CONDITIONS), lastly, _Text(">>"))
        rules[_rule("step", length, number).name] = _All(parts)
    return rules


def _wire_rules(tool_names: Collection[str], lengths: Sequence[int]) -> dict[str, _Node]:
    rules = _shared_rules(tool_names, lengths) | {
        "act": _All((_One((_Rule("tool"), _Text(ASK))), _Text(": "), _Rule("instruction"))),
        "tell": _All((_Text(f"{SAY}: "), _Rule("instruction"))),
    }
    for length in lengths:
        rules[f"when{length}"] = _All((_Rule(f"condition{length}"), _Text(" ")))
        # a rule of its own: the words after "; " are then sorted once for a length, not once for every step
        rules[f"orwhen{length}"] = _All((_Text("; "), _Rule(f"condition{length}"), _Text(" ")))
    for length, number in _places(lengths):
        onward, others = _onward(length, number), _others(length, number)
        jump = _rule("jump", length, number)
        rules[jump.name] = _One((*onward, _Text("END"), *others))
        more = _Times(_All((_Rule(f"orwhen{length}"), jump)), 0, MAX_CONDITIONS - 1)
        cases = _All((_Rule(f"when{length}"), jump, more))
        last = number == length
        # what goes without saying is left out: `next` after an act, END after a tell; the last act says that it ends
        act = _All((_Rule("act"), _control(cases, (_Text("END"), *(() if last else others)), must=last)))
        tell = _All((_Rule("tell"), _control(cases, () if last else (*onward, *others))))
        rules[_rule("step", length, number).name] = _All((_line(number, " "), _One((act, tell))))
    return rules


def _control(cases: _Node, goes: Sequence[_Node], *, must: bool = False) -> _Node:
    """Write " <<" and what follows it: cases, where to go otherwise, or both. `must`: it says where to go otherwise."""
    otherwise = (_One(tuple(goes)),) if goes else ()
    after = [_All((_Text("; "), way)) for way in otherwise]
    cased = _All((cases, *(way if must else _Times(way, 0, 1) for way in after)))
    control = _All((_Text(" <<"), _One((cased, *otherwise))))
    return control if must else _Times(control, 0, 1)


def _places(lengths: Sequence[int]) -> list[tuple[int, int]]:
    return [(length, number) for length in lengths for number in range(1, length + 1)]


def _rule(name: str, length: int, number: int) -> _Rule:
    return _Rule(f"{name}{length}x{number}")


def _line(number: int, mark: str) -> _Node:
    return _Text(f"{number}{mark}" if number == 1 else f"\n{number}{mark}")


def _onward(length: int, number: int) -> tuple[_Node, ...]:
    return (_Text("next"),) if number < length else ()


def _others(length: int, number: int) -> tuple[_Node, ...]:
    """Name the rule of the numbers of a plan's other steps, if it has any."""
    return (_rule("other", length, number),) if length > 1 else ()


def _numbers(numbers: Collection[int]) -> _Node:
    """Write these numbers of 1..20, as digits to choose from: the decoder then has few states to prepare."""
    parts: list[_Node] = []
    if ones := [number for number in numbers if number < 10]:
        parts.append(_Letter("".join(str(number) * 2 for number in ones)))
    if teens := [number for number in numbers if 10 <= number < 20]:
        parts.append(_All((_Text("1"), _Letter("".join(str(number - 10) * 2 for number in teens)))))
    if 20 in numbers:
        parts.append(_Text("20"))
    return _One(tuple(parts))


def _shared_rules(tool_names: Collection[str], lengths: Sequence[int]) -> dict[str, _Node]:
    if not tool_names:
        raise ValueError("no tool names; a plan's grammar needs at least one")
    if not lengths or not 1 <= lengths[-1] <= MAX_STEPS:
        raise ValueError(f"a plan of {lengths[-1] if lengths else 0} steps is not within 1..{MAX_STEPS}")
    rules: dict[str, _Node] = {
        "root": _One(tuple(_Rule(f"plan{length}") for length in lengths)),
        "tool": _texts(sorted(tool_names)),
        # "*", "<" and ">" divide a step, and no text ends with a space, so that none has two readings
        "instruction": _phrase(_Letter("!)+;==?~"), INSTRUCTION_LETTERS),
        "error": _All((_Text("error"), _Times(_All((_Text("("), _texts(CODES), _Text(")"))), 0, 1))),
        "compared": _All(
            (
                _All((_Letter("azAZ__"), _Times(_Letter("azAZ09__"), 0, WORD_LETTERS - 1))),
                _Text(" "),
                _texts(OPERATORS),
                _Text(" "),
                _Rule("value"),
            )
        ),
        "value": _One((_number(), _All((_Letter("azAZ"), _Times(_Letter("azAZ09__..::--"), 0, WORD_LETTERS - 1))))),
        # no digits: figures are for comparisons, and a small model that begins one here does not end it
        "freetext": _phrase(_Letter("azAZ__..''--%%//"), FREE_TEXT_LETTERS),
    }
    for length in lengths:
        named = _All((_Text("s"), _numbers(range(1, length + 1)), _Text(".")))
        comparison = _All((_Times(named, 0, 1), _Rule("compared")))
        rules[f"condition{length}"] = _One((_Rule("error"), comparison, _Rule("freetext")))
        rules[f"plan{length}"] = _All(tuple(_rule("step", length, number) for number in range(1, length + 1)))
    for length, number in _places(lengths):
        if length > 1:
            rules[_rule("other", length, number).name] = _numbers(
                [other for other in range(1, length + 1) if other != number]
            )
    return rules


def _phrase(letter: _Letter, most: int) -> _Node:
    """Write words of these letters with spaces between them.

    One class of letters and space, not "a space, perhaps, and a letter": a decoder then settles most of its
    vocabulary once, where the other form took as long for each token as the model.
    """
    inner = _Letter(f"  {letter.ranges}")
    return _All((letter, _Times(_All((_Times(inner, 0, most - 2), letter)), 0, 1)))


def _texts(texts: Collection[str]) -> _Node:
    return _One(tuple(_Text(text) for text in texts))


def _number() -> _Node:
    whole = _One((_Text("0"), _All((_Letter("19"), _Times(_Letter("09"), 0, 9)))))
    fraction = _Times(_All((_Text("."), _Letter("09"), _Times(_Letter("09"), 0, 5))), 0, 1)
    return _All((_Times(_Text("-"), 0, 1), whole, fraction))


def _written(rules: dict[str, _Node]) -> str:
    return "".join(f"{name} ::= {_ebnf(node)}\n" for name, node in rules.items())


def _ebnf(node: _Node) -> str:
    match node:
        case _Text(text):
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case _Letter():
            return _letters(node)
        case _All(parts):
            return " ".join(_ebnf(part) for part in parts)
        case _One(options):
            return "(" + " | ".join(_ebnf(option) for option in options) + ")"
        case _Times(part, least, most):
            count = "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"
            return (_ebnf(part) if isinstance(part, _Letter | _Text | _Rule) else f"({_ebnf(part)})") + count
        case _Rule(name):
            return name


def _regex(node: _Node, rules: dict[str, _Node]) -> str:
    match node:
        case _Text(text):
            return re.escape(text)
        case _Letter():
            return _letters(node)
        case _All(parts):
            return "".join(_regex(part, rules) for part in parts)
        case _One(options):
            return "(?:" + "|".join(_regex(option, rules) for option in options) + ")"
        case _Times(part, least, most):
            return f"(?:{_regex(part, rules)}){{{least},{most}}}"
        case _Rule(name):
            return _regex(rules[name], rules)


def _letters(letter: _Letter) -> str:
    escaped = [f"\\{end}" if end in "\\]^-" else end for end in letter.ranges]
    pairs = zip(escaped[::2], escaped[1::2], strict=True)
    return "[" + "".join(low if low == high else f"{low}-{high}" for low, high in pairs) + "]"

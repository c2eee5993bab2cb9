"""The plan language and its wire form as grammars for constrained decoding (EBNF as xgrammar reads it).

Each is also a regular expression, written from the same small tree, so that what a model may emit can be tested
without a model. A grammar fixes form and names, never ranges of values (DESIGN §5), and is a little narrower than the
language: ASCII, at most two conditions a step, bounded lengths. What it cannot express (targets that exist, loops
that end) `check_plan` says.
"""

from __future__ import annotations

import re
from collections.abc import Collection
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

    Step n stands in a rule of its own, so that numbers are 1, 2, 3, ... by construction; `next` always has a step
    after it; every repetition is bounded.
    """
    rules = _plan_rules(tool_names, max_steps)
    return "".join(f"{name} ::= {_ebnf(node)}\n" for name, node in rules.items())


def plan_pattern(tool_names: Collection[str], max_steps: int = MAX_STEPS) -> re.Pattern[str]:
    """Write the same grammar as a regular expression, for `fullmatch`. Raises as `plan_ebnf` does."""
    rules = _plan_rules(tool_names, max_steps)
    return re.compile(_regex(rules["root"], rules))


def wire_ebnf(tool_names: Collection[str], max_steps: int = MAX_STEPS) -> str:
    """Write the grammar of the wire form (`leaf_agent.plan.wire`). Raises as `plan_ebnf` does."""
    rules = _wire_rules(tool_names, max_steps)
    return "".join(f"{name} ::= {_ebnf(node)}\n" for name, node in rules.items())


def wire_pattern(tool_names: Collection[str], max_steps: int = MAX_STEPS) -> re.Pattern[str]:
    """Write the grammar of the wire form as a regular expression, for `fullmatch`. Raises as `plan_ebnf` does."""
    rules = _wire_rules(tool_names, max_steps)
    return re.compile(_regex(rules["root"], rules))


def _plan_rules(tool_names: Collection[str], max_steps: int) -> dict[str, _Node]:
    rules: dict[str, _Node] = _shared_rules(tool_names, max_steps) | {
        "body": _All(
            (_Rule("head"), _Rule("instruction"), _Text(" ** <<"), _Times(_Rule("clause"), 0, MAX_CONDITIONS))
        ),
        "head": _One(
            (_All((_Text("Tool ("), _Rule("tool"), _Text(") :: "))), _Text("Dialog :: "), _Text("Dialog (ask) :: "))
        ),
        "clause": _All((_Text("if "), _Rule("condition"), _Text(", "), _Rule("jump"), _Text("; "))),
        "jump": _One((_Text("next"), _Rule("halt"))),
        "halt": _One((_Text("END"), _All((_Text("goto "), _numbers(max_steps))))),
    }
    for number in range(1, max_steps + 1):
        # the next step is named once only: written out as a regular expression, twice would be 2**20 times
        ways: tuple[_Node, ...] = (_All((_Rule("halt"), _Text(">>"))),)
        if number < max_steps:
            ways = (_All((_Rule("jump"), _Text(">>\n"), _Rule(f"step{number + 1}"))), *ways)
        rules[f"step{number}"] = _All((_Text(f"{number} ** "), _Rule("body"), _One(ways)))
    return rules


def _wire_rules(tool_names: Collection[str], max_steps: int) -> dict[str, _Node]:
    rules: dict[str, _Node] = _shared_rules(tool_names, max_steps) | {
        "act": _All((_One((_Rule("tool"), _Text(ASK))), _Text(": "), _Rule("instruction"))),
        "tell": _All((_Text(f"{SAY}: "), _Rule("instruction"))),
        # "open" needs a step after it, "closed" may be the last
        "open": _One(
            (
                _All((_Rule("act"), _Times(_Rule("conditions"), 0, 1))),
                _All((_Rule("tell"), _Text(" <<"), _Times(_Rule("clause"), 0, MAX_CONDITIONS), _Text("next"))),
            )
        ),
        "closed": _One(
            (
                _All((_Rule("act"), _Text(" <<"), _Times(_Rule("clause"), 0, MAX_CONDITIONS), _Rule("halt"))),
                _All((_Rule("tell"), _Times(_Rule("conditions"), 0, 1))),
                _All((_Rule("tell"), _Text(" <<"), _Times(_Rule("clause"), 0, MAX_CONDITIONS), _numbers(max_steps))),
            )
        ),
        "conditions": _All((_Text(" <<"), _Rule("case"), _Times(_All((_Text("; "), _Rule("case"))), 0, 1))),
        "clause": _All((_Rule("case"), _Text("; "))),
        "case": _All((_Rule("condition"), _Text(" "), _One((_Text("next"), _Rule("halt"))))),
        "halt": _One((_Text("END"), _numbers(max_steps))),
    }
    for number in range(1, max_steps + 1):
        ways: tuple[_Node, ...] = (_Rule("closed"),)
        if number < max_steps:
            further = _All((_One((_Rule("open"), _Rule("closed"))), _Text("\n"), _Rule(f"step{number + 1}")))
            ways = (further, *ways)
        rules[f"step{number}"] = _All((_Text(f"{number} "), _One(ways)))
    return rules


def _shared_rules(tool_names: Collection[str], max_steps: int) -> dict[str, _Node]:
    if not tool_names:
        raise ValueError("no tool names; a plan's grammar needs at least one")
    if not 1 <= max_steps <= MAX_STEPS:
        raise ValueError(f"max_steps={max_steps} is not within 1..{MAX_STEPS}")
    return {
        "root": _Rule("step1"),
        "tool": _texts(sorted(tool_names)),
        # "*", "<" and ">" divide a step, and no text ends with a space, so that none has two readings
        "instruction": _phrase(_Letter("!)+;==?~"), INSTRUCTION_LETTERS),
        "condition": _One((_Rule("error"), _Rule("comparison"), _Rule("freetext"))),
        "error": _All((_Text("error"), _Times(_All((_Text("("), _texts(CODES), _Text(")"))), 0, 1))),
        "comparison": _All(
            (
                _Times(_All((_Text("s"), _numbers(max_steps), _Text("."))), 0, 1),
                _All((_Letter("azAZ__"), _Times(_Letter("azAZ09__"), 0, WORD_LETTERS - 1))),
                _Text(" "),
                _texts(OPERATORS),
                _Text(" "),
                _Rule("value"),
            )
        ),
        "value": _One((_number(), _All((_Letter("azAZ"), _Times(_Letter("azAZ09__..::--"), 0, WORD_LETTERS - 1))))),
        "freetext": _phrase(_Letter("azAZ09__..''--%%//"), FREE_TEXT_LETTERS),
    }


def _phrase(letter: _Letter, most: int) -> _Node:
    """Write words of these letters with spaces between them.

    One class of letters and space, not "a space, perhaps, and a letter": a decoder then settles most of its
    vocabulary once, where the other form took as long for each token as the model.
    """
    inner = _Letter(f"  {letter.ranges}")
    return _All((letter, _Times(_All((_Times(inner, 0, most - 2), letter)), 0, 1)))


def _texts(texts: Collection[str]) -> _Node:
    return _One(tuple(_Text(text) for text in texts))


def _numbers(last: int) -> _Node:
    return _texts([str(number) for number in range(1, last + 1)])


def _number() -> _Node:
    whole = _One((_Text("0"), _All((_Letter("19"), _Times(_Letter("09"), 0, 9)))))
    fraction = _Times(_All((_Text("."), _Letter("09"), _Times(_Letter("09"), 0, 5))), 0, 1)
    return _All((_Times(_Text("-"), 0, 1), whole, fraction))


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

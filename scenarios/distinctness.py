"""Are two tasks the same task? Pairs are compared by reference, by checks and by what their wordings speak of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from math import log, sqrt
from typing import Any

from scenarios.conditions import parse_condition
from scenarios.document import Document
from scenarios.rendering import USER
from scenarios.steps import AnyStep, Ask, Call, Say, Until, When, branches
from scenarios.task import TaskTemplate

TWINS = 0.95
"""Two tasks whose references, checks and wordings are all at least this alike are one task."""

_PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(\w+))?(?::\w+)?\}")
_WORD = re.compile(r"[a-z]+")


class Pair(Document):
    """Two tasks and how alike they are, 0 to 1: their references, their checks, the words of their requests.

    `alike` is the least of the three: tasks differ as much as they differ in any of them.
    """

    first: str
    second: str
    reference: float
    checks: float
    wordings: float

    @property
    def alike(self) -> float:
        """The least of the three."""
        return min(self.reference, self.checks, self.wordings)

    @property
    def twins(self) -> bool:
        """Whether the two are one task."""
        return self.alike >= TWINS


def nearest_pairs(tasks: Sequence[TaskTemplate]) -> list[Pair]:
    """Compare all tasks with one another; the pairs that are most alike come first.

    References are compared as sequences of calls, conditions and facts told, values of parameters left out
    (Ratcliff-Obershelp); checks as sets (Jaccard); wordings by the cosine of their words, weighed by how few other
    tasks use them (tf-idf).
    """
    references = [_outline(task) for task in tasks]
    checks = [frozenset(_check_lines(task)) for task in tasks]
    words = _weighed([_words(task) for task in tasks])
    pairs = []
    for a, b in combinations(range(len(tasks)), 2):
        matcher = SequenceMatcher(None, references[a], references[b], autojunk=False)
        pairs.append(
            Pair(
                first=tasks[a].id,
                second=tasks[b].id,
                reference=round(matcher.ratio(), 3),
                checks=round(len(checks[a] & checks[b]) / len(checks[a] | checks[b]), 3),
                wordings=round(_cosine(words[a], words[b]), 3),
            )
        )
    return sorted(pairs, key=lambda pair: (-pair.alike, -pair.reference - pair.checks - pair.wordings, pair.first))


def _outline(task: TaskTemplate) -> list[str]:
    saved: dict[str, str] = {}
    lines = list(_steps(task.reference, saved))
    if task.revised:
        lines += ["changed mind", *_steps(task.revised, saved)]
    return lines


def _steps(steps: tuple[AnyStep, ...], saved: dict[str, str]) -> list[str]:
    lines = []
    for step in steps:
        if isinstance(step, Call | Until):
            if step.save:
                saved[step.save] = step.call
            arguments = [f"{name}={_open(str(value), saved)}" for name, value in sorted(step.arguments.items())]
            lines.append(f"call {step.call} {' '.join(arguments)}")
        if isinstance(step, When):
            lines.append(f"when {_condition(step.when, saved)}")
        elif isinstance(step, Until):
            lines.append(f"until {_condition(step.until, saved)}")
        elif isinstance(step, Ask):
            lines.append(f"ask {step.ask}")
        elif isinstance(step, Say):
            lines.append(f"say {' '.join(sorted(_field(fact, saved) for fact in step.facts))}")
        for number, branch in enumerate(branches(step)):
            lines += [f"{number}: {line}" for line in _steps(branch, saved)]
    return lines


def _check_lines(task: TaskTemplate) -> list[str]:
    return [_open(repr(sorted(_flat(check.model_dump(exclude_defaults=True)))), {}) for check in task.checks]


def _flat(value: Any, path: str = "") -> list[str]:
    if isinstance(value, Mapping):
        return [line for name, part in value.items() for line in _flat(part, f"{path}.{name}")]
    if isinstance(value, list | tuple):
        return [line for part in value for line in _flat(part, path)]
    return [f"{path}={value}"]


def _open(text: str, saved: Mapping[str, str]) -> str:
    """Leave out which parameter a value comes from, but keep that it is an earlier output's or the user's."""

    def write(match: re.Match[str]) -> str:
        name, field = match[1], match[2]
        return "{}" if field is None else f"{{{name if name == USER else saved.get(name, '?')}.{field}}}"

    return _PLACEHOLDER.sub(write, text)


def _condition(text: str, saved: Mapping[str, str]) -> str:
    condition = parse_condition(text)
    sides = (_field(_open(side, saved), saved) for side in (condition.left, condition.right))
    return f" {condition.operator} ".join(sides)


def _field(name: str, saved: Mapping[str, str]) -> str:
    output, dot, field = name.partition(".")
    return f"{saved[output]}.{field}" if dot and output in saved else name


def _words(task: TaskTemplate) -> Counter[str]:
    texts = [text for wordings in task.wordings.values() for text in wordings]
    if task.user.changes is not None:
        texts += [text for says in task.user.changes.says.values() for text in says]
    return Counter(word for text in texts for word in _WORD.findall(_PLACEHOLDER.sub(" ", text.lower())))


def _weighed(counts: Sequence[Counter[str]]) -> list[dict[str, float]]:
    used = Counter(word for count in counts for word in count)
    return [
        {word: log(1 + times) * log((1 + len(counts)) / used[word]) for word, times in count.items()}
        for count in counts
    ]


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    length = sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return sum(value * b.get(word, 0.0) for word, value in a.items()) / length if length else 0.0

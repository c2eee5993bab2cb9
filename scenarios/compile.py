"""A reference tree as a plan: numbered steps with jumps, the branches not taken included.

The text is the plan language that agents of the plan-and-walk kind speak; each step keeps the reference step that it
came from, so that whoever teaches such an agent can look up what to fill in or say there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scenarios.conditions import parse_condition
from scenarios.numerals import plain
from scenarios.steps import AnyStep, Ask, Call, Say, Until, When

Steps = tuple[AnyStep, ...]


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One line of a compiled plan. `origin` is the reference step; `save` the name that its output goes by."""

    number: int
    kind: Literal["tool", "tell", "ask"]
    tool: str | None
    instruction: str
    control: str
    origin: AnyStep
    save: str | None = None

    @property
    def waits(self) -> bool:
        """Whether this is the wait between two rounds of a loop."""
        return self.tool == "wait" and isinstance(self.origin, Until)

    def __str__(self) -> str:
        what = {"tool": f"Tool ({self.tool})", "tell": "Dialog", "ask": "Dialog (ask)"}[self.kind]
        return f"{self.number} ** {what} :: {self.instruction} ** <<{self.control}>>"


@dataclass(eq=False, slots=True)
class _Place:
    """A place in the plan that is not numbered yet: a node, another place, or (None) the end."""

    node: _Node | None = None
    same_as: _Place | None = None

    def find(self) -> _Node | None:
        return self.same_as.find() if self.same_as is not None else self.node


@dataclass(eq=False, slots=True)
class _Node:
    kind: Literal["tool", "tell", "ask"]
    tool: str | None
    instruction: str
    origin: AnyStep
    save: str | None = None
    clauses: list[tuple[str, _Place]] = field(default_factory=list)
    default: _Place = field(default_factory=_Place)
    number: int = 0


class _Layout:
    """Lays the main flow out first and the error branches behind it, in the order in which they were met."""

    def __init__(self) -> None:
        self.nodes: list[_Node] = []
        self.later: list[tuple[_Place, Steps, _Place]] = []
        self.end = _Place()

    def block(self, steps: Steps, leave: _Place) -> _Place:
        """Lay out steps that then go on at `leave`; give the place where they begin."""
        if not steps:
            return leave
        head, rest = steps[0], steps[1:]
        match head:
            case Call():
                node = self._node(_Node("tool", head.call, head.do, head, head.save))
                if head.if_error:
                    place = _Place()
                    self.later.append((place, head.if_error, self.end))
                    node.clauses.append(("error", place))
                self._follow(node, rest, leave)
            case Say():
                node = self._node(_Node("tell", None, head.say, head))
                self._follow(node, rest, leave)
            case Ask():
                node = self._node(_Node("ask", None, head.do, head))
                self._follow(node, rest, leave)
            case Until():
                node = self._node(_Node("tool", head.call, head.do, head, head.save))
                wait = self._node(_Node("tool", "wait", f"wait {plain(head.every_s)} seconds", head))
                node.default = _Place(wait)
                wait.default = _Place(node)
                after = _Place() if rest else leave
                node.clauses.append((head.until, self.block(head.then, after)))
                if head.otherwise:
                    # A plan cannot count its rounds: giving up is what a wait leads to that is not granted any more.
                    place = _Place()
                    self.later.append((place, head.otherwise, after))
                    wait.clauses.append(("error", place))
                if rest:
                    after.same_as = self.block(rest, leave)
            case When():
                raise ValueError(f"when {head.when!r} begins a branch; it must follow the step that it looks at")
        return _Place(node)

    def _node(self, node: _Node) -> _Node:
        self.nodes.append(node)
        return node

    def _follow(self, node: _Node, rest: Steps, leave: _Place) -> None:
        if not (rest and isinstance(rest[0], When)):
            node.default = self.block(rest, leave)
            return
        branch, tail = rest[0], rest[1:]
        after = _Place() if tail else leave
        node.clauses.append((branch.when, self.block(branch.then, after)))
        node.default = self.block(branch.otherwise, after)
        if tail:
            after.same_as = self.block(tail, leave)


def compile_steps(reference: Steps) -> tuple[ScriptStep, ...]:
    """Turn an instance's reference into a plan's steps. Raises `ValueError` for a `when` that follows no step."""
    layout = _Layout()
    layout.block(reference, layout.end)
    while layout.later:
        place, steps, leave = layout.later.pop(0)
        place.same_as = layout.block(steps, leave)
    for number, node in enumerate(layout.nodes, start=1):
        node.number = number
    saved = {node.save: node.number for node in layout.nodes if node.save}
    return tuple(
        ScriptStep(node.number, node.kind, node.tool, node.instruction, _control(node, saved), node.origin, node.save)
        for node in layout.nodes
    )


def _control(node: _Node, saved: Mapping[str, int]) -> str:
    clauses = [f"if {_condition(text, node, saved)}, {_jump(node, place)}" for text, place in node.clauses]
    return "; ".join([*clauses, _jump(node, node.default)])


def _jump(node: _Node, place: _Place) -> str:
    target = place.find()
    if target is None:
        return "END"
    return "next" if target.number == node.number + 1 else f"goto {target.number}"


def _condition(text: str, node: _Node, saved: Mapping[str, int]) -> str:
    if text == "error":
        return text
    condition = parse_condition(text)
    left, right = _field(condition.left, saved), _field(condition.right, saved)
    # A word alone on the right is a value (running), so only the left may leave its step out.
    return f"{left.removeprefix(f's{node.number}.')} {condition.operator} {right}"


def _field(side: str, saved: Mapping[str, int]) -> str:
    """Write `status.state` as `s2.state` when step 2 saved it; anything else as it is."""
    name, dot, rest = side.partition(".")
    return f"s{saved[name]}.{rest}" if dot and name in saved else side

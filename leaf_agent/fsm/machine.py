"""The decision engine's table of transitions (LEAF Fig. 2, §3.4), proved well formed when it is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a run stands."""

    START = "Start"
    PLANNING = "Planning"
    DECIDING = "Deciding"
    EXECUTING = "Executing"
    INTERACTING = "Interacting"
    AWAITING_INPUT = "AwaitingInput"
    END = "End"


class Signal(StrEnum):
    """What moves a run: the events of its driver, and in Deciding the engine's own verdicts."""

    REQUEST_ARRIVED = "request arrived"
    PLAN_READY = "plan ready"
    PLAN_FAILED = "plan failed"
    DECISION_MADE = "decision made"
    ARGUMENTS_READY = "arguments ready"
    ARGUMENTS_MISSING = "arguments missing"
    CONFIRMATION_NEEDED = "confirmation needed"
    CALL_RETURNED = "call returned"
    UTTERANCE_READY = "utterance ready"
    READINGS_STALE = "readings stale"
    REPLY_ARRIVED = "reply arrived"
    USER_SILENT = "user silent"
    USER_CHANGED_MIND = "user changed mind"
    CALL_CONFIRMED = "call confirmed"
    CALL_DECLINED = "call declined"
    CANCELLED = "cancelled"
    BUDGET_SPENT = "budget spent"
    # verdicts of Deciding
    TOOL_STEP = "tool step"
    DIALOG_STEP = "dialog step"
    PARAMETERS_MISSING = "parameters missing"
    CONSENT_MISSING = "consent missing"
    UNFORESEEN_ERROR = "unforeseen error"
    PLAN_COMPLETE = "plan complete"
    HOPELESS = "hopeless"


VERDICTS: Final = frozenset(
    {
        Signal.TOOL_STEP,
        Signal.DIALOG_STEP,
        Signal.PARAMETERS_MISSING,
        Signal.CONSENT_MISSING,
        Signal.UNFORESEEN_ERROR,
        Signal.PLAN_COMPLETE,
        Signal.HOPELESS,
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: in `source`, `signal` under `guard` ("": always) leads to `target`."""

    source: State
    signal: Signal
    guard: str
    target: State


@dataclass(frozen=True, slots=True)
class Transition:
    """A row that was walked, as a trace records it; `detail` is for the reader."""

    source: State
    signal: Signal
    target: State
    detail: str


class MachineError(ValueError):
    """A table that is no sound machine. The message names the state or the signal, the rule and the remedy."""


class Machine:
    """A checked table of transitions.

    Raises `MachineError` when two rows say the same, a guarded row stands beside an unguarded one, the last state is
    left, a state cannot be reached from the first, a state has no way to the last, or a signal has no row.
    """

    __slots__ = ("_targets", "first", "last", "rows")

    def __init__(
        self,
        rows: Iterable[Row],
        *,
        first: State = State.START,
        last: State = State.END,
        states: Iterable[State] = State,
        signals: Iterable[Signal] = Signal,
    ) -> None:
        self.rows = tuple(rows)
        self.first = first
        self.last = last
        targets: dict[tuple[State, Signal], dict[str, State]] = {}
        for row in self.rows:
            guards = targets.setdefault((row.source, row.signal), {})
            if row.guard in guards:
                raise MachineError(f"{_named(row)} stands twice in the table; keep one row")
            guards[row.guard] = row.target
        self._targets: Mapping[tuple[State, Signal], Mapping[str, State]] = MappingProxyType(targets)
        self._refuse_faults(tuple(states), tuple(signals))

    def target(self, source: State, signal: Signal, guard: str = "") -> State:
        """Say where a signal leads. Raises `MachineError` when the table has no such row."""
        guards = self._targets.get((source, signal))
        if guards is None:
            allowed = ", ".join(sorted(self.signals(source))) or "nothing"
            raise MachineError(f"{source} takes no {signal!r}; it takes {allowed}")
        if guard not in guards:
            raise MachineError(f"{source} takes {signal!r} only under {sorted(guards)}, not under {guard!r}")
        return guards[guard]

    def signals(self, source: State) -> frozenset[Signal]:
        """List the signals that a state takes."""
        return frozenset(signal for state, signal in self._targets if state is source)

    def _refuse_faults(self, states: tuple[State, ...], signals: tuple[Signal, ...]) -> None:
        for (source, signal), guards in self._targets.items():
            if "" in guards and len(guards) > 1:
                raise MachineError(f"{source} takes {signal!r} both with and without guard; guard every row or none")
            if source is self.last:
                raise MachineError(f"{source} is the last state but takes {signal!r}; drop the row")
        ahead: dict[State, set[State]] = {state: set() for state in states}
        for row in self.rows:
            for state in (row.source, row.target):
                if state not in ahead:
                    raise MachineError(f"{_named(row)} names {state}, which is not among the states; list it")
            ahead[row.source].add(row.target)
        reached = _closure({self.first}, ahead)
        behind = {state: {source for source, targets in ahead.items() if state in targets} for state in states}
        ending = _closure({self.last}, behind)
        for state in states:
            if state not in reached:
                raise MachineError(f"{state} cannot be reached from {self.first}; add a row that leads to it")
            if state not in ending:
                raise MachineError(f"{state} is a trap: no way leads from it to {self.last}; add a row that leads out")
        taken = {signal for _, signal in self._targets}
        for one in signals:
            if one not in taken:
                raise MachineError(f"{one!r} has no row: no state takes it; add a row or drop the signal")
        for one in sorted(taken):
            if one not in signals:
                raise MachineError(f"{one!r} is not among the signals; list it or drop its rows")


def _named(row: Row) -> str:
    return f"{row.source} --{row.signal}{f' [{row.guard}]' if row.guard else ''}--> {row.target}"


def _closure(start: set[State], edges: Mapping[State, set[State]]) -> set[State]:
    found: set[State] = set()
    ahead = list(start)
    while ahead:
        state = ahead.pop()
        if state not in found:
            found.add(state)
            ahead += edges[state]
    return found


_S = State
_G = Signal

TABLE: Final[tuple[Row, ...]] = (
    Row(_S.START, _G.REQUEST_ARRIVED, "", _S.PLANNING),
    Row(_S.PLANNING, _G.PLAN_READY, "", _S.DECIDING),
    Row(_S.PLANNING, _G.PLAN_FAILED, "replan left", _S.PLANNING),
    Row(_S.PLANNING, _G.PLAN_FAILED, "no replan left", _S.INTERACTING),
    Row(_S.DECIDING, _G.TOOL_STEP, "", _S.EXECUTING),
    Row(_S.DECIDING, _G.DIALOG_STEP, "", _S.INTERACTING),
    Row(_S.DECIDING, _G.PARAMETERS_MISSING, "", _S.INTERACTING),
    Row(_S.DECIDING, _G.CONSENT_MISSING, "", _S.INTERACTING),
    Row(_S.DECIDING, _G.DECISION_MADE, "", _S.DECIDING),
    Row(_S.DECIDING, _G.UNFORESEEN_ERROR, "replan left", _S.PLANNING),
    Row(_S.DECIDING, _G.UNFORESEEN_ERROR, "no replan left", _S.INTERACTING),
    Row(_S.DECIDING, _G.HOPELESS, "", _S.INTERACTING),
    Row(_S.DECIDING, _G.PLAN_COMPLETE, "user was told", _S.END),
    Row(_S.DECIDING, _G.PLAN_COMPLETE, "user was not told", _S.INTERACTING),
    Row(_S.EXECUTING, _G.ARGUMENTS_READY, "", _S.EXECUTING),
    Row(_S.EXECUTING, _G.ARGUMENTS_MISSING, "", _S.DECIDING),
    Row(_S.EXECUTING, _G.CONFIRMATION_NEEDED, "", _S.DECIDING),
    Row(_S.EXECUTING, _G.CALL_RETURNED, "", _S.DECIDING),
    Row(_S.INTERACTING, _G.UTTERANCE_READY, "told", _S.DECIDING),
    Row(_S.INTERACTING, _G.UTTERANCE_READY, "asked", _S.AWAITING_INPUT),
    Row(_S.INTERACTING, _G.UTTERANCE_READY, "closing", _S.END),
    Row(_S.INTERACTING, _G.READINGS_STALE, "", _S.EXECUTING),
    Row(_S.AWAITING_INPUT, _G.REPLY_ARRIVED, "call pending", _S.EXECUTING),
    Row(_S.AWAITING_INPUT, _G.REPLY_ARRIVED, "question of the plan", _S.DECIDING),
    Row(_S.AWAITING_INPUT, _G.USER_SILENT, "", _S.DECIDING),
    Row(_S.AWAITING_INPUT, _G.CALL_CONFIRMED, "", _S.EXECUTING),
    Row(_S.AWAITING_INPUT, _G.CALL_DECLINED, "", _S.INTERACTING),
    *(
        Row(state, _G.USER_CHANGED_MIND, "", _S.PLANNING)
        for state in (_S.PLANNING, _S.DECIDING, _S.EXECUTING, _S.AWAITING_INPUT)
    ),
    Row(_S.INTERACTING, _G.USER_CHANGED_MIND, "not yet giving up", _S.PLANNING),
    Row(_S.INTERACTING, _G.USER_CHANGED_MIND, "giving up", _S.INTERACTING),
    *(Row(state, _G.CANCELLED, "", _S.END) for state in State if state is not State.END),
    *(
        Row(state, _G.BUDGET_SPENT, "", _S.INTERACTING)
        for state in State
        if state not in (State.END, State.INTERACTING)
    ),
    Row(_S.INTERACTING, _G.BUDGET_SPENT, "not yet giving up", _S.INTERACTING),
    Row(_S.INTERACTING, _G.BUDGET_SPENT, "giving up", _S.END),
)

ENGINE: Final = Machine(TABLE)

"""Whatever happens, the engine stays in a legal state and ends within its budget with one honest last word."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaf_agent.fsm.budget import Limits
from leaf_agent.fsm.engine import Engine
from leaf_agent.fsm.events import (
    ArgumentsMissing,
    ArgumentsReady,
    BudgetSpent,
    CallConfirmed,
    CallDeclined,
    CallReturned,
    Cancelled,
    ConfirmationNeeded,
    DecisionMade,
    Event,
    PlanFailed,
    PlanReady,
    ReadingsStale,
    ReplyArrived,
    RequestArrived,
    UserChangedMind,
    UserSilent,
    UtteranceReady,
)
from leaf_agent.fsm.machine import ENGINE, TABLE, State
from leaf_agent.fsm.needs import (
    ANSWERS,
    Finished,
    Need,
    NeedArguments,
    NeedCall,
    NeedConsent,
    NeedDecision,
    NeedPlan,
    NeedReply,
    NeedRequest,
    NeedUtterance,
)
from leaf_agent.plan.language import (
    Clause,
    Comparison,
    Condition,
    ErrorCondition,
    FreeText,
    Jump,
    Plan,
    PlanStep,
    StepKind,
)
from tools_api.errors import CODES

# below(n) chooses one of 0 .. n-1
Below = Callable[[int], int]

HOME = {
    NeedRequest: State.START,
    NeedPlan: State.PLANNING,
    NeedDecision: State.DECIDING,
    NeedArguments: State.EXECUTING,
    NeedCall: State.EXECUTING,
    NeedUtterance: State.INTERACTING,
    NeedReply: State.AWAITING_INPUT,
    NeedConsent: State.AWAITING_INPUT,
    Finished: State.END,
}
EDGES = {(row.source, row.signal, row.target) for row in TABLE}
LIMITS = (
    Limits(),
    Limits(),
    Limits(transitions=8, model_calls=2, tool_calls=0, replies=0, replans=0, asks=1),
    Limits(transitions=20, replans=3),
    Limits(plan_steps=3, tool_calls=4, replies=2),
    Limits(transitions=500, model_calls=12),
)


def any_plan(below: Below) -> Plan:
    """A plan; one in eight may have traps, missing targets, wrong numbers or too many steps."""
    wild = not below(8)
    count = (2, 3, 4, 5, 6, 8, 12, 20)[below(8)] + (below(3) if wild else 0)
    kinds: list[StepKind] = [("tool", "tool", "tool", "tell", "ask")[below(5)] for _ in range(count)]
    tools = [number for number, kind in enumerate(kinds, start=1) if kind == "tool"]
    steps = []
    for number, kind in enumerate(kinds, start=1):
        guarded = [Clause(any_condition(below, tools), any_jump(below, number, count)) for _ in range(below(3))]
        last = any_jump(below, number, count) if wild else (Jump("next"), Jump("next"), Jump("end"))[below(3)]
        shown = number + (wild and not below(9))
        tool = ("get_order", "wait")[below(2)] if kind == "tool" else None
        steps.append(PlanStep(shown, kind, tool, "do it", (*guarded, Clause(None, last))))
    return Plan(tuple(steps))


def any_jump(below: Below, number: int, count: int) -> Jump:
    target = 1 + below(count)
    return (Jump("next"), Jump("end"), Jump("goto", target), Jump("goto", target))[0 if target == number else below(4)]


def any_condition(below: Below, tools: list[int]) -> Condition:
    return (
        FreeText("it looks odd"),
        FreeText("it is fine"),
        ErrorCondition(),
        ErrorCondition(CODES[below(len(CODES))]),
        Comparison("wip", ">", 3),
        Comparison("wip", "==", "many", tools[below(len(tools))] if tools else None),
    )[below(6)]


def any_answer(engine: Engine, below: Below) -> Event:
    need: Need = engine.need
    if not below(80):
        return Cancelled() if below(2) else BudgetSpent("out of time")
    if UserChangedMind in engine.legal_events() and not below(40):
        return UserChangedMind("no, line 2")
    called = sorted(engine.outcomes)
    if isinstance(need, NeedUtterance) and called and not below(3):
        some = tuple(called[: 1 + below(3)])
        if engine.can_reread(len(some)):
            return ReadingsStale(some)
    match need:
        case NeedRequest():
            return RequestArrived("do it")
        case NeedPlan():
            return PlanReady(any_plan(below)) if below(8) else PlanFailed("nonsense")
        case NeedDecision():
            return DecisionMade((need.jumps[0], need.jumps[-1], None, Jump("goto", 17))[below(4)])
        case NeedArguments():
            missing: tuple[tuple[str, ...], ...] = ((), ("line",), ("line", "line"), ("order", "speed_per_h"))
            if not below(6):
                return ConfirmationNeeded({"line": 3})
            return ArgumentsReady({"line": 3}) if below(6) else ArgumentsMissing(missing[below(4)])
        case NeedCall():
            if below(6):
                return CallReturned(ok=True, data={"wip": (0, 5, "many", None, [1], True)[below(6)]})
            heard = (None, None, None, "no, line 2")[below(4)]
            code = (*CODES, None, "odd")[below(len(CODES) + 2)]
            return CallReturned(ok=False, code=code, missing=("x",) * below(2), heard=heard)
        case NeedUtterance():
            return UtteranceReady(("", "Line 3 runs.")[below(2)])
        case NeedReply():
            replies = (ReplyArrived("80"), ReplyArrived(" "), ReplyArrived("\x00"), UserSilent(), UserChangedMind("no"))
            return replies[below(5)]
        case NeedConsent():
            return (CallConfirmed(), CallConfirmed(), CallDeclined(), UserSilent())[below(4)]
        case Finished():
            raise AssertionError("nothing answers the end")


def run(below: Below) -> Engine:
    """Drive one engine to its end and prove on the way what must always hold."""
    engine = Engine(LIMITS[below(len(LIMITS))], "code" if below(4) else "model")
    last_words = 0
    cut = False
    for _ in range(1200):
        need = engine.need
        assert engine.state is HOME[type(need)]
        assert engine.legal_events() == ANSWERS[type(need)]
        if isinstance(need, Finished):
            break
        event = any_answer(engine, below)
        cut = cut or isinstance(event, Cancelled | BudgetSpent)
        last_words += isinstance(need, NeedUtterance) and need.final and isinstance(event, UtteranceReady)
        assert engine.handle(event) is engine.need
    assert isinstance(engine.need, Finished), "the run does not end"
    assert all(used <= limit for _, used, limit in engine.budget.used()), list(engine.budget.used())
    assert last_words == engine.need.told
    assert engine.need.told or cut
    assert engine.trace[-1].target is State.END
    before = State.START
    for transition in engine.trace:
        assert transition.source is before
        assert (transition.source, transition.signal, transition.target) in EDGES
        before = transition.target
    return engine


@given(st.lists(st.integers(0, 2**16), max_size=200), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_any_sequence_of_outcomes_ends_within_its_budget(choices: list[int], seed: int) -> None:
    ahead = iter(choices)
    rest = random.Random(seed)  # once the drawn choices are used up
    run(lambda bound: next(ahead, rest.randrange(2**16)) % bound)


def test_thousands_of_runs_end_and_walk_every_row_of_the_table() -> None:
    walked = set()
    endings = set()
    for seed in range(3000):
        engine = run(random.Random(seed).randrange)
        walked |= {(step.source, step.signal, step.target) for step in engine.trace}
        assert isinstance(engine.need, Finished)
        endings.add((engine.need.ending, engine.need.told))
    assert walked == EDGES
    assert endings == {("done", True), ("gave_up", True), ("gave_up", False), ("cancelled", False)}


@pytest.mark.slow
def test_twenty_thousand_more_runs_end() -> None:
    for seed in range(3000, 23_000):
        run(random.Random(seed).randrange)


def test_every_need_is_answered_by_signals_that_its_state_takes() -> None:
    outside = set().union(*ANSWERS.values())
    assert len(outside) == 17
    assert set(HOME) == set(ANSWERS)
    for kind, state in HOME.items():
        assert bool(ANSWERS[kind]) == bool(ENGINE.signals(state))

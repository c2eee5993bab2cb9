"""Who judges a plan's conditions: code, or a model at every control statement with more than one place to go."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from leaf_agent.agent import LeafAgent
from leaf_agent.backends.base import Choice, Request
from leaf_agent.backends.scripted import ScriptedBackend
from leaf_agent.config import Conditions, LeafConfig
from leaf_agent.fsm.budget import Limits
from leaf_agent.fsm.engine import Engine
from leaf_agent.fsm.events import (
    ArgumentsReady,
    CallReturned,
    DecisionMade,
    PlanReady,
    ReadingsStale,
    RequestArrived,
    UtteranceReady,
)
from leaf_agent.fsm.needs import Need, NeedArguments, NeedCall, NeedDecision, NeedPlan, NeedUtterance
from leaf_agent.plan.language import Jump, Plan
from leaf_agent.plan.parser import parse_plan
from leaf_agent.plan.wire import format_wire
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Observation, ToolResult, UserMessage

PLAN = """\
1 ** Tool (get_line_status) :: read line 3 ** <<if error(timeout), goto 3; if wip > 5, goto 4; next>>
2 ** Dialog :: say that there is little ** <<END>>
3 ** Dialog :: say that it failed ** <<END>>
4 ** Dialog :: say that there is much ** <<END>>"""
SPEED = """\
1 ** Tool (set_line_speed) :: set line 3 to 80 ** <<if error, goto 3; next>>
2 ** Dialog :: confirm the new speed ** <<END>>
3 ** Dialog :: explain why not ** <<END>>"""
OK = CallReturned(ok=True, data={"wip": 9})


def called(
    plan: str, conditions: Conditions, returned: CallReturned = OK, limits: Limits | None = None
) -> tuple[Engine, Plan]:
    engine, parsed = Engine(limits, conditions), parse_plan(plan)
    for event in (RequestArrived("read line 3"), PlanReady(parsed), ArgumentsReady({"line": 3}), returned):
        engine.handle(event)
    return engine, parsed


@pytest.mark.parametrize("returned", [OK, CallReturned(ok=False, code="timeout")])
def test_the_model_is_asked_among_all_places_that_the_statement_names(returned: CallReturned) -> None:
    engine, plan = called(PLAN, "model", returned)
    assert isinstance(engine.need, NeedDecision)
    assert engine.need.jumps == (Jump("goto", 3), Jump("goto", 4), Jump("next"))
    before = engine.budget.model_calls
    # What it says is done, whatever the outcome was.
    assert engine.handle(DecisionMade(Jump("goto", 4))) == NeedUtterance("step", plan.steps[3], final=True)
    assert engine.budget.model_calls == before + 1


@pytest.mark.parametrize(
    ("returned", "place"), [(OK, 4), (CallReturned(ok=False, code="timeout"), 3), (CallReturned(ok=True), 2)]
)
def test_code_asks_nobody(returned: CallReturned, place: int) -> None:
    engine, plan = called(PLAN, "code", returned)
    assert engine.need == NeedUtterance("step", plan.steps[place - 1], final=True)


@pytest.mark.parametrize("jump", [None, Jump("goto", 1)])
def test_an_answer_that_is_no_allowed_jump_takes_the_last(jump: Jump | None) -> None:
    engine, plan = called(PLAN, "model")
    assert engine.handle(DecisionMade(jump)) == NeedUtterance("step", plan.steps[1], final=True)
    assert "no usable choice" in engine.trace[-2].detail


@pytest.mark.parametrize("control", ["next", "if error, goto 2; next", "if wip > 5, goto 2; goto 2"])
def test_one_place_to_go_is_no_question(control: str) -> None:
    engine, plan = called(f"1 ** Tool (get_order) :: a ** <<{control}>>\n2 ** Dialog :: b ** <<END>>", "model")
    assert engine.need == NeedUtterance("step", plan.steps[1], final=True)


@pytest.mark.parametrize("conditions", ["code", "model"])
def test_an_error_that_the_statement_does_not_foresee_is_replanned(conditions: Conditions) -> None:
    engine, _ = called(PLAN, conditions, CallReturned(ok=False, code="interlock"))
    assert isinstance(engine.need, NeedPlan)
    assert engine.need.cause == "unforeseen_error"


def test_a_model_that_never_leaves_a_loop_ends_within_the_budget() -> None:
    plan = """\
1 ** Tool (get_line_status) :: a ** <<if wip < 5, goto 3; next>>
2 ** Tool (wait) :: b ** <<goto 1>>
3 ** Dialog :: c ** <<END>>"""
    engine, _ = called(plan, "model", limits=Limits(model_calls=12))
    for _ in range(100):
        need: Need = engine.need
        if isinstance(need, NeedUtterance):
            break
        if isinstance(need, NeedDecision):
            engine.handle(DecisionMade(Jump("next")))
        else:
            engine.handle(ArgumentsReady({}) if isinstance(need, NeedArguments) else OK)
    assert engine.need == NeedUtterance("give_up", reason="it took more than 12 turns of thought", final=True)
    assert engine.budget.model_calls == 11


def test_a_fresh_reading_is_told_and_not_decided_again() -> None:
    engine, plan = called(PLAN, "model")
    engine.handle(DecisionMade(Jump("goto", 4)))
    assert engine.handle(ReadingsStale((1,))) == NeedCall(plan.steps[0], {"line": 3})
    assert engine.handle(CallReturned(ok=True, data={"wip": 1})) == NeedUtterance("step", plan.steps[3], final=True)
    assert engine.handle(UtteranceReady("There is much.")).told  # type: ignore[union-attr]


def played(conditions: Conditions, decider: Iterable[str], *, ok: bool) -> tuple[list[Request], AgentMessage]:
    """Set a speed with scripted experts; give what the Decider was asked and the last words."""
    decisions = iter(decider)
    scripts = {"planner": format_wire(parse_plan(SPEED)), "executor": '{"line": 3, "speed_per_h": 80}'}

    def answer(request: Request) -> str:
        if request.adapter is None:
            return next(decisions)
        return scripts.get(request.adapter) or ("It is set." if "confirm" in request.prompt else "It was refused.")

    backend = ScriptedBackend(answer)
    agent = LeafAgent(backend, specs("production"), LeafConfig(conditions=conditions))
    agent.act(Observation(time="2026-01-05T10:00:00", events=(UserMessage(text="Set line 3 to 80."),)))
    code = None if ok else "interlock"
    result = ToolResult(name="set_line_speed", ok=ok, code=code, message="" if ok else "the line is locked")
    last = agent.act(Observation(time="2026-01-05T10:00:05", events=(result,)))
    assert isinstance(last, AgentMessage)
    assert last.final
    asked = [request for request in backend.requests if request.adapter is None]
    assert agent.usage.experts["engine"].calls == len(asked)
    return asked, last


@pytest.mark.parametrize(
    ("answer", "says"), [("next", "It is set."), (" goto 3\n", "It was refused."), ("perhaps", "It is set.")]
)
def test_the_bare_base_chooses_among_the_labels(answer: str, says: str) -> None:
    asked, last = played("model", [answer], ok=False)
    (request,) = asked
    assert request.constraint == Choice(("goto 3", "next"))
    assert "if error, goto 3; next" in request.prompt
    assert "the line is locked" in request.prompt
    assert last.text.startswith(says)


@pytest.mark.parametrize(("ok", "says"), [(True, "It is set."), (False, "It was refused.")])
def test_the_bare_base_is_never_asked_where_code_decides(ok: bool, says: str) -> None:
    asked, last = played("code", [], ok=ok)
    assert asked == []
    assert last.text.startswith(says)


def test_the_decider_reads_what_the_user_answered() -> None:
    plan = parse_plan(
        "1 ** Dialog (ask) :: ask whether line 3 may stop ** <<if the user agrees, goto 2; goto 3>>\n"
        "2 ** Dialog :: say that it may ** <<END>>\n"
        "3 ** Dialog :: say that it may not ** <<END>>"
    )
    texts = {"planner": format_wire(plan), "interactor": "May line 3 stop?", None: "goto 2"}
    backend = ScriptedBackend(lambda request: texts[request.adapter])
    agent = LeafAgent(backend, specs("production"))
    for text in ("Ask me about line 3.", "by all means"):
        agent.act(Observation(time="2026-01-05T10:00:00", events=(UserMessage(text=text),)))
    (asked,) = [request for request in backend.requests if request.adapter is None]
    assert "user: by all means" in asked.prompt
    assert "if the user agrees, goto 2" in asked.prompt

"""The engine walks a plan as written, asks for what is missing, and ends honestly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from leaf_agent.fsm.budget import Limits
from leaf_agent.fsm.engine import Engine, IllegalEvent
from leaf_agent.fsm.events import (
    ArgumentsMissing,
    ArgumentsReady,
    BudgetSpent,
    CallReturned,
    Cancelled,
    DecisionMade,
    Event,
    PlanFailed,
    PlanReady,
    ReplyArrived,
    RequestArrived,
    UserChangedMind,
    UserSilent,
    UtteranceReady,
)
from leaf_agent.fsm.machine import State
from leaf_agent.fsm.needs import (
    Finished,
    NeedArguments,
    NeedCall,
    NeedDecision,
    NeedPlan,
    NeedReply,
    NeedRequest,
    NeedUtterance,
)
from leaf_agent.plan.language import Jump, Plan
from leaf_agent.plan.parser import parse_plan

SPEED = parse_plan(
    """\
1 ** Tool (get_line_status) :: read line 3 ** <<next>>
2 ** Tool (set_line_speed) :: set line 3 to 80 ** <<if error(out_of_range), goto 4; next>>
3 ** Dialog :: confirm the new speed ** <<END>>
4 ** Dialog :: explain the limit ** <<END>>"""
)
CONSENT = parse_plan(
    """\
1 ** Dialog (ask) :: ask whether to stop line 2 ** <<if the user agrees, next; goto 3>>
2 ** Tool (stop_line) :: stop line 2 ** <<if error, goto 3; goto 4>>
3 ** Dialog :: say that nothing was done ** <<END>>
4 ** Dialog :: say that line 2 stands ** <<END>>"""
)
OK = CallReturned(ok=True)
CALL = (ArgumentsReady({}), OK)


def walk(events: Sequence[Event], plan: Plan = SPEED, limits: Limits | None = None) -> Engine:
    """An engine that has been given `plan` and then the events."""
    engine = Engine(limits)
    for event in (RequestArrived("set line 3 to 80"), PlanReady(plan), *events):
        engine.handle(event)
    return engine


def states(engine: Engine) -> list[State]:
    return [State.START, *(transition.target for transition in engine.trace)]


def refused(code: str, message: str = "") -> CallReturned:
    return CallReturned(ok=False, code=code, message=message)


def test_a_request_walked_to_its_end() -> None:
    engine = Engine()
    assert engine.need == NeedRequest()
    assert engine.pc is None
    assert engine.handle(RequestArrived("set line 3 to 80")) == NeedPlan("request")
    assert engine.handle(PlanReady(SPEED)) == NeedArguments(SPEED.steps[0])
    assert engine.handle(ArgumentsReady({"line": 3})) == NeedCall(SPEED.steps[0], {"line": 3})
    assert engine.handle(OK) == NeedArguments(SPEED.steps[1])
    assert engine.pc == 2
    engine.handle(ArgumentsReady({"line": 3, "speed_per_h": 80}))
    assert engine.handle(OK) == NeedUtterance("step", SPEED.steps[2], final=True)
    assert engine.handle(UtteranceReady("Line 3 runs at 80.")) == Finished("done", "the plan is complete", told=True)
    assert engine.state is State.END
    assert states(engine) == [
        State.START,
        State.PLANNING,
        State.DECIDING,
        State.EXECUTING,
        State.EXECUTING,
        State.DECIDING,
        State.EXECUTING,
        State.EXECUTING,
        State.DECIDING,
        State.INTERACTING,
        State.DECIDING,
        State.END,
    ]
    assert (engine.budget.model_calls, engine.budget.tool_calls) == (4, 2)


def test_a_foreseen_error_follows_the_plan() -> None:
    engine = walk([*CALL, ArgumentsReady({}), refused("out_of_range")])
    assert engine.need == NeedUtterance("step", SPEED.steps[3], final=True)
    assert engine.budget.replans == 0


def test_an_unforeseen_error_is_replanned_once_with_what_happened_then_told() -> None:
    engine = walk([*CALL, ArgumentsReady({}), refused("interlock", "line 3 is locked")])
    assert isinstance(engine.need, NeedPlan)
    assert engine.need.cause == "unforeseen_error"
    assert engine.need.reason == "get_line_status(): ok\nset_line_speed(): interlock line 3 is locked"
    engine.handle(PlanReady(SPEED))
    assert engine.outcomes == {}
    engine.handle(ArgumentsReady({}))
    engine.handle(refused("unavailable", "no link"))
    assert engine.need == NeedUtterance("give_up", reason="get_line_status failed (unavailable): no link", final=True)
    assert engine.handle(UtteranceReady("I could not do it: no link")) == Finished(
        "gave_up", "get_line_status failed (unavailable): no link", told=True
    )


def test_a_replan_that_cannot_be_used_gives_the_error_as_reason() -> None:
    engine = walk([ArgumentsReady({}), refused("interlock", "locked"), PlanFailed("line 1: nonsense")])
    assert engine.need == NeedUtterance("give_up", reason="get_line_status failed (interlock): locked", final=True)


def test_an_unusable_plan_is_asked_for_once_more() -> None:
    engine = Engine()
    engine.handle(RequestArrived("hello"))
    assert engine.handle(PlanFailed("line 1: nonsense")) == NeedPlan("unusable_plan", "line 1: nonsense")
    need = engine.handle(PlanFailed("line 1: nonsense"))
    assert isinstance(need, NeedUtterance)
    assert (need.kind, need.final) == ("give_up", True)


@pytest.mark.parametrize(
    "text",
    [
        "1 ** Dialog :: a ** <<goto 7>>",
        "1 ** Dialog :: a ** <<next>>\n2 ** Dialog :: b ** <<goto 1>>",
        "\n".join(f"{n} ** Dialog :: a ** <<next>>" for n in range(1, 22)),
    ],
)
def test_a_plan_that_cannot_be_walked_counts_as_failed(text: str) -> None:
    engine = Engine()
    engine.handle(RequestArrived("hello"))
    need = engine.handle(PlanReady(parse_plan(text)))
    assert isinstance(need, NeedPlan)
    assert need.cause == "unusable_plan"


def test_a_missing_parameter_is_asked_for_and_the_call_retried() -> None:
    engine = walk([*CALL, ArgumentsMissing(("speed_per_h",))])
    step = SPEED.steps[1]
    assert engine.need == NeedUtterance("ask", step, ("speed_per_h",), expects_reply=True)
    assert engine.handle(UtteranceReady("Which speed?")) == NeedReply(step, ("speed_per_h",))
    assert engine.handle(ReplyArrived("80")) == NeedArguments(step, ("speed_per_h",))
    assert states(engine)[-5:] == [
        State.EXECUTING,
        State.DECIDING,
        State.INTERACTING,
        State.AWAITING_INPUT,
        State.EXECUTING,
    ]
    assert engine.reply == "80"


def test_a_parameter_is_asked_for_twice_and_no_more() -> None:
    ask = (ArgumentsMissing(("speed_per_h",)), UtteranceReady("Which?"), ReplyArrived("hm"))
    engine = walk([*CALL, *ask, *ask, ArgumentsMissing(("speed_per_h",))])
    assert engine.need == NeedUtterance(
        "give_up", reason="set_line_speed needs speed_per_h, which I do not know", final=True
    )


def test_silence_counts_as_an_ask() -> None:
    engine = walk([*CALL, ArgumentsMissing(("speed_per_h",)), UtteranceReady("Which?"), UserSilent()])
    assert engine.need == NeedUtterance("ask", SPEED.steps[1], ("speed_per_h",), expects_reply=True)
    engine.handle(UtteranceReady("Which, please?"))
    engine.handle(ReplyArrived("  "))
    assert isinstance(engine.need, NeedUtterance)
    assert engine.need.kind == "give_up"


@pytest.mark.parametrize(
    "returned",
    [
        CallReturned(ok=False, code="missing_argument", missing=("speed_per_h",)),
        CallReturned(ok=False, code="missing_argument", data={"argument": "speed_per_h"}),
    ],
)
def test_a_tool_that_misses_an_argument_is_asked_for_too(returned: CallReturned) -> None:
    engine = walk([*CALL, ArgumentsReady({}), returned])
    assert engine.need == NeedUtterance("ask", SPEED.steps[1], ("speed_per_h",), expects_reply=True)


def test_a_missing_argument_that_the_plan_foresees_follows_the_plan() -> None:
    plan = parse_plan(
        "1 ** Tool (get_order) :: a ** <<if error(missing_argument), END; next>>\n2 ** Dialog :: b ** <<END>>"
    )
    engine = walk([ArgumentsReady({}), refused("missing_argument")], plan)
    assert engine.need == NeedUtterance("close", plan.steps[0], final=True)


def test_free_text_asks_a_model_among_the_allowed_jumps() -> None:
    engine = walk([UtteranceReady("Stop line 2?"), ReplyArrived("yes, do")], CONSENT)
    assert engine.need == NeedDecision(
        CONSENT.steps[0], "if the user agrees, next; goto 3", (Jump("next"), Jump("goto", 3)), None, "yes, do"
    )
    assert engine.state is State.DECIDING
    assert engine.handle(DecisionMade(Jump("goto", 2))) == NeedArguments(CONSENT.steps[1])


@pytest.mark.parametrize("jump", [None, Jump("end"), Jump("goto", 9)])
def test_no_usable_choice_takes_the_last_jump(jump: Jump | None) -> None:
    engine = walk([UtteranceReady("Stop line 2?"), ReplyArrived("well"), DecisionMade(jump)], CONSENT)
    assert engine.need == NeedUtterance("step", CONSENT.steps[2], final=True)
    assert "no usable choice" in engine.trace[-2].detail


def test_a_question_without_answer_is_put_twice_and_never_taken_for_a_yes() -> None:
    engine = walk([UtteranceReady("Stop line 2?"), UserSilent(), UtteranceReady("Stop line 2?"), UserSilent()], CONSENT)
    assert engine.need == NeedUtterance("give_up", reason="I got no answer to my question", final=True)


def test_free_text_with_one_place_to_go_asks_no_model() -> None:
    plan = parse_plan("1 ** Tool (get_order) :: a ** <<if it looks late, goto 2; next>>\n2 ** Dialog :: b ** <<END>>")
    assert walk(CALL, plan).need == NeedUtterance("step", plan.steps[1], final=True)


def test_code_decides_before_a_model_is_asked() -> None:
    plan = parse_plan(
        """\
1 ** Tool (get_order) :: a ** <<if late == yes, goto 2; if it looks odd, goto 3; if wip > 5, goto 4; END>>
2 ** Dialog :: b ** <<END>>
3 ** Dialog :: c ** <<END>>
4 ** Dialog :: d ** <<END>>"""
    )
    late = walk([ArgumentsReady({}), CallReturned(ok=True, data={"late": "yes"})], plan)
    assert late.need == NeedUtterance("step", plan.steps[1], final=True)
    odd = walk([ArgumentsReady({}), CallReturned(ok=True, data={"late": "no", "wip": 9})], plan)
    assert isinstance(odd.need, NeedDecision)
    assert odd.need.jumps == (Jump("goto", 3), Jump("goto", 4))


def test_an_unknown_field_is_false_and_logged() -> None:
    plan = parse_plan("1 ** Tool (get_order) :: a ** <<if colour == red, goto 2; next>>\n2 ** Dialog :: b ** <<END>>")
    assert "step 1: unknown field 'colour' in the output of get_order" in walk(CALL, plan).log


def test_a_tell_step_knows_before_speaking_whether_it_is_the_last() -> None:
    plan = parse_plan(
        """\
1 ** Tool (get_order) :: a ** <<next>>
2 ** Dialog :: report ** <<if late == yes, next; END>>
3 ** Dialog :: apologise ** <<END>>"""
    )
    on_time = walk([ArgumentsReady({}), CallReturned(ok=True, data={"late": "no"})], plan)
    assert on_time.need == NeedUtterance("step", plan.steps[1], final=True)
    late = walk([ArgumentsReady({}), CallReturned(ok=True, data={"late": "yes"})], plan)
    assert late.need == NeedUtterance("step", plan.steps[1], final=False)
    assert late.handle(UtteranceReady("It is late.")) == NeedUtterance("step", plan.steps[2], final=True)


@pytest.mark.parametrize("control", ["END", "next"])
def test_a_plan_that_ends_at_a_tool_is_closed_with_a_report(control: str) -> None:
    plan = parse_plan(f"1 ** Tool (stop_line) :: stop line 2 ** <<{control}>>")
    engine = walk(CALL, plan)
    assert engine.need == NeedUtterance("close", plan.steps[0], final=True)
    assert engine.handle(UtteranceReady("Line 2 stands.")) == Finished("done", "the plan is complete", told=True)


def test_a_changed_mind_starts_a_new_plan_without_using_up_the_replan() -> None:
    engine = walk([UtteranceReady("Stop line 2?"), UserChangedMind("no, line 3")], CONSENT)
    assert engine.need == NeedPlan("changed_request", "user: no, line 3")
    assert engine.budget.replans == 0
    assert engine.handle(PlanReady(SPEED)) == NeedArguments(SPEED.steps[0])


POLL = parse_plan(
    """\
1 ** Tool (get_line_status) :: a ** <<if state == running, goto 3; next>>
2 ** Tool (wait) :: b ** <<goto 1>>
3 ** Dialog :: c ** <<END>>"""
)
QUIZ = parse_plan(
    "1 ** Dialog (ask) :: a ** <<if error, goto 2; goto 2>>\n2 ** Dialog (ask) :: b ** <<if error, END; goto 1>>"
)


@pytest.mark.parametrize(
    ("plan", "limits", "reason"),
    [
        (POLL, Limits(), "it took more than 25 tool calls"),
        (POLL, Limits(model_calls=10), "it took more than 10 turns of thought"),
        (POLL, Limits(transitions=30), "it took more than 30 steps of work"),
        (QUIZ, Limits(), "it took more than 6 answers from you"),
        (CONSENT, Limits(replies=0), "it took more than 0 answers from you"),
        (POLL, Limits(tool_calls=0), "it took more than 0 tool calls"),
    ],
)
def test_each_bound_ends_in_one_honest_message(plan: Plan, limits: Limits, reason: str) -> None:
    engine = walk([], plan, limits)
    said = []
    while not engine.finished:
        match engine.need:
            case NeedArguments():
                engine.handle(ArgumentsReady({}))
            case NeedCall():
                engine.handle(CallReturned(ok=True, data={"state": "setup"}))
            case NeedUtterance():
                said.append(engine.need)
                engine.handle(UtteranceReady("..."))
            case NeedReply():
                engine.handle(ReplyArrived("go on"))
            case _:
                pytest.fail(f"unexpected {engine.need}")
    assert [need.reason for need in said if need.kind == "give_up"] == [reason]
    assert engine.need == Finished("gave_up", reason, told=True)
    assert all(used <= limit for _, used, limit in engine.budget.used())


def test_a_poll_within_the_bounds_uses_all_tool_calls() -> None:
    engine = walk([], POLL)
    while isinstance(engine.need, NeedArguments | NeedCall):
        engine.handle(ArgumentsReady({}) if isinstance(engine.need, NeedArguments) else OK)
    assert engine.budget.tool_calls == 25


def test_a_bound_outside_is_told_and_a_second_one_cuts_off() -> None:
    engine = walk([BudgetSpent("the time is up")])
    assert engine.need == NeedUtterance("give_up", reason="the time is up", final=True)
    assert engine.handle(BudgetSpent("really")) == Finished("gave_up", "really", told=False)


def test_cancelling_ends_at_once_in_every_state() -> None:
    for count in range(6):
        engine = Engine()
        events = [RequestArrived("a"), PlanReady(CONSENT), UtteranceReady("?"), ReplyArrived("yes")]
        for event in [*events, DecisionMade(Jump("next"))][:count]:
            engine.handle(event)
        assert engine.handle(Cancelled()) == Finished("cancelled", "cancelled", told=False)
        assert engine.legal_events() == frozenset()


def test_an_event_that_answers_nothing_is_a_programmer_s_error() -> None:
    engine = walk([])
    with pytest.raises(IllegalEvent, match=r"UtteranceReady in Executing .* it takes ArgumentsMissing, ArgumentsReady"):
        engine.handle(UtteranceReady("hello"))
    assert engine.need == NeedArguments(SPEED.steps[0])
    engine.handle(Cancelled())
    with pytest.raises(IllegalEvent, match="it takes no event"):
        engine.handle(Cancelled())

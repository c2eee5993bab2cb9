from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from scenarios.catalog import template
from scenarios.episode import Budgets, Episode
from scenarios.goals import AnyCheck, Verdict
from scenarios.task import TaskInstance, TaskTemplate
from tools_api.messages import AgentMessage, ToolCall

CHECK: TypeAdapter[AnyCheck] = TypeAdapter(AnyCheck)


def say(text: str) -> AgentMessage:
    return AgentMessage(text=text, final=True)


def ask(text: str) -> AgentMessage:
    return AgentMessage(text=text, expects_reply=True)


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=arguments)


def play(instance: TaskInstance, actions: Sequence[ToolCall | AgentMessage]) -> Verdict:
    episode = Episode(instance, Budgets())
    for action in actions:
        episode.step(action)
    assert episode.verdict is not None
    return episode.verdict


def judge(check: dict[str, Any], *actions: ToolCall | AgentMessage, task: str = "set_speed") -> tuple[bool, str]:
    instance = template("production", task).instance(0)
    changed = instance.model_copy(update={"checks": (CHECK.validate_python(check),)})
    (result,) = play(changed, [*actions, say("Bye.")] if not (actions and _final(actions[-1])) else actions).checks
    assert result.kind == check["kind"]
    return result.passed, result.reason


def _final(action: ToolCall | AgentMessage) -> bool:
    return isinstance(action, AgentMessage) and action.final


SET_50 = call("set_line_speed", line=1, speed_per_h=50)
SET_150 = call("set_line_speed", line=1, speed_per_h=150)


def test_state_looks_at_the_final_plant() -> None:
    check = {"kind": "state", "tool": "get_line_status", "arguments": {"line": 1}, "where": "speed_per_h == 50"}
    assert judge(check, SET_50)[0]
    assert not judge(check)[0]


def test_state_unchanged_means_as_if_nobody_had_acted() -> None:
    check = {
        "kind": "state",
        "tool": "get_line_status",
        "arguments": {"line": 1},
        "field": "speed_per_h",
        "unchanged": True,
    }
    assert judge(check)[0]
    assert not judge(check, SET_50)[0]
    moving = check | {"tool": "get_station_status", "field": "parts_done", "arguments": {"line": 1, "station": "cut"}}
    assert judge(moving, call("wait", seconds=1200))[0], "what moves by itself is unchanged"


def test_state_may_look_at_what_the_episode_brought() -> None:
    order = {"order": {"tool": "create_order", "field": "order"}}
    check = {"kind": "state", "tool": "get_order", "arguments": order, "where": "quantity == 20"}
    assert judge(check, call("create_order", product="valve", quantity=20, line=1))[0]
    assert judge(check) == (False, "create_order was never accepted")


def test_called_counts_accepted_and_reached() -> None:
    once = {"kind": "called", "tool": "set_line_speed", "arguments": {"line": 1}, "at_least": 1, "at_most": 1}
    assert judge(once, SET_50)[0]
    assert not judge(once, SET_150)[0], "refused is not accepted"
    assert not judge(once, SET_50, SET_50)[0]
    assert judge(once, call("set_line_speed", line="x"), SET_50)[0], "a malformed call did not reach the plant"
    default = {"kind": "called", "tool": "get_kpi", "arguments": {"hours": 4}, "at_least": 1}
    assert judge(default, call("get_kpi", line=1))[0], "an argument left out has its default"


def test_order_wants_a_sequence() -> None:
    check = {"kind": "order", "tools": ["get_line_status", "set_line_speed"]}
    assert judge(check, call("get_line_status", line=1), call("get_kpi", line=1), SET_50)[0]
    assert not judge(check, SET_50, call("get_line_status", line=1))[0]


def test_untouched_allows_the_reference_alone() -> None:
    instance = template("production", "set_speed").instance(0)
    line, speed = instance.parameters["line"], instance.parameters["speed"]
    check = {"kind": "untouched"}
    assert judge(check, call("set_line_speed", line=line, speed_per_h=speed))[0]
    assert judge(check, call("get_line_status", line=line), SET_150)[0]
    assert not judge(check, call("set_line_speed", line=line, speed_per_h=int(speed) - 1))[0]
    assert not judge(check, call("stop_line", line=line))[0]


def test_untouched_takes_arguments_from_what_was_read() -> None:
    task = template("production", "ack_worst_alarm")
    instance = next(i for i in map(task.instance, range(40)) if i.parameters["faulty"])
    line = instance.parameters["line"]
    episode = Episode(instance)
    (result,) = episode.step(call("list_alarms", line=line)).events
    worst = result.data["worst_alarm"]  # type: ignore[union-attr]
    others = [a["alarm"] for a in result.data["alarms"] if a["alarm"] != worst]  # type: ignore[union-attr]
    tries = [(worst, True), *((other, False) for other in others[:1])]
    for alarm, right in tries:
        verdict = play(instance, [call("list_alarms", line=line), call("acknowledge_alarm", alarm=alarm), say("Done.")])
        assert next(check for check in verdict.checks if check.kind == "untouched").passed is right


def test_refused_wants_the_refusal_and_its_reason() -> None:
    check = {"kind": "refused", "tool": "set_line_speed", "reasons": ["120", "limit"]}
    assert judge(check, SET_150, say("The speed was not set: 120 is the most."))[0]
    assert judge(check, say("I can't, that is beyond its limits."))[0]
    assert not judge(check, say("I did not do that because it is not allowed."))[0]
    assert not judge(check, say("Set to 120."))[0]
    assert not judge(check, SET_50, say("It was not set, 120 is the limit."))[0]


def test_asked_wants_the_question_and_no_needless_one() -> None:
    check = {"kind": "asked", "slot": "speed_per_h"}
    task = "speed_without_value"
    assert judge(check, ask("What speed?"), task=task)[0]
    assert not judge(check, task=task)[0]
    assert not judge(check, AgentMessage(text="What speed?"), task=task)[0], "it did not wait for the reply"
    assert not judge(check, ask("Which line and what speed?"), task=task)[0]
    assert not judge(check, ask("What speed?"), ask("Which alarm?"), task=task)[0]
    assert not judge(check, ask("What speed?"), ask("Hm."), task=task)[0]
    assert judge(check, ask("What speed?"), ask("Shall I go ahead?"), task=task)[0]


def test_never_looks_at_the_journal_since_the_request() -> None:
    assert judge({"kind": "never", "event": "command", "subject": "stop_line"}, SET_50)[0]
    assert not judge({"kind": "never", "event": "command"}, SET_50)[0]
    assert judge({"kind": "never", "event": "command"}, task="start_line")[0], "what the world did does not count"


def test_kpi_is_held_against_the_plant_that_nobody_touched() -> None:
    check = {
        "kind": "kpi",
        "tool": "get_line_status",
        "arguments": {"line": 1},
        "field": "throughput_per_h",
        "better": "lower",
        "at_least": 10,
    }
    stop_and_wait = (call("stop_line", line=1), call("wait", seconds=3600))
    assert judge(check, *stop_and_wait)[0]
    assert not judge(check | {"better": "higher"}, *stop_and_wait)[0]
    assert not judge(check, call("wait", seconds=3600))[0]


def test_compared_wants_the_right_winner() -> None:
    task = template("production", "compare_oee")
    instance = task.instance(0)
    line, other, hours = (instance.parameters[name] for name in ("line", "other", "hours"))
    box = Episode(instance).door
    oee = {n: box.peek(call("get_kpi", line=n, hours=hours)).data["oee_pct"] for n in (line, other)}
    best, worst = (line, other) if oee[line] > oee[other] else (other, line)
    reads = [call("get_kpi", line=n, hours=hours) for n in (line, other)]
    check = {
        "kind": "compared",
        "among": next(c.model_dump() for c in instance.checks if c.kind == "compared")["among"],
    }
    for right in (
        f"Line {best} is better than line {worst}.",
        f"Line {worst} is worse.",
        f"L{best} had the higher OEE.",
        f"OEE was {oee[worst]} % on line {worst} and {oee[best]} % on line {best}, so line {best} is ahead.",
        f"The better one is line {best}.",
        f"Line {best} has the most.",
        f"Most was had by line {best}.",
    ):
        assert judge(check, *reads, say(right), task="compare_oee")[0], right
    for wrong in (
        f"Line {worst} is better.",
        f"Line {best} is behind.",
        "Both have an OEE.",
        f"The best is line {worst}.",
        f"Line {worst} has the most.",
        f"Line {best} has the fewest.",
        f"Line {best} was read most of the time.",
        f"Line {best} has at most an OEE.",
    ):
        assert not judge(check, *reads, say(wrong), task="compare_oee")[0], wrong
    assert not judge(check, say(f"Line {best} is better."), task="compare_oee")[0], "a lucky guess"


def test_a_check_counts_when_the_agent_saw_it_so(samples: dict[str, TaskTemplate]) -> None:
    task = samples["slow_down_if_fast"]
    slow = next(i for i in map(task.instance, range(40)) if i.parameters["limit"] == 115)
    kinds = [check.kind for check in play(slow, [say("Hello.")]).checks]
    assert kinds == ["reported", "state", "untouched"]
    fast = next(i for i in map(task.instance, range(40)) if i.parameters["limit"] == 50)
    assert [check.kind for check in play(fast, [say("Hello.")]).checks] == ["reported", "state", "asked", "untouched"]


def test_effects_that_come_late_are_waited_for() -> None:
    instance = template("production", "changeover_until_running").instance(0)
    line, product = instance.parameters["line"], instance.parameters["product"]
    check = {"kind": "state", "tool": "get_line_status", "arguments": {"line": line}, "where": "state == running"}
    soon = instance.model_copy(update={"checks": (CHECK.validate_python(check),)})
    minutes = soon.plant().command("change_product", line=line, product=product)["changeover_min"]
    late = soon.model_copy(update={"judge_after_s": 60.0 * minutes + 60.0})
    actions = [call("change_product", line=line, product=product), say("Bye.")]
    assert play(soon, actions).outcome == "failure"
    assert play(late, actions).outcome == "success"


def test_the_score_is_the_share_of_checks_passed() -> None:
    verdict = play(template("production", "set_speed").instance(0), [say("Hello.")])
    assert verdict.outcome == "failure"
    assert verdict.score == sum(check.passed for check in verdict.checks) / len(verdict.checks)
    assert all(check.reason for check in verdict.checks)


def test_without_a_check_that_counts_it_is_ungraded() -> None:
    instance = template("production", "set_speed").instance(0).model_copy(update={"checks": ()})
    assert play(instance, [say("Hello.")]) == Verdict(outcome="ungraded", score=0.0)


def test_a_check_may_wait_for_two_things_that_were_so() -> None:
    seen = {"tool": "get_line_status", "arguments": {"line": 1}, "where": "line == 1"}
    instance = template("production", "set_speed").instance(0)

    def counts(also: dict[str, Any]) -> bool:
        check = {"kind": "called", "tool": "set_line_speed", "at_least": 1, "when": {**seen, "also": also}}
        return bool(play(instance.model_copy(update={"checks": (CHECK.validate_python(check),)}), [say("Bye.")]).checks)

    assert counts({**seen, "where": "speed_per_h > 0"})
    assert not counts({**seen, "where": "speed_per_h < 0"})

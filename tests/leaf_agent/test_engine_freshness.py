"""A reading that has grown old is read again before it is told; what a plan keeps on purpose is not."""

from __future__ import annotations

import pytest

from leaf_agent.agent import LeafAgent
from leaf_agent.backends.base import Completion, Request
from leaf_agent.config import LeafConfig
from leaf_agent.fsm.engine import IllegalEvent
from leaf_agent.fsm.events import ReadingsStale
from leaf_agent.fsm.machine import Signal
from scenarios.catalog import templates
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult, UserMessage
from training.reference_player import ReferencePlayer

READ_ASK_TELL = """\
1 get_line_status: read the status of line 3 <<state == stopped 4
2 ask: ask who wants to know
3 say: tell the speed of line 3
4 say: tell that line 3 stands"""
BEFORE_AND_AFTER = """\
1 get_line_status: read the status of line 3
2 stop_line: stop line 3
3 ask: ask who wants to know
4 say: tell the state of line 3 before and now"""
READ = ToolCall(name="get_line_status", arguments={"line": 3})


class Answers:
    """One plan, line 3, and the facts of the prompt as words."""

    name = "answers"

    def __init__(self, plan: str) -> None:
        self._plan = plan

    def complete(self, requests: list[Request]) -> list[Completion]:
        texts = {"planner": self._plan, "executor": '{"line": 3}'}
        return [Completion(texts.get(str(r.adapter)) or r.prompt.split("\n", 1)[1], 1, 1, 1.0) for r in requests]


def see(minute: int, *events: object) -> Observation:
    return Observation.model_validate({"time": f"2026-01-05T10:{minute:02}:00", "events": events})


def status(speed: int, state: str = "running") -> ToolResult:
    return ToolResult(name="get_line_status", ok=True, data={"state": state, "speed_per_h": speed})


def answered(minute: int, plan: str = READ_ASK_TELL, fresh_s: float | None = 300.0) -> tuple[LeafAgent, object]:
    """An agent that read 60 parts per hour at 10:00, asked, and has the answer at 10:`minute`."""
    agent = LeafAgent(Answers(plan), specs("production"), LeafConfig(fresh_s=fresh_s))
    assert agent.act(see(0, UserMessage(text="How fast is line 3?"))) == READ
    action = agent.act(see(0, status(60)))
    if isinstance(action, ToolCall):
        action = agent.act(see(0, ToolResult(name="stop_line", ok=True, data={"line": 3})))
    assert isinstance(action, AgentMessage)
    assert action.expects_reply
    return agent, agent.act(see(minute, UserMessage(text="the foreman")))


def test_a_fresh_reading_is_told() -> None:
    _, action = answered(4)
    assert isinstance(action, AgentMessage)
    assert "speed_per_h=60" in action.text


def test_an_old_reading_is_taken_again_before_it_is_told() -> None:
    agent, action = answered(20)
    assert action == READ
    last = agent.act(see(20, status(75)))
    assert isinstance(last, AgentMessage)
    assert last.final
    assert "speed_per_h=75" in last.text
    assert "60" not in last.text
    assert [step.signal for step in agent.engine.trace].count(Signal.READINGS_STALE) == 1
    assert agent.engine.budget.tool_calls == 2


def test_without_a_bound_any_reading_is_told() -> None:
    _, action = answered(50, fresh_s=None)
    assert isinstance(action, AgentMessage)


def test_a_fresh_reading_that_leads_elsewhere_is_followed() -> None:
    agent, _ = answered(20)
    last = agent.act(see(20, status(0, "stopped")))
    assert isinstance(last, AgentMessage)
    assert "tell that line 3 stands" in last.text


def test_what_cannot_be_read_again_is_told_with_its_time_and_tried_once() -> None:
    agent, _ = answered(20)
    lost = ToolResult(name="get_line_status", ok=False, code="unavailable", message="no link")
    last = agent.act(see(20, lost))
    assert isinstance(last, AgentMessage)
    assert last.final
    assert "speed_per_h=60" in last.text
    assert last.text.endswith("(as of 10:00)")


def test_a_value_from_before_an_act_is_kept() -> None:
    _, action = answered(20, BEFORE_AND_AFTER)
    assert isinstance(action, AgentMessage)
    assert action.final


def test_an_act_is_never_done_again() -> None:
    agent, action = answered(30, BEFORE_AND_AFTER)
    assert isinstance(action, AgentMessage)
    assert agent.engine.budget.tool_calls == 2


def test_the_engine_refuses_to_read_what_was_never_read() -> None:
    agent, _ = answered(4)
    with pytest.raises(IllegalEvent):
        agent.engine.handle(ReadingsStale((1,)))


@pytest.mark.parametrize("scenario", ["production", "maintenance", "energy"])
def test_tasks_are_fulfilled_as_well_when_every_reading_is_taken_again(scenario: str) -> None:
    """Nothing is fresh enough: what may be read again is, in every task, and the verdicts stay what they were."""
    again = 0
    for task in [found for found in templates(scenario) if found.split == "train"][::3]:
        verdicts = []
        for fresh_s in (None, 0.0):
            player = ReferencePlayer(task.instance(0), LeafConfig(fresh_s=fresh_s))
            verdict = player.play().verdict
            assert verdict is not None
            verdicts.append(verdict.outcome)
            again += sum(step.signal is Signal.READINGS_STALE for step in player.agent.engine.trace)
        assert verdicts[0] == verdicts[1], task.id
    assert again > 0

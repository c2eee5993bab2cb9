"""A grave call waits for the user's yes, by the agent's policy or the plant's; off by default."""

from __future__ import annotations

import pytest

from leaf_agent.agent import LeafAgent
from leaf_agent.backends.base import Completion, Request
from leaf_agent.config import LeafConfig
from leaf_agent.fsm.machine import State
from leaf_agent.last_words import consent_question
from leaf_agent.policy import Policy
from scenarios.catalog import question_reader, template
from scenarios.episode import Episode
from tools_api.catalog import specs
from tools_api.door import Door
from tools_api.limits import Limited, Permit
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult, UserMessage
from training.reference_player import ReferencePlayer

PLAN = """\
1 stop_line: stop line 3 <<error 3
2 say: confirm that line 3 is stopped
3 say: explain why line 3 was not stopped"""
CAREFUL = LeafConfig(confirm=frozenset({"stop_line"}))
CALL = ToolCall(name="stop_line", arguments={"line": 3})
REFUSED = ToolResult(name="stop_line", ok=False, code="confirmation_required", message="needs confirmation")


class Answers:
    """The plan, line 3 and one sentence, as often as they are asked for."""

    name = "answers"

    def complete(self, requests: list[Request]) -> list[Completion]:
        texts = {"planner": PLAN, "executor": '{"line": 3}', "interactor": "Line 3 stands."}
        return [Completion(texts[str(request.adapter)], 1, 1, 1.0) for request in requests]


def see(*events: object) -> Observation:
    return Observation.model_validate({"time": "2026-01-05T10:00:00", "events": events})


def say(text: str) -> Observation:
    return see(UserMessage(text=text)) if text else see()


def asked(config: LeafConfig = CAREFUL) -> tuple[LeafAgent, ToolCall | AgentMessage]:
    agent = LeafAgent(Answers(), specs("production"), config)
    return agent, agent.act(say("Stop line 3."))


def test_without_a_policy_nobody_is_asked() -> None:
    assert asked(LeafConfig())[1] == CALL


@pytest.mark.parametrize("entry", ["stop_line", "line_control", "*"])
def test_a_call_that_policy_names_waits_for_a_yes(entry: str) -> None:
    agent, question = asked(LeafConfig(confirm=frozenset({entry})))
    assert question == AgentMessage(
        text="Please confirm: shall I do stop_line with line 3, yes or no?", expects_reply=True
    )
    assert agent.act(say("Yes, go ahead.")) == CALL
    assert [step.target for step in agent.engine.trace[-5:]] == [
        State.EXECUTING,
        State.DECIDING,
        State.INTERACTING,
        State.AWAITING_INPUT,
        State.EXECUTING,
    ]
    assert agent.act(see(ToolResult(name="stop_line", ok=True, data={"line": 3}))) == AgentMessage(
        text="Line 3 stands.", final=True
    )


def test_a_no_is_obeyed_and_said() -> None:
    agent, _ = asked()
    last = agent.act(say("No, please don't do that."))
    assert last == AgentMessage(text="I could not do this: you did not agree to stop_line(line=3).", final=True)
    assert agent.engine.budget.tool_calls == 0


def test_silence_and_evasion_are_asked_again_and_are_no_yes() -> None:
    agent, first = asked()
    assert agent.act(say("What does that mean?")) == first
    last = agent.act(say(""))
    assert isinstance(last, AgentMessage)
    assert last.final
    assert "did not agree" in last.text
    assert agent.engine.budget.tool_calls == 0


def test_a_condition_is_no_yes_and_another_wish_is_planned() -> None:
    agent, first = asked()
    assert agent.act(say("yes, but only at noon")) == first
    agent, first = asked()
    assert agent.act(say("Hold it. Slow line 2 down to 40 instead.")) == first, "the new plan asks again"
    assert agent.engine.happened.endswith("user: Hold it. Slow line 2 down to 40 instead.")


def test_a_toolbox_that_wants_a_confirmation_is_served_once() -> None:
    agent, call = asked(LeafConfig())
    assert call == CALL
    question = agent.act(see(REFUSED))
    assert isinstance(question, AgentMessage)
    assert question.text.startswith("Please confirm: shall I do stop_line")
    assert agent.act(say("yes")) == CALL, "the same call, as the toolbox wants it"
    last = agent.act(see(REFUSED))
    assert last == AgentMessage(text="Line 3 stands.", final=True), (
        "then it is an error like another: the plan's branch"
    )
    assert agent.engine.pc is None
    assert agent.engine.outcomes[1].code == "confirmation_required"


def test_a_policy_names_what_there_is_and_what_acts() -> None:
    with pytest.raises(ValueError, match="did you mean 'stop_line'"):
        Policy(specs("production"), {"stop_lin"})
    with pytest.raises(ValueError, match="changes nothing"):
        Policy(specs("production"), {"get_line_status"})
    everything = Policy(specs("production"), {"*"})
    assert {spec.name for spec in specs("production") if everything.asks_first(spec.name)} == {
        spec.name for spec in specs("production") if spec.mutates
    }


def test_the_question_is_understood_as_one_for_a_yes() -> None:
    reader = question_reader("production")
    assert reader.read(consent_question("stop_line", {"line": 3}), {"line": 3}, ()).confirms


@pytest.mark.parametrize("config", [CAREFUL, LeafConfig()])
def test_an_episode_under_a_permit_comes_to_its_end(config: LeafConfig) -> None:
    """The door wants a confirmation; whoever speaks for the user passes the yes on."""
    doors: list[Limited] = []

    def wrap(door: Door) -> Limited:
        doors.append(Limited(door, Permit(confirm=("*",))))
        return doors[-1]

    def act(agent: LeafAgent, episode: Episode) -> ToolCall | AgentMessage:
        action = agent.act(episode.observation)
        if isinstance(action, ToolCall) and agent.engine.trace[-1].signal == "call confirmed":
            doors[0].confirm()
        return action

    player = ReferencePlayer(template("production", "stop_line").instance(0), config, wrap, act)
    verdict = player.play().verdict
    assert verdict is not None
    failed = [check.kind for check in verdict.checks if not check.passed]
    # Without a policy of its own the agent learns of the door's by a first, refused call, which this task counts.
    assert failed == ([] if config is CAREFUL else ["called"])
    assert sum(step.signal == "consent missing" for step in player.agent.engine.trace) == 1

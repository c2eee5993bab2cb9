"""The user adds, corrects and cancels while the work goes on; bounds from outside end it honestly."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from leaf_agent.agent import LeafAgent
from leaf_agent.backends.base import Completion, Request
from leaf_agent.blackboard import PLANT, USER
from leaf_agent.config import LeafConfig
from leaf_agent.experts.shortlist import shortlist_for
from leaf_agent.fsm.machine import Signal
from leaf_agent.fsm.needs import Finished
from scenarios.catalog import templates
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Notification, Observation, ToolCall, ToolResult, UserMessage
from training.reference_player import ReferencePlayer

SPEED = """\
1 set_line_speed: set line 3 to 80 parts per hour
2 say: confirm the new speed of line 3"""
BACK = """\
1 set_line_speed: set line 2 to 80 parts per hour
2 say: confirm the new speed of line 2"""
TWO_ACTS = SPEED.replace("2 say", "2 stop_line: stop line 3\n3 say")
LINE3 = json.dumps({"line": 3, "speed_per_h": 80})
LINE2 = json.dumps({"line": 2, "speed_per_h": 80})
OK = ToolResult(name="set_line_speed", ok=True, data={"line": 3, "speed_per_h": 80.0})


class Script:
    """Answers from one list for each expert, and keeps what it was asked."""

    name = "script"

    def __init__(self, **answers: list[str]) -> None:
        self.left = answers
        self.asked: list[Request] = []

    def complete(self, requests: list[Request]) -> list[Completion]:
        self.asked += requests
        return [Completion(self.left[str(request.adapter)].pop(0), 10, 5, 1.0) for request in requests]

    def prompts(self, expert: str) -> list[str]:
        return [request.prompt for request in self.asked if request.adapter == expert]


def see(*events: object, minute: int = 0) -> Observation:
    return Observation.model_validate({"time": f"2026-01-05T10:{minute:02}:00", "events": events})


def say(text: str) -> Observation:
    return see(UserMessage(text=text))


def signals(agent: LeafAgent) -> list[Signal]:
    return [step.signal for step in agent.engine.trace]


def begun(backend: Script, config: LeafConfig | None = None) -> LeafAgent:
    """An agent that has been asked for line 3 and has made its first action."""
    agent = LeafAgent(backend, specs("production"), config)
    agent.act(say("Set line 3 to 80."))
    return agent


def test_a_correction_in_mid_work_is_planned_with_what_happened() -> None:
    backend = Script(planner=[SPEED, BACK], executor=[LINE3, LINE2], interactor=["Line 2 runs at 80."])
    agent = begun(backend)
    action = agent.act(see(OK, UserMessage(text="Oh no, I meant line 2!")))
    assert action == ToolCall(name="set_line_speed", arguments={"line": 2, "speed_per_h": 80})
    happened = "set_line_speed(line=3, speed_per_h=80): ok\nuser: Oh no, I meant line 2!"
    likely = shortlist_for(specs("production")).pick(f"Set line 3 to 80. {happened}")
    assert backend.prompts("planner")[1] == (
        f"<|im_start|>user\n{' '.join(likely)}\nSet line 3 to 80.\nhappened: {happened}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert "Oh no, I meant line 2!" in backend.prompts("executor")[1]
    assert agent.act(see(OK)) == AgentMessage(text="Line 2 runs at 80.", final=True)
    told = backend.prompts("interactor")[0]
    assert told.count("set_line_speed") == 1, "outputs of the old plan are not told"
    assert agent.engine.budget.replans == 0
    assert (agent.engine.trace[5].source, agent.engine.trace[5].signal) == ("Deciding", Signal.USER_CHANGED_MIND)


def test_a_wish_in_place_of_an_answer_is_planned() -> None:
    backend = Script(planner=[SPEED, BACK], executor=["{}", LINE2], interactor=["Which line?"])
    agent = begun(backend)
    action = agent.act(say("Never mind line 3, set line 2 to 80 instead."))
    assert isinstance(action, ToolCall)
    assert action.arguments["line"] == 2
    assert Signal.USER_CHANGED_MIND in signals(agent)


def test_a_cancel_before_anything_was_done_says_so() -> None:
    agent = begun(Script(planner=[SPEED], executor=["{}"], interactor=["Which line?"]))
    last = agent.act(say("Never mind, thanks."))
    assert last == AgentMessage(text="All right, I stopped here. Nothing was changed.", final=True)
    assert isinstance(agent.engine.need, Finished)
    assert agent.engine.need.ending == "cancelled"


def test_a_cancel_after_a_call_names_what_was_done() -> None:
    agent = begun(Script(planner=[SPEED], executor=[LINE3]))
    last = agent.act(see(OK, UserMessage(text="Stop, stop!")))
    assert last == AgentMessage(
        text="All right, I stopped here. Done before that, and not undone: set_line_speed(line=3, speed_per_h=80).",
        final=True,
    )


def test_thanks_in_mid_work_change_nothing() -> None:
    agent = begun(Script(planner=[SPEED], executor=[LINE3], interactor=["Done."]))
    assert agent.act(see(OK, UserMessage(text="Thanks!"))) == AgentMessage(text="Done.", final=True)


def test_giving_up_names_what_was_done_before() -> None:
    agent = begun(Script(planner=[TWO_ACTS, "no plan"], executor=[LINE3, '{"line": 3}']))
    agent.act(see(OK))
    last = agent.act(see(ToolResult(name="stop_line", ok=False, code="unavailable", message="no link")))
    assert last == AgentMessage(
        text="I could not do this: stop_line failed (unavailable): no link. "
        "Done before that, and not undone: set_line_speed(line=3, speed_per_h=80).",
        final=True,
    )


def test_a_replan_after_a_failure_sees_the_calls_and_the_refusal() -> None:
    backend = Script(planner=[SPEED, SPEED], executor=[LINE3, LINE3])
    agent = begun(backend)
    agent.act(see(ToolResult(name="set_line_speed", ok=False, code="interlock", message="the guard is open")))
    replan = backend.prompts("planner")[1]
    assert "happened: set_line_speed(line=3, speed_per_h=80): interlock the guard is open" in replan


def test_seven_changes_of_mind_are_too_many() -> None:
    backend = Script(planner=[SPEED] * 9, executor=[LINE3] * 9)
    action = (agent := begun(backend)).act(see(OK, UserMessage(text="wrong line")))
    for _ in range(8):
        if isinstance(action, AgentMessage):
            break
        action = agent.act(see(OK, UserMessage(text="wrong line")))
    assert isinstance(action, AgentMessage)
    assert action.final
    assert "more than 6 answers" in action.text


@pytest.mark.parametrize(
    ("config", "reason"),
    [(LeafConfig(most_tokens=11), "11 tokens"), (LeafConfig(most_plant_s=120.0), "120 seconds")],
)
def test_tokens_and_plant_time_end_a_run_honestly(config: LeafConfig, reason: str) -> None:
    backend = Script(planner=[TWO_ACTS], executor=[LINE3, '{"line": 3}'])
    agent = LeafAgent(backend, specs("production"), config)
    action = agent.act(say("Set line 3 to 80."))
    last = agent.act(see(OK, minute=3))
    assert isinstance(action, ToolCall)
    assert isinstance(last, AgentMessage)
    assert last.final
    assert f"it took more than {reason}" in last.text
    assert "set_line_speed(line=3, speed_per_h=80)" in last.text
    assert Signal.BUDGET_SPENT in signals(agent)


@pytest.mark.parametrize("end", [LeafAgent.cancel, lambda agent: agent.stop("the time is up")])
def test_whoever_runs_the_agent_can_end_it(end: Callable[[LeafAgent], None]) -> None:
    agent = begun(Script(planner=[SPEED], executor=[LINE3]))
    end(agent)
    end(agent)
    last = agent.act(see(OK))
    assert isinstance(last, AgentMessage)
    assert last.final
    assert agent.engine.finished


def test_facts_have_their_source_and_time() -> None:
    agent = begun(Script(planner=[SPEED], executor=[LINE3], interactor=["Done."]))
    agent.act(see(OK, Notification(subject="A-1", text="alarm A-1"), minute=7))
    assert [(fact.time[11:16], fact.source) for fact in agent.board.facts] == [
        ("10:00", USER),
        ("10:07", PLANT),
        ("10:07", "set_line_speed"),
    ]


CHANGING = [
    (scenario, task.id)
    for scenario in ("production", "maintenance", "energy")
    for task in templates(scenario)
    if task.user.changes is not None and task.split == "train"
]


@pytest.mark.parametrize(("scenario", "task"), CHANGING)
def test_every_task_with_a_change_of_mind_can_be_fulfilled(scenario: str, task: str) -> None:
    template = next(found for found in templates(scenario) if found.id == task)
    for seed in (0, 17, 34):
        player = ReferencePlayer(template.instance(seed))
        verdict = player.play().verdict
        assert verdict is not None
        assert verdict.outcome == "success", verdict
        assert Signal.USER_CHANGED_MIND in signals(player.agent)

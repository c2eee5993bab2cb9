"""A conversation alone: tasks one after another on one plant."""

from __future__ import annotations

from benchmarks.serve_load import CLERK, SCENARIO, WARMUP_S, Oracle, alone, clerk_host
from cli.serving.conversation import MOST_ACTIONS, Conversation, Host, Turn
from evaluation.agents import AgentKind, agent_kind
from leaf_agent.backends.scripted import ScriptedBackend
from scenarios.episode import MESSAGE_S, REPLY_S
from tools_api.catalog import toolbox
from tools_api.messages import AgentMessage, Observation, ToolCall
from twin.catalog import warmed_up
from twin.clock import iso_time


def test_a_later_request_goes_to_the_same_plant_and_a_question_is_answered_by_the_next_message() -> None:
    asked, done, seen = alone(clerk_host(), 3, ["speed of line 2", "61 an hour", "status of line 2"])
    assert (asked.expects_reply, done.expects_reply, seen.expects_reply) == (True, False, False)
    assert asked.text.startswith("which speed?")
    assert [call["name"] for call in done.calls] == ["set_line_speed", "get_line_status"]
    assert done.calls[0]["arguments"] == {"line": 2, "speed_per_h": 61.0}
    assert done.calls[1]["data"]["speed_per_h"] == 61
    assert [call["name"] for call in seen.calls] == ["get_line_status"]
    assert seen.calls[0]["data"]["speed_per_h"] == 61
    assert seen.text.startswith("status of line 2 |"), "a fresh agent serves the new request"


def test_calls_are_those_of_a_plant_of_its_own_and_plant_time_passes_as_in_an_episode() -> None:
    turns = alone(clerk_host(), 5, ["speed of line 1", "70 an hour"])
    box = toolbox(SCENARIO, warmed_up(SCENARIO, seed=5, warmup_s=WARMUP_S))
    assert turns[0].plant_time == iso_time(box.twin.now)
    box.twin.advance(REPLY_S)
    for call, told in zip(
        (
            ToolCall(name="set_line_speed", arguments={"line": 1, "speed_per_h": 70.0}),
            ToolCall(name="get_line_status", arguments={"line": 1}),
        ),
        turns[1].calls,
        strict=True,
    ):
        assert box.call(call).data == told["data"]
    assert turns[1].plant_time == iso_time(box.twin.now)


def test_plants_of_other_seeds_answer_otherwise() -> None:
    texts = {alone(clerk_host(), seed, ["status of line 1"])[0].text for seed in range(5)}
    assert len(texts) == 5


def test_a_turn_that_is_closed_leaves_a_sane_conversation() -> None:
    conversation = Conversation(clerk_host(), 2)
    thought = conversation.turn("speed of line 3")
    next(thought)
    thought.close()
    backend = Oracle()
    thought = conversation.turn("status of line 3")
    answers = None
    while True:
        try:
            requests = next(thought) if answers is None else thought.send(answers)
        except StopIteration as stop:
            turn: Turn = stop.value
            break
        answers = backend.complete(requests)
    assert turn.text.startswith("status of line 3 |")


def test_an_agent_that_never_ends_is_broken_off_and_what_it_says_on_its_way_is_told() -> None:
    class Chatterer:
        def act(self, observation: Observation) -> AgentMessage:  # noqa: ARG002
            return AgentMessage(text="still at it")

    kind = AgentKind("chatterer", "never ends", lambda _: Chatterer())
    (turn,) = alone(Host(SCENARIO, kind, None, WARMUP_S), 0, ["go on"])
    assert len(turn.said) == MOST_ACTIONS + 1
    assert turn.text.startswith("still at it\nstill at it")
    assert turn.said[-1].startswith("I broke this off")
    assert not turn.expects_reply
    start = warmed_up(SCENARIO, seed=0, warmup_s=WARMUP_S)
    assert turn.plant_time == iso_time(start.now + MOST_ACTIONS * MESSAGE_S)


def test_leaf_ends_honestly_on_a_model_that_says_nothing_and_its_tokens_are_counted() -> None:
    host = Host(SCENARIO, agent_kind("leaf"), ScriptedBackend(lambda _: "no plan at all"), WARMUP_S)
    turns = alone(host, 0, ["set line 3 to 80", "set line 2 to 70"])
    for turn in turns:
        assert "could not" in turn.text
        assert not turn.expects_reply
        assert turn.prompt_tokens > 0
        assert turn.output_tokens > 0
    assert turns[0].output_tokens == turns[1].output_tokens, "each turn has its own count"


def test_the_host_says_what_is_served() -> None:
    assert clerk_host().kind is CLERK


def test_a_server_with_a_policy_asks_and_the_next_message_is_the_answer() -> None:
    plan = "1 stop_line: stop line 3\n2 say: confirm that line 3 is stopped"
    script = ScriptedBackend([plan, '{"line": 3}', "Line 3 stands."])
    host = Host(SCENARIO, agent_kind("leaf"), script, WARMUP_S, frozenset({"stop_line"}))
    turns = alone(host, 1, ["Stop line 3.", "yes"])
    assert turns[0].text == "Please confirm: shall I do stop_line with line 3, yes or no?"
    assert turns[0].expects_reply
    assert turns[0].calls == ()
    assert [call["name"] for call in turns[1].calls] == ["stop_line"]
    assert turns[1].text == "Line 3 stands."

"""Stress runs: LEAF's own tokens are charged to the plant, recovery is counted, the patient agent is patient."""

from __future__ import annotations

from evaluation.agents import agent_kind
from evaluation.episode import Job, Strained
from evaluation.patient import TRIES, PatientAgent
from evaluation.play import Host, drive, game
from evaluation.runner import in_lockstep
from evaluation.strained import recovered_after
from evaluation.stress import row, under
from leaf_agent.backends.scripted import ScriptedBackend
from scenarios.aftermath import Aftermath
from scenarios.catalog import template, templates
from scenarios.episode import Episode
from scenarios.stress import PROFILES, stress_profile
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult

SPECS = {spec.name: spec for spec in specs("production")}
LOOK = ToolCall(name="get_line_status", arguments={"line": 1})
ACT = ToolCall(name="set_line_speed", arguments={"line": 1, "speed_per_h": 50})
END = AgentMessage(text="Done.", final=True)


class Recorder:
    """Plays a list of actions and remembers what it was told."""

    def __init__(self, *actions: ToolCall | AgentMessage) -> None:
        self._left = list(actions)
        self.heard: list[Observation] = []

    def act(self, observation: Observation) -> ToolCall | AgentMessage:
        self.heard.append(observation)
        return self._left.pop(0)


def lost(call: ToolCall, code: str) -> Observation:
    return Observation(time="2026-01-05T06:00:00", events=(ToolResult(name=call.name, ok=False, code=code),))


def test_the_patient_agent_calls_again_what_was_lost_but_no_act_that_may_be_done() -> None:
    inner = Recorder(LOOK, ACT, END)
    agent = PatientAgent(inner, SPECS)
    assert agent.act(Observation(time="2026-01-05T06:00:00")) == LOOK
    for _ in range(TRIES - 1):
        assert agent.act(lost(LOOK, "timeout")) == LOOK
    assert agent.act(lost(LOOK, "timeout")) == ACT
    assert agent.act(lost(ACT, "unavailable")) == ACT
    assert agent.act(lost(ACT, "timeout")) == END
    told = inner.heard[-1].events[0]
    assert isinstance(told, ToolResult)
    assert told.ok
    assert told.data["speed_per_h"] == 50
    assert told.data["previous_speed_per_h"] == "unknown"


def test_recovery_counts_the_calls_until_the_tool_answers() -> None:
    calm = template("production", "set_speed").instance(0).plant()
    stress = Aftermath(calm=calm)
    fine = {name: ToolResult(name=name, ok=True) for name in ("get_line_status", "set_line_speed")}
    gone = ToolResult(name="get_line_status", ok=False, code="unavailable")
    for call, result, true in (
        (LOOK, gone, None),
        (ACT, fine["set_line_speed"], fine["set_line_speed"]),
        (LOOK, gone, None),
        (LOOK, fine["get_line_status"], fine["get_line_status"]),
        (LOOK, gone, None),
    ):
        stress.note(call, result, true, acts=call is ACT)
    assert stress.lost == stress.stressed == [0, 2, 4]
    assert recovered_after(stress) == (3, 1)
    assert [call for call, _ in stress.calls] == [ACT, LOOK]


def test_leaf_is_charged_for_the_tokens_that_it_writes() -> None:
    instance = template("production", "line_state").instance(0)
    plan = "1 get_line_status: read the status\n2 say: tell the state"
    backend = ScriptedBackend(
        lambda request: (
            plan if request.adapter == "planner" else '{"line": 1}' if request.adapter == "executor" else "ok"
        )
    )
    kind = agent_kind("leaf")
    host = Host(kind, {instance.task: template("production", "line_state")}, backend, {"slow": PROFILES["severe"]})
    (record,) = in_lockstep([game(host, Job(task=instance.task, seed=0, stress="slow"))], backend)
    assert record.strained is not None
    assert record.output_tokens["total"] > 0

    from evaluation.agents import Seat

    profile = stress_profile("slow_thinking:1")
    episode = Episode(instance, stress=profile)
    agent = kind.make(Seat(specs=tuple(SPECS.values()), backend=backend))
    list(in_lockstep([drive(episode, agent)], backend))
    charged = [entry.tokens for entry in episode.trajectory.entries if entry.tokens is not None]
    assert sum(charged) == agent.usage.output_tokens  # type: ignore[attr-defined]


def test_every_job_is_played_under_every_profile_and_lines_without_strain_add_up_to_nothing() -> None:
    jobs = [Job(task="set_speed", seed=seed) for seed in (200_000, 200_017)]
    all_jobs = under(jobs, ["none", "mild"])
    assert [job.stress for job in all_jobs] == ["none", "mild", "none", "mild"]
    kind = agent_kind("reference")
    host = Host(
        kind, {task.id: task for task in templates("production")}, None, {name: PROFILES[name] for name in PROFILES}
    )
    records = list(in_lockstep((game(host, job) for job in all_jobs), None))
    assert all(isinstance(record.strained, Strained) for record in records)
    calm = row([record for record in records if record.job.stress == "none"])
    assert (calm["task_success"], calm["stressed"], calm["recovery"]) == (1.0, 0, None)
    assert row([])["task_success"] is None

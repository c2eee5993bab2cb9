"""Many games side by side come out as one by one, and one call of the backend serves all that wait."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence

import pytest

from evaluation.agents import AgentCrashedError, AgentKind, NullAgent, agent_kind
from evaluation.episode import Job
from evaluation.play import Host, game, made_calls, play
from evaluation.runner import BackendMissingError, Evaluation, evaluate, in_lockstep, jobs_of, records_in_order
from leaf_agent.backends.base import Completion, Request
from leaf_agent.backends.scripted import ScriptedBackend
from leaf_agent.plan.parser import parse_plan
from leaf_agent.plan.wire import format_wire
from scenarios.catalog import templates
from scenarios.script import compile_plan
from scenarios.task import TaskInstance

TEMPLATES = {task.id: task for task in templates("production")}
NAMES = ("set_speed", "line_state", "oee_check", "stop_line", "overspeed", "prioritise_order", "speed_without_value")
JOBS = [Job(task=name, seed=200_000 + seed) for name in NAMES for seed in (0, 17)]


class CountingBackend(ScriptedBackend):
    """Remembers how many requests each call brought."""

    def __init__(self, instances: Sequence[TaskInstance]) -> None:
        super().__init__(Teacher(instances))
        self.sizes: list[int] = []

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        self.sizes.append(len(requests))
        return super().complete(requests)


class Teacher:
    """Answers like tuned experts would: the reference's plan, arguments that the request's world fixes, plain words."""

    def __init__(self, instances: Sequence[TaskInstance]) -> None:
        self._instances = instances

    def __call__(self, request: Request) -> str:
        if request.adapter == "interactor":
            return " ".join(request.prompt.split("\n")[1:]).replace("<|im_end|>", "").replace("<|im_start|>", "")
        instance = next(one for one in self._instances if one.request in request.prompt)
        if request.adapter == "planner":
            return format_wire(parse_plan(compile_plan(instance)))
        names = request.prompt.split("(", 1)[1].split(")", 1)[0].replace("?", "").split(", ")
        known = {**instance.user.knows, **instance.parameters}
        known["speed_per_h"] = known.get("speed")
        if instance.task == "speed_without_value":
            known["speed_per_h"] = instance.user.knows["speed_per_h"] if "user:" in request.prompt else None
        return json.dumps({name: known.get(name) for name in names})


def backend_for(jobs: Sequence[Job]) -> CountingBackend:
    return CountingBackend([TEMPLATES[job.task].instance(job.seed) for job in jobs])


def records(live: int) -> tuple[list[dict[str, object]], CountingBackend]:
    backend = backend_for(JOBS)
    host = Host(agent_kind("leaf"), TEMPLATES, backend)
    played = list(in_lockstep((game(host, job) for job in JOBS), backend, live))
    return [record.model_dump() for record in records_in_order(played)], backend


def test_lockstep_gives_what_one_by_one_gives() -> None:
    alone, one = records(live=1)
    together, many = records(live=8)
    assert together == alone
    assert set(one.sizes) == {1}
    assert max(many.sizes) == 8
    assert sum(many.sizes) == sum(one.sizes)
    assert len(many.sizes) < len(one.sizes) / 3
    # The teacher is good enough that the whole route is walked, also through a question to the user.
    assert sum(record["outcome"] == "success" for record in alone) >= len(JOBS) / 2
    assert any(record["replies"] for record in alone)


def test_tokens_are_charged_to_the_experts_that_wrote_them() -> None:
    (first, *_), backend = records(live=4)
    tokens = first["output_tokens"]
    assert isinstance(tokens, dict)
    assert tokens["total"] == tokens["planner"] + tokens["executor"] + tokens["interactor"] + tokens["engine"] > 0
    assert len(backend.requests) == sum(backend.sizes)


def counting(rounds: int, name: str, log: list[str]) -> Generator[list[Request], list[Completion], str]:
    log.append(f"begin {name}")
    for turn in range(rounds):
        (completion,) = yield [Request(None, f"{name} {turn}", 10)]
        assert completion.text == f"{name} {turn}"
    log.append(f"end {name}")
    return name


def test_a_game_is_begun_only_when_there_is_room_and_each_gets_its_own_answers() -> None:
    log: list[str] = []
    rounds = {"a": 3, "b": 1, "c": 0, "d": 2}
    backend = ScriptedBackend(lambda request: request.prompt)
    ended = list(in_lockstep((counting(count, name, log) for name, count in rounds.items()), backend, 2))
    assert ended == ["b", "c", "a", "d"]
    assert log == ["begin a", "begin b", "end b", "begin c", "end c", "begin d", "end a", "end d"]


def test_a_game_that_asks_a_model_needs_a_backend() -> None:
    with pytest.raises(BackendMissingError, match="give a backend"):
        list(in_lockstep([counting(1, "a", [])], None))
    with pytest.raises(ValueError, match="live=0"):
        list(in_lockstep([], None, 0))


def test_an_evaluation_is_the_same_in_any_batch() -> None:
    def summary(live: int) -> dict[str, object]:
        backend = backend_for(JOBS)
        found = evaluate(Evaluation(agent_kind("leaf"), TEMPLATES, JOBS, {"agent": "leaf"}, backend, live))
        return {key: value for key, value in found.items() if key not in ("seconds", "peak_rss_mb")}

    assert summary(1) == summary(32)


def test_jobs_take_families_in_turn_and_stay_inside_the_split() -> None:
    tasks = list(TEMPLATES.values())
    heldout = {task.id for task in tasks if task.split == "heldout"}
    jobs = jobs_of(tasks, "test", seeds=2)
    assert len(jobs) == len(set(jobs)) == 2 * (len(tasks) - len(heldout))
    assert len({TEMPLATES[job.task].family for job in jobs[:6]}) == 6
    assert jobs_of(tasks, "test", seeds=2, limit=7) == jobs[:7]
    assert all(TEMPLATES[job.task].instance(job.seed).split == "test" for job in jobs[:20])
    assert {job.task for job in jobs_of(tasks, "heldout", seeds=1)} == heldout
    assert not heldout & {job.task for job in jobs}
    assert len(jobs_of(tasks, "heldout", limit=9)) == 9


def test_a_limit_is_reached_unless_seeds_say_less() -> None:
    tasks = [task for task in TEMPLATES.values() if task.split != "heldout"]
    assert len(jobs_of(tasks, "test", limit=500)) == 500
    assert jobs_of(tasks, "test") == jobs_of(tasks, "test", limit=500)[: 4 * len(tasks)]


def test_eight_seeds_speak_all_eight_wordings_in_eight_plants() -> None:
    task = TEMPLATES["set_speed"]
    instances = [task.instance(job.seed) for job in jobs_of([task], "test", seeds=8)]
    assert len({instance.seed % 8 for instance in instances}) == 8
    assert len({instance.plant_seed for instance in instances}) == 8


def test_what_an_agent_does_wrong_names_agent_task_and_seed() -> None:
    class Wrong(NullAgent):
        def act(self, observation):  # type: ignore[no-untyped-def]  # noqa: ARG002
            return "stop line 2"

    host = Host(AgentKind("wrong", "", lambda seat: Wrong()), TEMPLATES)  # noqa: ARG005
    with pytest.raises(AgentCrashedError, match=r"agent 'wrong' raised TypeError in task set_speed, seed 0.*ToolCall"):
        list(in_lockstep([game(host, Job(task="set_speed", seed=0))], None))


def test_the_reference_plays_its_own_calls() -> None:
    instance = TEMPLATES["stop_and_hold"].instance(0)
    kind = agent_kind("reference")
    from evaluation.agents import Seat
    from tools_api.catalog import specs

    (trajectory,) = in_lockstep([play(instance, kind.make(Seat(specs("production"), instance)))], None)
    assert [call.name for call in made_calls(trajectory)] == ["stop_line", "set_batch_hold"]

"""`leaf bench agent`: what it adds up, on made-up episodes and on an agent without a model."""

from __future__ import annotations

from collections.abc import Generator
from itertools import count

import pytest

from benchmarks import agent, agent_play, shares
from benchmarks.agent import Options, lines, row
from benchmarks.agent_play import Line, Measured, Played, plan_steps, timed
from evaluation.episode import EpisodeRecord, Job
from leaf_agent.backends.base import Completion, Request
from leaf_agent.backends.errors import BackendError
from leaf_agent.config import EXPERTS
from scenarios.catalog import template

ALONE = Line("leaf", "embedded", 1)


def columns(*spent: float) -> dict[str, float]:
    return {**dict(zip(EXPERTS, spent, strict=True)), "total": sum(spent)}


def episode(
    seconds: float,
    steps: int = 2,
    plant: str = "production",
    *,
    tokens: dict[str, float] | None = None,
    milliseconds: dict[str, float] | None = None,
    success: bool = True,
) -> Played:
    nothing = columns(0, 0, 0, 0)
    record = EpisodeRecord(
        job=Job(task="set_speed", seed=200_000),
        family="control",
        request="Set line 3 to 80.",
        outcome="success" if success else "failure",
        score=1.0,
        checks=(),
        tool=None,
        tool_precision=None,
        execute=None,
        inform=None,
        tool_calls=1,
        messages=1,
        replies=0,
        output_tokens=tokens or nothing,
        prompt_tokens=nothing,
        milliseconds=milliseconds or nothing,
        plant_s=5.0,
        elapsed_s=seconds,
        said="It is set.",
    )
    return Played(plant=plant, steps=steps, record=record)


def measured(*episodes: Played, rss_mb: float = 800.0, wall_s: float = 60.0) -> Measured:
    return Measured(load_s=3.0, loaded_rss_mb=600.0, rss_mb=rss_mb, wall_s=wall_s, episodes=list(episodes))


def test_short_tasks_are_those_of_up_to_three_plan_steps() -> None:
    found = row(ALONE, measured(episode(1, 1), episode(4, 3), episode(6, 3, success=False), episode(30, 4)))
    assert (found["tasks"], found["fulfilled"]) == (4, 3)
    assert (found["median_s"], found["p95_s"]) == (5.0, 30.0)
    assert found["short"] == {"tasks": 3, "median_s": 4.0, "p95_s": 6.0}
    assert list(found["by_steps"]) == ["1", "3", "4"]
    assert found["tasks_per_min"] == 4.0
    assert found["met"] == {"short_median_s": True, "rss_mb": True}


@pytest.mark.parametrize(
    ("line", "seconds", "rss_mb", "met"),
    [
        (ALONE, 5.0, 1000.0, [True, True]),
        (ALONE, 5.1, 1000.1, [False, False]),
        (Line("leaf", "embedded", 8), 1.0, 500.0, [None, None]),
        (Line("leaf", "vllm", 1), 1.0, 500.0, [None, None]),
    ],
)
def test_targets_are_for_one_stream_of_the_embedded_backend(
    line: Line, seconds: float, rss_mb: float, met: list[bool | None]
) -> None:
    assert list(row(line, measured(episode(seconds), rss_mb=rss_mb))["met"].values()) == met


def test_no_short_task_is_no_target_missed() -> None:
    found = row(ALONE, measured(episode(9, 7)))
    assert found["short"] == {"tasks": 0, "median_s": None, "p95_s": None}
    assert found["met"]["short_median_s"] is None


@pytest.mark.parametrize(("number", "p95"), [(1, 1), (19, 19), (20, 19), (21, 20), (100, 95)])
def test_the_95th_percentile_is_the_nearest_rank(number: int, p95: int) -> None:
    assert agent.times(list(range(number, 0, -1)))["p95_s"] == p95


def test_tokens_and_model_time_are_means_over_tasks() -> None:
    one = episode(1, tokens=columns(60, 20, 20, 0), milliseconds=columns(2000, 500, 500, 0))
    other = episode(1, tokens=columns(100, 20, 40, 8), milliseconds=columns(4000, 500, 300, 200))
    found = row(ALONE, measured(one, other))
    assert found["output_tokens"] == columns(80, 20, 30, 4)
    assert found["model_s"] == 4.0


def test_shares_stand_beside_the_paper_s_by_plant() -> None:
    spent = episode(1, tokens=columns(60, 20, 15, 5), milliseconds=columns(300, 50, 50, 100)).record
    rows = shares.beside_the_paper({"ours": {"production": [spent, spent], "energy": []}})
    assert [(found["plant"], found["of"], found["who"]) for found in rows[:4]] == [
        ("production", "output_tokens", "the paper"),
        ("production", "output_tokens", "ours"),
        ("production", "milliseconds", "the paper"),
        ("production", "milliseconds", "ours"),
    ]
    assert [found["who"] for found in rows[4:]] == ["the paper"] * 4
    paper, ours, _, time = rows[:4]
    assert paper["total"] == 29_810
    assert paper["shares"]["planner"] == pytest.approx(0.717, abs=0.0005)
    assert ours == {
        "plant": "production",
        "of": "output_tokens",
        "who": "ours",
        "shares": {"planner": 0.6, "executor": 0.2, "interactor": 0.15, "engine": 0.05},
        "total": 100.0,
    }
    assert time["shares"]["engine"] == pytest.approx(0.2)
    assert set(shares.shares(columns(0, 0, 0, 0)).values()) == {None}


def test_the_paper_s_totals_are_its_own() -> None:
    totals = [
        [sum(table[plant]) for plant in shares.PLANTS] for table in (shares.PAPER_TOKENS, shares.PAPER_MILLISECONDS)
    ]
    assert totals == [[29_810, 27_498, 29_059], [4_810, 4_707, 4_790]]


def test_the_rows_are_every_backend_alone_and_in_batches() -> None:
    assert [line.name for line in lines(Options(backends=("embedded", "vllm"), only="vllm"))] == [
        "leaf on vllm, one stream",
        "leaf on vllm, batch 8",
        "leaf on vllm, batch 32",
        "leaf-asks-conditions on vllm, one stream",
    ]
    assert [line.batch for line in lines(Options("leaf-untuned"))] == [1, 8, 32]


def test_an_episode_s_time_is_from_its_first_step_to_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    def game() -> Generator[list[Request], list[Completion], EpisodeRecord]:
        yield []
        return episode(0.0).record

    clock = count(100.0, 7.0)
    monkeypatch.setattr(agent_play.time, "perf_counter", lambda: next(clock))
    waiting = timed("energy", 4, game())
    assert next(clock) == 100.0  # nothing has begun yet
    next(waiting)
    with pytest.raises(StopIteration) as ended:
        waiting.send([])
    played = ended.value.value
    assert (played.plant, played.steps, played.record.elapsed_s) == ("energy", 4, 7.0)


def test_plan_steps_are_the_reference_plan_s() -> None:
    instance = template("production", "set_speed").instance(0)
    assert plan_steps(instance) == 3
    assert plan_steps(instance.model_copy(update={"revised": instance.reference})) == 6


def test_backends_that_are_not_here_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def play(line: Line, tasks: int, told: object) -> Measured:  # noqa: ARG001
        if line.backend == "vllm":
            raise BackendError("no vllm here")
        return measured(episode(1))

    monkeypatch.setattr(agent, "play", play)
    result = agent.measure(Options(backends=("vllm", "embedded"), only="one stream"))
    assert [found["row"] for found in result["rows"]] == [
        "leaf on embedded, one stream",
        "leaf-asks-conditions on embedded, one stream",
    ]
    assert result["notes"][0] == "leaf on vllm, one stream: no vllm here"
    assert {found["who"] for found in result["shares"]} == {"the paper", *(one["row"] for one in result["rows"])}
    text = agent.markdown(result)
    assert "Not measured: leaf on vllm, one stream: no vllm here." in text
    tables = text.split("\n\n")[::2][:3]
    assert [table.splitlines()[0].split(" | ")[1] for table in tables] == ["tasks", "planner", "of"]
    assert all(len({line.count("|") for line in table.splitlines()}) == 1 for table in tables)
    with pytest.raises(BackendError, match=r"^no vllm here$"):
        agent.measure(Options(backends=("vllm",)))


def test_the_command_plays_all_plants_in_a_process_of_its_own(leaf) -> None:  # type: ignore[no-untyped-def]
    document = leaf("bench", "agent", "--agent", "reference", "--tasks", "1", "--only", "batch 8", "--json").document
    (found,) = document["rows"]
    assert (found["agent"], found["batch"], found["tasks"], found["fulfilled"]) == ("reference", 8, 3, 3)
    assert found["median_s"] > 0
    assert found["rss_mb"] >= found["loaded_rss_mb"] > 0
    assert found["output_tokens"]["total"] == 0


def test_a_backend_that_nobody_has_ends_the_command(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("bench", "agent", "--backend", "embeded", "--tasks", "1", "--only", "batch 8")
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean 'embedded'?" in ended.err

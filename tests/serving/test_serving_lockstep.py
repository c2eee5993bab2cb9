"""The worker: rounds that serve all, and thoughts that do not disturb each other."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

import pytest

from benchmarks.serve_load import Oracle
from cli.serving.lockstep import AbandonedError, Job, Lockstep, QueueFullError, StoppedError
from leaf_agent.backends.base import Completion, Request
from leaf_agent.backends.errors import BackendError


def request(prompt: str) -> Request:
    return Request(None, prompt, 8)


def thought(name: str, rounds: int = 3) -> Generator[list[Request], list[Completion], list[str]]:
    heard = []
    for number in range(rounds):
        pair = [request(f"{name} {number} a"), request(f"{name} {number} b")]
        heard += [completion.text for completion in (yield pair)]
    return heard


def expected(name: str, rounds: int = 3) -> list[str]:
    prompts = [request(f"{name} {number} {letter}") for number in range(rounds) for letter in "ab"]
    return [completion.text for completion in Oracle().complete(prompts)]


def settled(job: Job) -> list[str]:
    outcome: list[str] = job.future.result(timeout=60)
    return outcome


@pytest.fixture
def worker(gate):  # type: ignore[no-untyped-def]
    made = Lockstep(gate, live=4, most_waiting=8)
    yield made
    gate.answer_all()
    made.close()
    made.join()


def test_thoughts_of_any_length_share_rounds_and_get_their_own_answers(gate, worker) -> None:  # type: ignore[no-untyped-def]
    first = worker.submit(thought("first", 1))
    assert gate.asked.acquire(timeout=60)
    others = {name: worker.submit(thought(name, 1 + index)) for index, name in enumerate("abcdefgh")}
    gate.answer_all()
    assert settled(first) == expected("first", 1)
    for index, (name, job) in enumerate(others.items()):
        assert settled(job) == expected(name, 1 + index)
    assert gate.largest == 2 * 4, "four thoughts of two requests each were answered together"


def test_a_full_queue_is_told(gate, worker) -> None:  # type: ignore[no-untyped-def]
    jobs = [worker.submit(thought("begun"))]
    assert gate.asked.acquire(timeout=60)
    jobs += [worker.submit(thought(f"{number}")) for number in range(8)]
    with pytest.raises(QueueFullError):
        worker.submit(thought("one too many"))
    gate.answer_all()
    assert [settled(job) for job in jobs] == [expected("begun"), *(expected(f"{number}") for number in range(8))]


def test_an_abandoned_thought_ends_and_the_others_go_on(gate, worker) -> None:  # type: ignore[no-untyped-def]
    closed = threading.Event()

    def leaving() -> Generator[list[Request], list[Completion], None]:
        try:
            yield [request("unwanted")]
        finally:
            closed.set()

    begun, other = worker.submit(leaving()), worker.submit(thought("other"))
    assert gate.asked.acquire(timeout=60)
    queued = worker.submit(thought("queued"))
    assert not worker.abandon(queued), "it had not begun"
    assert worker.abandon(begun)
    with pytest.raises(AbandonedError):
        settled(queued)
    gate.answer_all()
    with pytest.raises(AbandonedError):
        settled(begun)
    assert closed.wait(60)
    assert settled(other) == expected("other")


class Picky(Oracle):
    """Serves no batch that holds a bad prompt."""

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        if any("bad" in one.prompt for one in requests):
            raise BackendError("a prompt is bad")
        return super().complete(requests)


def test_a_request_that_cannot_be_served_fails_its_own_thought_only() -> None:
    worker = Lockstep(Picky(), live=8, most_waiting=8, window_s=0.05)
    names = ("one", "bad", "two", "three")
    jobs = {name: worker.submit(thought(name)) for name in names}
    for name, job in jobs.items():
        if name == "bad":
            with pytest.raises(BackendError, match="a prompt is bad"):
                settled(job)
        else:
            assert settled(job) == expected(name)
    worker.close()
    worker.join()


def test_a_thought_that_raises_fails_alone(gate, worker) -> None:  # type: ignore[no-untyped-def]
    def broken() -> Generator[list[Request], list[Completion], None]:
        yield [request("then it breaks")]
        raise KeyError("its own fault")

    gate.answer_all()
    jobs = worker.submit(broken()), worker.submit(thought("sound"))
    with pytest.raises(KeyError):
        settled(jobs[0])
    assert settled(jobs[1]) == expected("sound")


def test_a_backend_that_answers_too_few_fails_the_thought() -> None:
    class Short(Oracle):
        def complete(self, requests: Sequence[Request]) -> list[Completion]:
            return super().complete(requests)[:-1]

    worker = Lockstep(Short(), live=4, most_waiting=4)
    with pytest.raises(RuntimeError, match="answered 1 of 2"):
        settled(worker.submit(thought("any")))
    worker.close()
    worker.join()


def test_closing_fails_what_is_under_way_and_takes_no_more(gate, worker) -> None:  # type: ignore[no-untyped-def]
    begun = worker.submit(thought("begun"))
    assert gate.asked.acquire(timeout=60)
    queued = worker.submit(thought("queued"))
    worker.close()
    for job in (begun, queued):
        with pytest.raises(StoppedError):
            settled(job)
    with pytest.raises(StoppedError):
        worker.submit(thought("late"))

"""The thoughts of all conversations, advanced together on one thread: each round, one `complete()` serves all."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, InvalidStateError
from typing import Any, TypeVar

from leaf_agent.backends.base import Backend, Completion, Request

WINDOW_S = 0.005
"""Wall seconds that an idle worker waits after a first thought for others to begin with it."""

STOP_S = 30.0
"""Wall seconds to wait for a backend that is still at work when the server stops."""

T = TypeVar("T")
Thought = Generator[list[Request], list[Completion], T]


class QueueFullError(Exception):
    """Too many thoughts wait already."""


class AbandonedError(Exception):
    """Nobody wants the outcome any more; the thought was dropped where it was."""


class StoppedError(Exception):
    """The worker was closed before the outcome was there."""


class BackendMissingError(Exception):
    """A thought asks a language model and nobody gave one."""


class Job:
    """A thought and the future of its outcome."""

    __slots__ = ("abandoned", "future", "requests", "thought")

    def __init__(self, thought: Thought[Any]) -> None:
        self.thought = thought
        self.future: Future[Any] = Future()
        self.requests: list[Request] = []
        self.abandoned = False

    def end(self, outcome: object = None, error: Exception | None = None) -> None:
        """Settle the future, unless somebody was faster."""
        try:
            if error is None:
                self.future.set_result(outcome)
            else:
                self.future.set_exception(error)
        except InvalidStateError:
            pass  # close() and the worker may both want the last word


class Lockstep:
    """One worker thread. All that a thought touches between two requests, its plant too, is touched there alone.

    A thought joins at the next round, so what it is answered must not depend on the batch (see `Backend`). When a batch
    cannot be served, each of its thoughts is served alone, so that one bad request fails its own thought only.
    """

    def __init__(self, backend: Backend | None, *, live: int, most_waiting: int, window_s: float = WINDOW_S) -> None:
        self._backend = backend
        self._live = live
        self._most_waiting = most_waiting
        self._window_s = window_s
        self._waiting: deque[Job] = deque()
        self._at_work: list[Job] = []
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="lockstep", daemon=True)
        self._thread.start()

    def submit(self, thought: Thought[Any]) -> Job:
        """Take a thought. Raises `QueueFullError`, or `StoppedError` after `close`."""
        job = Job(thought)
        with self._changed:
            if self._closed:
                raise StoppedError
            if len(self._waiting) >= self._most_waiting:
                raise QueueFullError
            self._waiting.append(job)
            self._changed.notify()
        return job

    def abandon(self, job: Job) -> bool:
        """Drop a thought, at once or after the round under way; return whether it had begun."""
        with self._changed:
            begun = job not in self._waiting
            if not begun:
                self._waiting.remove(job)
        job.abandoned = True
        if not begun:
            job.end(error=AbandonedError())
        return begun

    def close(self) -> None:
        """Fail all that is under way with `StoppedError` and take no more."""
        with self._changed:
            self._closed = True
            for job in (*self._waiting, *self._at_work):
                job.end(error=StoppedError())
            self._waiting.clear()
            self._changed.notify()

    def join(self) -> None:
        """Wait for the worker's end after `close`."""
        self._thread.join(STOP_S)

    def _work(self) -> None:
        live: list[Job] = []
        while True:
            coming = self._coming(live)
            if coming is None:
                return
            live += [job for job in coming if _advance(job, None)]
            live = self._round([job for job in live if not _dropped(job)])

    def _coming(self, live: list[Job]) -> list[Job] | None:
        """Take what has come meanwhile; with nothing to do, wait for it. None: closed."""
        with self._changed:
            if not live:
                self._at_work = []
                while not self._waiting and not self._closed:
                    self._changed.wait()
        if not live and not self._closed:
            time.sleep(self._window_s)
        with self._changed:
            if self._closed:
                return None
            coming = [self._waiting.popleft() for _ in range(min(self._live - len(live), len(self._waiting)))]
            self._at_work = [*live, *coming]
            return coming

    def _round(self, live: list[Job]) -> list[Job]:
        """Have one batch answered; return the thoughts that go on."""
        if not live:
            return []
        try:
            if self._backend is None:
                raise BackendMissingError("this agent asks a language model; give a backend")
            asked = [request for job in live for request in job.requests]
            answers = deque(self._backend.complete(asked))
            if len(answers) != len(asked):
                raise RuntimeError(f"the backend answered {len(answers)} of {len(asked)} requests")
        except Exception as error:
            if len(live) == 1:
                live[0].thought.close()
                live[0].end(error=error)
                return []
            return [job for one in live for job in self._round([one])]
        return [job for job in live if _advance(job, [answers.popleft() for _ in job.requests])]


def _advance(job: Job, completions: list[Completion] | None) -> bool:
    """Let a thought go on; return whether it asks for more."""
    if _dropped(job):
        return False
    try:
        # A generator's first step takes None.
        job.requests = next(job.thought) if completions is None else job.thought.send(completions)
    except StopIteration as stop:
        job.end(stop.value)
    except Exception as error:
        job.end(error=error)
    else:
        return True
    return False


def _dropped(job: Job) -> bool:
    if job.abandoned and not job.future.done():
        job.thought.close()
        job.end(error=AbandonedError())
    return job.future.done()

"""The SimPy process of one thing that has a next time.

A SimPy process is a generator and cannot be copied. So it holds nothing: all it does is sleep until the `due_ms` of a
state dataclass and then let the plant settle, which handles *everything* that is due at that instant in a fixed order.
Whoever wakes first at an instant makes no difference, and a process started from a copied state does as the original.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Protocol

from simpy import Environment, Event, Interrupt


class Due(Protocol):
    """A piece of state with a next time, in plant milliseconds; None when it waits for something else."""

    @property
    def due_ms(self) -> int | None:
        """When something happens next."""


class Sleeper:
    """Follows one piece of state through its times.

    Invariant between events: when `state.due_ms` is a time, the process wakes no later than that (`wakes_ms`).
    """

    __slots__ = ("_bell", "_env", "_process", "_settle", "state", "wakes_ms")

    def __init__(self, env: Environment, state: Due, settle: Callable[[int], None]) -> None:
        self._env = env
        self.state = state
        self._settle = settle
        self._bell: Event | None = None
        # The process starts at once, so until then nobody needs to wake it.
        self.wakes_ms: int | None = int(env.now)
        self._process = env.process(self._run())

    def _run(self) -> Generator[Event, None, None]:
        env = self._env
        state = self.state
        while True:
            due = state.due_ms
            if due is None:
                self.wakes_ms = None
                self._bell = env.event()
                yield self._bell
            elif due <= env.now:
                self._settle(int(env.now))
            else:
                self.wakes_ms = due
                try:
                    yield env.timeout(due - env.now)
                except Interrupt:
                    continue

    def notice(self) -> None:
        """Look at `due_ms` again: it may have come nearer. One that went farther is noticed on waking."""
        due = self.state.due_ms
        if due is None:
            return
        if self.wakes_ms is None:
            assert self._bell is not None
            self.wakes_ms = int(self._env.now)
            self._bell.succeed()
        elif due < self.wakes_ms:
            self.wakes_ms = due
            self._process.interrupt()

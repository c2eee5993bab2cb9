"""Lines of stdin for a coroutine that must be able to stop waiting for the next one."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import CancelledError

MOST_AHEAD = 64
"""Lines read but not yet taken; the sender waits when there are more."""


class StdinLines:
    """Reads lines on a daemon thread. Waiting for one can be cancelled, which a read of a file cannot.

    A line of more than `longest` bytes arrives as one that is no JSON, so that its sender is told; the rest of it is
    thrown away.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(MOST_AHEAD)
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def __aiter__(self) -> StdinLines:
        """Iterate over the lines to come."""
        return self

    async def __anext__(self) -> str:
        """Wait for the next line; the end of the file ends the iteration."""
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line

    def _read(self) -> None:
        # A copy of the descriptor: at exit the interpreter must not wait for a lock that this thread holds.
        with os.fdopen(os.dup(sys.stdin.fileno()), "rb") as stream:
            try:
                while line := stream.readline(self._longest):
                    if len(line) == self._longest and not line.endswith(b"\n"):
                        while (rest := stream.readline(self._longest)) and not rest.endswith(b"\n"):
                            continue
                        line = f"a line of more than {self._longest} bytes".encode()
                    self._hand_over(line.decode("utf-8", "replace"))
                self._hand_over(None)
            except (RuntimeError, CancelledError):
                return  # The loop is gone, and with it whoever wanted the lines.

    def _hand_over(self, line: str | None) -> None:
        asyncio.run_coroutine_threadsafe(self._lines.put(line), self._loop).result()

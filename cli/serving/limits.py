"""How much a server lets its clients take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServeLimits:
    """Bounds of one server.

    max_sessions: conversations kept at a time; each holds a plant.
    idle_s: wall seconds after its last answer when a conversation is dropped.
    max_body_bytes: bytes of one HTTP request; a client that sends the whole history needs a few kilobytes.
    max_message_chars: characters of one message of the user.
    turn_timeout_s: wall seconds from a message to its answer, waiting included.
    most_waiting: messages that may wait for their turn; the next is refused.
    live: conversations that advance together.
    """

    max_sessions: int = 256
    idle_s: float = 1800.0
    max_body_bytes: int = 256 * 1024
    max_message_chars: int = 2000
    turn_timeout_s: float = 120.0
    most_waiting: int = 128
    live: int = 32

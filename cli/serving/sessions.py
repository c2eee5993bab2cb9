"""Which conversation a message belongs to, and what happens to it there."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.serving.conversation import Conversation, Host, Turn
from cli.serving.limits import ServeLimits
from cli.serving.lockstep import AbandonedError, Job, Lockstep, QueueFullError, StoppedError
from cli.serving.refusal import TRY_AGAIN_S, Refusal
from leaf_agent.backends.errors import BackendError

LOG = logging.getLogger(__name__)

Line = tuple[str, str]
"""Who said something, `user` or `assistant`, and what."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sends: the user's new message, and what shows to which conversation it belongs.

    `history`: what was said before by the client's own account; `session`: the conversation's id; `seed`: which plant.
    """

    text: str
    history: tuple[Line, ...] = ()
    session: str | None = None
    seed: int | None = None


@dataclass(slots=True, eq=False)
class Session:
    """A conversation, what was said in it (as a hash) and what is under way.

    `asked` stands for all that was said up to the last message, `reached` for that and its answer.
    """

    id: str
    seed: int
    conversation: Conversation
    reached: str
    used: float
    asked: str | None = None
    turn: Turn | None = None
    turns: int = 0
    job: Job | None = None
    pending: asyncio.Future[Turn] | None = None


class Sessions:
    """All conversations of a server. Belongs to one event loop; plants and agents are touched by the worker alone."""

    def __init__(
        self,
        host: Host,
        seed: int,
        limits: ServeLimits,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host = host
        self.seed = seed
        self.limits = limits
        self._clock = clock
        self._lockstep = Lockstep(host.backend, live=limits.live, most_waiting=limits.most_waiting)
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    async def say(self, message: Message) -> tuple[Session, Turn]:
        """Say something in a conversation, a new one if the message shows none, and wait for what comes of it.

        A message that was answered already, or is being answered, is not said twice: its answer comes again.
        Raises `Refusal`.
        """
        text = message.text.strip()
        self._drop_idle()
        session = self._find(message, text)
        asked = _fold(session.reached, "user", text)
        told = _fold(_history(session.seed, message.history), "user", text)
        if session.pending is not None and session.asked in (asked, told):
            return session, await self._outcome(session, session.pending)
        if session.pending is not None:
            raise Refusal(
                409,
                "session_busy",
                f"session {session.id} is at work on an earlier message; wait for its answer",
                retry_after_s=TRY_AGAIN_S,
                session=session.id,
            )
        # Without its history, a message said twice is a wish to do it twice.
        if message.history and session.turn is not None and session.asked == told:
            session.used = self._clock()
            return session, session.turn
        return session, await self._outcome(session, self._begin(session, text, asked))

    def end(self, session_id: str) -> None:
        """Drop a conversation and its plant. Raises `Refusal` when there is none."""
        session = self._named(session_id)
        del self._sessions[session.id]
        if session.job is not None:
            self._lockstep.abandon(session.job)

    def close(self) -> None:
        """Refuse all that is under way and all that comes."""
        self._lockstep.close()

    def join(self) -> None:
        """Wait for the worker's end after `close`."""
        self._lockstep.join()

    # Which conversation.

    def _find(self, message: Message, text: str) -> Session:
        if message.session is not None:
            session = self._named(message.session)
            if message.seed not in (None, session.seed):
                raise Refusal(
                    400,
                    "wrong_seed",
                    f"session {session.id} has the plant of seed {session.seed}, not {message.seed}; leave the seed "
                    "out, or begin a new conversation",
                    param="seed",
                )
            return session
        seed = self.seed if message.seed is None else message.seed
        if not message.history:
            return self._open(seed)
        reached = _history(seed, message.history)
        asked = _fold(reached, "user", text)
        # Conversations of the same words on the same plant are in the same state; the one unused for longest goes on.
        at = [one for one in self._sessions.values() if one.reached == reached and one.pending is None]
        again = [one for one in self._sessions.values() if one.asked == asked]
        if not at and not again:
            raise Refusal(
                404,
                "session_not_found",
                "no conversation here has this history on this plant: it was idle for too long, or its history or seed "
                "was changed on the way; begin a new one with the last message alone",
                param="messages",
            )
        return min(at or again, key=lambda one: one.used)

    def _named(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None:
            raise Refusal(
                404,
                "session_not_found",
                f"no session {session_id[:80]!r}; it was idle for more than {self.limits.idle_s:g} s or never was; "
                "begin a new one by leaving the session out",
            )
        return session

    def _open(self, seed: int) -> Session:
        if len(self._sessions) >= self.limits.max_sessions:
            oldest = min((one.used for one in self._sessions.values() if one.pending is None), default=self._clock())
            raise Refusal(
                429,
                "too_many_sessions",
                f"{len(self._sessions)} conversations are open, and more than {self.limits.max_sessions} may not be; "
                "try again later, or end one with DELETE /v1/sessions/ID",
                retry_after_s=max(TRY_AGAIN_S, oldest + self.limits.idle_s - self._clock()),
            )
        session = Session(
            id=f"s-{secrets.token_hex(16)}",
            seed=seed,
            conversation=Conversation(self.host, seed),
            reached=_history(seed, ()),
            used=self._clock(),
        )
        self._sessions[session.id] = session
        return session

    def _drop_idle(self) -> None:
        late = self._clock() - self.limits.idle_s
        for session in [one for one in self._sessions.values() if one.pending is None and one.used < late]:
            del self._sessions[session.id]

    # What happens there.

    def _begin(self, session: Session, text: str, asked: str) -> asyncio.Future[Turn]:
        try:
            session.job = self._lockstep.submit(session.conversation.turn(text))
        except (QueueFullError, StoppedError) as error:
            self._forget_unused(session)
            if isinstance(error, StoppedError):
                raise _stopped() from None
            raise Refusal(
                429,
                "queue_full",
                f"{self.limits.most_waiting} messages wait already; try again later",
                retry_after_s=TRY_AGAIN_S,
            ) from None
        pending: asyncio.Future[Turn] = asyncio.wrap_future(session.job.future)
        session.asked, session.pending = asked, pending
        pending.add_done_callback(lambda done: self._settle(session, done))
        return pending

    def _settle(self, session: Session, done: asyncio.Future[Turn]) -> None:
        session.job = session.pending = None
        session.used = self._clock()
        # Asked for here, so that asyncio does not complain where nobody waits any more.
        error = None if done.cancelled() else done.exception()
        if error is not None or done.cancelled():
            session.asked = None
            return
        session.turn = done.result()
        session.turns += 1
        session.reached = _fold(str(session.asked), "assistant", session.turn.text.strip())

    async def _outcome(self, session: Session, pending: asyncio.Future[Turn]) -> Turn:
        # Not wait_for: it would cancel what others may wait for too, and can lose a cancellation of its own.
        await asyncio.wait([pending], timeout=self.limits.turn_timeout_s)
        if not pending.done():
            raise self._late(session)
        try:
            return pending.result()
        except StoppedError:
            raise _stopped() from None
        except AbandonedError:
            raise Refusal(409, "session_ended", "the message was dropped; send it again if you still want it") from None
        except BackendError as error:
            raise Refusal(502, "backend_error", f"the model could not answer: {error}", session=session.id) from None
        except Exception:
            LOG.exception("an agent of session %s failed", session.id)
            raise Refusal(
                500,
                "agent_failed",
                "the agent broke down on this message; what it did on the plant is done, so look before you ask again",
                session=session.id,
            ) from None

    def _late(self, session: Session) -> Refusal:
        limit = f"{self.limits.turn_timeout_s:g} s"
        if session.job is not None and not self._lockstep.abandon(session.job):
            self._forget_unused(session)
            return Refusal(
                504,
                "turn_timeout",
                f"the message was not begun within {limit}, as others were first, and nothing was done; try again",
                retry_after_s=TRY_AGAIN_S,
            )
        return Refusal(
            504,
            "turn_timeout",
            f"the answer took longer than {limit} and was broken off; what was done on the plant is done, so look "
            f"before you ask again; the session goes on with your next message",
            session=session.id,
        )

    def _forget_unused(self, session: Session) -> None:
        """Drop a conversation whose first message was never taken up: nobody knows its name."""
        if not session.conversation.begun:
            self._sessions.pop(session.id, None)


def _stopped() -> Refusal:
    return Refusal(503, "stopping", "the server is being stopped; try again when it is back", retry_after_s=TRY_AGAIN_S)


def _history(seed: int, lines: Sequence[Line]) -> str:
    state = f"seed {seed}"
    for who, text in lines:
        state = _fold(state, who, text.strip())
    return state


def _fold(state: str, who: str, text: str) -> str:
    return hashlib.sha256(f"{state}\n{who}\n{text}".encode()).hexdigest()

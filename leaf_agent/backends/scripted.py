"""A backend that answers from a script: for tests and for showing the agent without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from leaf_agent.backends.base import Completion, Request
from leaf_agent.backends.errors import BackendError

MILLISECONDS_A_TOKEN = 20.0


class ScriptedBackend:
    """Answers with what a function says, or with a list's texts in turn; a token is a word.

    Attributes:
        name: `scripted`.
        requests: all that were asked, in order.
    """

    name = "scripted"

    def __init__(self, answers: Callable[[Request], str] | Iterable[str]) -> None:
        self._answer = answers if callable(answers) else _in_turn(answers)
        self.requests: list[Request] = []

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer each request; its text is cut after `max_tokens` words.

        Raises:
            BackendError: the list has run out.
        """
        completions = []
        for request in requests:
            self.requests.append(request)
            text = self._answer(request)
            words = text.split()
            if len(words) > request.max_tokens:
                words = words[: request.max_tokens]
                text = " ".join(words)
            cost = len(words) * MILLISECONDS_A_TOKEN
            completions.append(Completion(text, len(request.prompt.split()), len(words), cost))
        return completions


def _in_turn(answers: Iterable[str]) -> Callable[[Request], str]:
    listed = list(answers)
    remaining = iter(listed)

    def answer(request: Request) -> str:
        try:
            return next(remaining)
        except StopIteration:
            raise BackendError(
                f"the script has {len(listed)} answers and was asked for one more, by adapter {request.adapter!r}; "
                "add an answer"
            ) from None

    return answer

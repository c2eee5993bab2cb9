"""What a client asked that is not done, and how that is said over HTTP."""

from __future__ import annotations

from typing import Any

TRY_AGAIN_S = 2.0
"""Wall seconds after which a client that was told to wait may try again."""

KINDS = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
"""OpenAI's `error.type` by HTTP status; other refusals of 4xx are invalid requests too, of 5xx server errors."""


class Refusal(Exception):  # noqa: N818 - the client's mistake or the server's state, not an error of the program
    """A request that is not answered: HTTP status, a code for programs, and value, rule and remedy in words.

    `retry_after_s`: the same request may do well later. Without it, clients that try again by themselves are asked not
    to: what a turn that broke off did on the plant is done, and would be done twice.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        retry_after_s: float | None = None,
        session: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s
        self.session = session

    @property
    def body(self) -> dict[str, Any]:
        """The refusal in OpenAI's shape."""
        kind = KINDS.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error}

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it; `x-should-retry` is heard by OpenAI's own clients."""
        headers = {} if self.session is None else {SESSION_HEADER: self.session}
        if self.retry_after_s is None:
            return {**headers, "x-should-retry": "false"}
        return {**headers, "retry-after": str(max(1, round(self.retry_after_s)))}


SESSION_HEADER = "x-leaf-session"
"""Which conversation a request goes on with, and which one an answer belongs to."""

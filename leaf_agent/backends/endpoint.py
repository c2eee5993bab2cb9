"""JSON over HTTP to one server: time-outs, retries with back-off, bounds, and errors that say what to do.

Tried again, after a pause that doubles or that the server names: a connection that fails or breaks, 429, and any 5xx.
Not tried again: a time-out (the server is at work on it, and a second copy would only add to that) and any other 4xx.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from leaf_agent.backends.errors import BackendError

KEY_VARIABLE = "LEAF_API_KEY"
CONNECT_S = 10.0
LONGEST_PAUSE_S = 30.0
LARGEST_ANSWER = 8_000_000
"""Bytes; a completion of thousands of tokens has some tens of thousands."""


class AbsentError(BackendError):
    """The server has nothing at this path (404 or 405)."""


class Endpoint:
    """A server's address, as one asks it; threads may share one.

    The API key comes from the environment alone, so that it stands in no command line, file or error.

    Args:
        url: what stands before `/completions`, such as `http://127.0.0.1:8000/v1`.
        timeout_s: the longest that one try may take, from its first byte to the answer's last.
        retries: how often a failed try is repeated.
        pause_s: the wait before the first repetition, in seconds; each next is twice as long, up to 30.
        key_variable: the environment variable that holds the API key; where it is empty, none is sent.

    Raises:
        BackendError: the URL is none, or httpx2 is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 120.0,
        retries: int = 4,
        pause_s: float = 0.5,
        key_variable: str = KEY_VARIABLE,
    ) -> None:
        try:
            import httpx2
        except ImportError as problem:
            raise BackendError("the http backend needs httpx2; run: pip install 'leaf-twin[http]'") from problem
        try:
            parsed = httpx2.URL(url)
        except httpx2.InvalidURL as problem:
            raise BackendError(f"'{url}' is no URL ({problem}); give one like http://127.0.0.1:8000/v1") from None
        if parsed.userinfo:
            raise BackendError(f"a URL holds no password here; put the API key into {key_variable}")
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise BackendError(f"'{url}' is no HTTP address; give one like http://127.0.0.1:8000/v1")
        self.url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._retries = retries
        self._pause_s = pause_s
        self._key_variable = key_variable
        headers = {"Accept-Encoding": "identity"}  # so that bytes on the wire are bytes in memory
        if key := os.environ.get(key_variable, "").strip():
            headers["Authorization"] = f"Bearer {key}"
        self._http: Any = httpx2
        self._client: Any = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s), pool=None),
            limits=httpx2.Limits(max_connections=None),
            trust_env=parsed.host not in ("127.0.0.1", "::1", "localhost"),  # a proxy does not reach this machine
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def get(self, path: str) -> Any:
        """Return the JSON at a path. Raises AbsentError where there is none, BackendError as `post` does."""
        return self._ask("GET", path, None)

    def post(self, path: str, document: dict[str, Any]) -> Any:
        """Send JSON and return the JSON that answers it.

        Raises:
            BackendError: there was no usable answer, after all repetitions; the message tells why and the remedy.
        """
        return self._ask("POST", path, document)

    def _ask(self, method: str, path: str, document: dict[str, Any] | None) -> Any:
        content = None if document is None else json.dumps(document).encode()
        pause_s = self._pause_s
        for left in range(self._retries, -1, -1):
            named_s: float | None = None
            try:
                status, named_s, body = self._try(method, self.url + path, content)
            except self._http.TimeoutException:
                raise BackendError(self._late()) from None
            except self._http.TransportError as problem:
                failure = (
                    f"no answer from {self.url} ({str(problem) or type(problem).__name__}); "
                    "is a server there? start one: leaf serve vllm"
                )
            else:
                if status == 200:
                    return self._json(body)
                if status != 429 and status < 500:
                    raise self._refusal(status, method, path, body)
                failure = f"{self.url} answered {status}{_said(body)}; ask it with fewer streams, or see its log"
            if left:
                time.sleep(min(LONGEST_PAUSE_S, pause_s if named_s is None else named_s))
                pause_s *= 2
        raise BackendError(f"{failure} (tried {self._retries + 1} times)")

    def _try(self, method: str, url: str, content: bytes | None) -> tuple[int, float | None, bytes]:
        """Return status, the pause that the server asks for, and the body."""
        ends = time.monotonic() + self._timeout_s
        headers = {} if content is None else {"Content-Type": "application/json"}
        with self._client.stream(method, url, content=content, headers=headers) as response:
            body = bytearray()
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise BackendError(
                        f"{self.url} answers with more than {LARGEST_ANSWER} bytes; is it an OpenAI-compatible server?"
                    )
                # The client's own limit is between bytes: a server that drips would hold on for ever.
                if time.monotonic() > ends:
                    raise BackendError(self._late())
            return response.status_code, _seconds(response.headers.get("Retry-After")), bytes(body)

    def _json(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BackendError(
                f"{self.url} answered with no JSON: {body[:80]!r}; is it an OpenAI-compatible server?"
            ) from None

    def _late(self) -> str:
        return f"{self.url} did not answer within {self._timeout_s:g} s; give a larger timeout_s, or fewer streams"

    def _refusal(self, status: int, method: str, path: str, body: bytes) -> BackendError:
        if status in (401, 403):
            return BackendError(
                f"{self.url} answered {status}{_said(body)}; put its API key into the environment variable "
                f"{self._key_variable}"
            )
        if status in (404, 405):
            return AbsentError(
                f"{self.url} has no {method} {path} ({status}{_said(body)}); "
                "the URL ends with what stands before /completions, usually /v1"
            )
        return BackendError(f"{self.url} refused {method} {path}: {status}{_said(body)}")


def _said(body: bytes) -> str:
    """What a server says of an error, shortened: OpenAI's form, or the plain text."""
    try:
        document = json.loads(body)
        told = document["error"]["message"] if "error" in document else document["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        told = body.decode("utf-8", "replace")
    text = " ".join(str(told).split())
    return f", '{text[:300]}'" if text else ""


def _seconds(header: str | None) -> float | None:
    """Read Retry-After in seconds; its other form, a date, counts as none."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None

"""Where a server listens, and who may come in."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from dataclasses import dataclass, replace

LOOPBACK = "127.0.0.1"

SHORTEST_TOKEN = 16


class AddressError(ValueError):
    """An address that a server may not or cannot have: the message gives the value, the rule and the remedy."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and port, and the token that a client must show. Port 0 stands for any free one.

    Raises `AddressError` for a host that others can reach without a token, or a token that is easy to guess.
    """

    host: str = LOOPBACK
    port: int = 0
    token: str | None = None

    def __post_init__(self) -> None:
        if not self.host or not 0 <= self.port <= 65535:
            raise AddressError(f"host {self.host!r}, port {self.port} is no address; give a host and a port 0..65535")
        if self.token is None:
            if not self.is_loopback:
                raise AddressError(
                    f"host {self.host} can be reached by others, so a token must guard it; "
                    f"give a token too, or leave the host at {LOOPBACK}"
                )
        elif len(self.token) < SHORTEST_TOKEN or not (self.token.isascii() and self.token.isprintable()):
            raise AddressError(
                f"the token is no good: give at least {SHORTEST_TOKEN} printable ASCII characters, "
                "such as those that `openssl rand -hex 16` prints"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the host."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def netloc(self) -> str:
        """Host and port as they stand in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def admits(self, given: str | None) -> bool:
        """Compare a client's token with the right one, in a time that tells nothing about it."""
        if self.token is None:
            return True
        return hmac.compare_digest((given or "").encode("utf-8", "replace"), self.token.encode())

    def listen(self) -> tuple[socket.socket, Address]:
        """Open the port; return its socket and the address with the real port. Raises `AddressError`."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            opened = socket.create_server((self.host, self.port), family=family)
        except OSError as error:
            raise AddressError(
                f"cannot listen on {self.netloc}: {error.strerror or error}; give another port or host"
            ) from None
        return opened, replace(self, port=opened.getsockname()[1])

"""An OPC UA server that cannot be made to hold without end: bounds that asyncua leaves open.

Written against asyncua 2.1; whoever raises its version reads `Server.start` and `OPCUAProtocol.data_received` again.
"""

from __future__ import annotations

import asyncio
import math
import socket
import time
from typing import Any

from asyncua.common.connection import TransportLimits
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.binary_server_asyncio import BinaryServer, OPCUAProtocol
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager
from asyncua.ua.status_codes import StatusCodes

from tools_api.servers.address import Address

LARGEST_CHUNK = 64 * 1024
LARGEST_MESSAGE = 256 * 1024
MOST_CONNECTIONS = 16
MOST_SESSIONS = 32
MOST_SUBSCRIPTIONS = 64
ACTIVATION_S = 10.0
"""Wall seconds in which a new connection must open its session."""


_NOBODY = User(role=UserRole.Anonymous)


class AddressUsers(UserManager):
    """Everybody, or whoever gives the token as password. Nobody is an administrator."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def get_user(
        self,
        iserver: InternalServer,  # noqa: ARG002 - asyncua's signature
        username: str | None = None,
        password: str | None = None,
        certificate: Any = None,  # noqa: ARG002
    ) -> User | None:
        """Return a plain user, or None to refuse."""
        return User(role=UserRole.User, name=username) if self._address.admits(password) else None


class BoundedInternalServer(InternalServer):
    """Few connections, sessions and subscriptions, and no discovery of other servers."""

    def __init__(self, users: UserManager) -> None:
        super().__init__(user_manager=users)
        self.max_connections = MOST_CONNECTIONS
        self.max_subscriptions = MOST_SUBSCRIPTIONS
        self.max_monitored_item_queue_size = 100
        self.max_unacked_messages_per_subscription = 100
        self.max_pending_messages_per_connection = 50
        self.max_pending_activation_seconds = ACTIVATION_S
        self.max_session_timeout_ms = 120_000

    def create_session(self, name: str, user: User = _NOBODY, external: bool = False) -> InternalSession:
        """Open a session; refuses one too many."""
        if external:
            now = time.monotonic()
            for session in list(self._external_sessions.values()):
                # Whoever asks for sessions and activates none must not keep others out.
                if not session.is_activated() and now - session._last_activity > ACTIVATION_S:
                    self.unregister_external_session(session)
            if len(self._external_sessions) >= MOST_SESSIONS:
                raise ServiceError(StatusCodes.BadTooManySessions)
        return super().create_session(name, user, external)

    def register_server(self, server: Any, conf: Any = None) -> None:  # noqa: ARG002 - asyncua's signature
        """Refuse: this is no discovery server, and a list that anyone may lengthen has no end."""
        raise ServiceError(StatusCodes.BadServiceUnsupported)


class _BoundedProtocol(OPCUAProtocol):
    """Hangs up on a message that announces more than it may hold, instead of collecting it."""

    def data_received(self, data: bytes) -> None:
        if len(self._buffer) + len(data) > LARGEST_MESSAGE + LARGEST_CHUNK:
            self._buffer = b""
            if self.transport is not None:
                self.transport.close()
            return
        super().data_received(data)


class _BoundedBinaryServer(BinaryServer):
    def __init__(self, server: InternalServer, opened: socket.socket, limits: TransportLimits) -> None:
        host, port = opened.getsockname()[:2]
        super().__init__(server, host, port, limits)
        self._opened = opened

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._make_protocol, sock=self._opened)
        self.cleanup_task = asyncio.create_task(self._close_task_loop())

    def _make_protocol(self) -> OPCUAProtocol:
        return _BoundedProtocol(
            iserver=self.iserver,
            policies=self._policies,
            clients=self.clients,
            closing_tasks=self.closing_tasks,
            limits=self.limits,
        )


class BoundedServer(Server):
    """asyncua's server on an open socket, within the limits of this module."""

    def __init__(self, opened: socket.socket, address: Address) -> None:
        super().__init__(iserver=BoundedInternalServer(AddressUsers(address)))
        self._opened = opened
        self.limits = TransportLimits(
            max_recv_buffer=LARGEST_CHUNK,
            max_send_buffer=LARGEST_CHUNK,
            max_chunk_count=math.ceil(LARGEST_MESSAGE / LARGEST_CHUNK),
            max_message_size=LARGEST_MESSAGE,
        )

    async def start(self) -> None:
        """Answer clients."""
        await self._setup_server_nodes()
        await self.iserver.start()
        self.bserver = _BoundedBinaryServer(self.iserver, self._opened, self.limits)
        self.bserver.set_policies(self._policies)
        await self.bserver.start()

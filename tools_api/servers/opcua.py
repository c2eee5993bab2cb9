"""The measured variables of a plant over OPC UA, for anything that reads machines.

Plant time passes at a stated pace. A client that may write sets a variable by the plant's own command, so limits and
interlocks answer it with a bad status, and the old value stays.
"""

from __future__ import annotations

import asyncio
import math
import socket
from datetime import UTC, datetime, timedelta
from typing import cast

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.cert_gen import generate_private_key, generate_self_signed_app_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AddressSpace, AttributeService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tools_api.servers.address import Address
from tools_api.servers.opcua_limits import BoundedServer
from tools_api.servers.opcua_nodes import PlantNodes, add_nodes
from tools_api.servers.shared_plant import PlantBusy, Reading, SharedPlant
from twin.clock import EPOCH, iso_time
from twin.errors import TwinError
from twin.variables import Variable

NAMESPACE = "urn:leaf-twin:plant"

TICK_S = 0.5
"""Wall seconds between two updates of the values."""

LONGEST_TICK_S = 5.0
"""Wall seconds made up for at once: a machine that slept does not wake to a plant that has run for days."""

_SERVER = User(role=UserRole.Admin)

MOST_WRITES = 100
"""Values in one write request."""

STATUS = {
    "out_of_range": StatusCodes.BadOutOfRange,
    "not_permitted": StatusCodes.BadNotWritable,
    "interlock": StatusCodes.BadInvalidState,
    "wrong_state": StatusCodes.BadInvalidState,
    "not_found": StatusCodes.BadNodeIdUnknown,
    "unavailable": StatusCodes.BadResourceUnavailable,
}
"""Status of a refused write by the twin's code."""


class OpcUaPlant:
    """An OPC UA server of one plant on an open socket: `start`, then `run` until cancelled, then `stop`.

    `pace` is plant seconds per wall second; a plant that cannot keep up runs slower. Raises `ValueError` for a pace
    that is not finite or below 0.
    """

    def __init__(
        self,
        plant: SharedPlant,
        opened: socket.socket,
        address: Address,
        *,
        pace: float = 60.0,
        allow_writes: bool = False,
    ) -> None:
        if not math.isfinite(pace) or pace < 0:
            raise ValueError(f"pace={pace} cannot be; give plant seconds per wall second, 0 or more")
        self._plant = plant
        self._address = address
        self._pace = pace
        self._allow_writes = allow_writes
        self._server = BoundedServer(opened, address)
        self._nodes: PlantNodes

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"opc.tcp://{self._address.netloc}/leaf/"

    async def start(self) -> None:
        """Build the nodes and answer clients."""
        server = self._server
        server.name = f"leaf-twin {self._plant.scenario}"
        server.manufacturer_name = "leaf-twin"
        server.set_endpoint(self.url)
        await server.init()
        await server.set_application_uri(f"{NAMESPACE}:{self._plant.scenario}")
        self._secure()
        namespace = await server.register_namespace(NAMESPACE)
        self._nodes = await add_nodes(
            server,
            namespace,
            self._plant.scenario,
            self._plant.variables.values(),
            allow_writes=self._allow_writes,
        )
        server.iserver.attribute_service = _PlantAttributes(server.iserver.aspace, self._nodes, self)
        await self._own(self._nodes.pace, ua.Variant(self._pace, ua.VariantType.Double))
        await self._publish(await self._plant.read())
        await server.start()

    async def run(self) -> None:
        """Let the plant run at its pace until cancelled."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            seconds, last = min(now - last, LONGEST_TICK_S) * self._pace, now
            try:
                await self._publish(await self._plant.step(seconds))
            except PlantBusy:
                continue

    async def stop(self) -> None:
        """Hang up on all clients and listen no more."""
        await self._server.stop()

    async def write(self, variable: Variable, given: ua.WriteValue) -> int:
        """Set a variable as a client wants it; return the status code."""
        data = given.Value
        if not (self._allow_writes and variable.writable):
            return StatusCodes.BadNotWritable
        if given.IndexRange or (data.StatusCode is not None and not data.StatusCode.is_good()):
            return StatusCodes.BadWriteNotSupported
        if data.Value is None or data.Value.VariantType != ua.VariantType.Double or data.Value.is_array:
            return StatusCodes.BadTypeMismatch
        value = data.Value.Value
        if not isinstance(value, float):
            return StatusCodes.BadTypeMismatch
        if not math.isfinite(value):
            return StatusCodes.BadOutOfRange
        try:
            await self._plant.write(variable.name, value)
            await self._publish(await self._plant.read())
        except TwinError as refusal:
            await self._own(self._nodes.last_refusal, ua.Variant(refusal.message, ua.VariantType.String))
            return STATUS.get(refusal.code, StatusCodes.BadUnexpectedError)
        except PlantBusy as busy:
            return StatusCodes.BadTimeout if busy.begun else StatusCodes.BadServerTooBusy
        return StatusCodes.Good

    def _secure(self) -> None:
        """Without a token anyone on this machine may come in; with one, whoever knows it, its way here encrypted."""
        server = self._server
        if self._address.token is None:
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
            server.set_identity_tokens([ua.AnonymousIdentityToken])
            return
        key, host, uri = generate_private_key(), socket.gethostname(), server.get_application_uri()
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri), x509.DNSName(host)]
        server.iserver.private_key = key
        server.iserver.certificate = generate_self_signed_app_certificate(
            key, server.name, {}, names, [ExtendedKeyUsageOID.SERVER_AUTH]
        )
        server.set_security_policy(
            [ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
        )
        server.set_identity_tokens([ua.UserNameIdentityToken])

    async def _publish(self, reading: Reading) -> None:
        stamp = EPOCH.replace(tzinfo=UTC) + timedelta(seconds=reading.now)
        for node, variable in self._nodes.variables.items():
            value = ua.Variant(float(reading.values[variable.name]), ua.VariantType.Double)
            await self._own(node, value, stamp)
        await self._own(self._nodes.time, ua.Variant(iso_time(reading.now), ua.VariantType.String), stamp)

    async def _own(self, node: ua.NodeId, value: ua.Variant, stamp: datetime | None = None) -> None:
        # asyncua types its timestamps as a class of its own, but stores and sends plain ones.
        source, server = cast(ua.DateTime | None, stamp), cast(ua.DateTime, datetime.now(UTC))
        data = ua.DataValue(value, SourceTimestamp=source, ServerTimestamp=server)
        await self._server.iserver.write_attribute_value(node, data)


class _PlantAttributes(AttributeService):
    """What clients write goes to the plant, value by value in their order, and to nothing else."""

    def __init__(self, space: AddressSpace, nodes: PlantNodes, owner: OpcUaPlant) -> None:
        super().__init__(space)
        self._nodes = nodes
        self._owner = owner

    async def write(self, params: ua.WriteParameters, user: User = _SERVER) -> list[ua.StatusCode]:
        if user.role is UserRole.Admin:  # the server itself
            return await super().write(params, user)
        if len(params.NodesToWrite) > MOST_WRITES:
            raise ServiceError(StatusCodes.BadTooManyOperations)
        return [ua.StatusCode(ua.UInt32(await self._status(given))) for given in params.NodesToWrite]

    async def _status(self, given: ua.WriteValue) -> int:
        variable = self._nodes.variables.get(given.NodeId)
        if variable is not None and given.AttributeId == AttributeIds.Value:
            return await self._owner.write(variable, given)
        known = given.NodeId in self._aspace
        return StatusCodes.BadNotWritable if known else StatusCodes.BadNodeIdUnknown

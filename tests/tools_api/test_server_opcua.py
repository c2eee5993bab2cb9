"""The OPC UA server: a node per variable, values that move, writes that the plant itself judges."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pytest
from asyncua import Client, Node, ua

from tools_api.catalog import toolbox
from tools_api.servers.address import Address
from tools_api.servers.opcua import NAMESPACE, OpcUaPlant
from tools_api.servers.opcua_limits import LARGEST_CHUNK, LARGEST_MESSAGE, MOST_CONNECTIONS
from tools_api.servers.shared_plant import SharedPlant
from twin.catalog import warmed_up
from twin.clock import EPOCH
from twin.core import Twin

TOKEN = "0123456789abcdef"
SPEED = "line1.speed_per_h"


@dataclass
class Served:
    """A server in a loop of its own that only runs while a test uses it: the plant stands still but for `advance`."""

    runner: asyncio.Runner
    twin: Twin
    plant: SharedPlant
    server: OpcUaPlant

    def connected(self, use: Callable[[Client], Awaitable[None]], **options: Any) -> None:
        """Run `use` with a connected client."""

        async def session() -> None:
            async with self.client(**options) as client:
                await use(client)

        self.runner.run(session())

    def client(self, password: str | None = None) -> Client:
        client = Client(self.server.url, timeout=60)
        if password is not None:
            client.set_user("leaf")
            client.set_password(password)
        return client


def serve(**options: Any) -> Iterator[Served]:
    twin = warmed_up("production", seed=3, warmup_s=1800)
    plant = SharedPlant(toolbox("production", twin), call_limit_s=120.0)
    opened, address = Address(token=options.pop("token", None)).listen()
    with opened, asyncio.Runner() as runner:
        server = OpcUaPlant(plant, opened, address, **options)
        runner.run(server.start())
        yield Served(runner, twin, plant, server)
        runner.run(server.stop())


@pytest.fixture(scope="module")
def writable() -> Iterator[Served]:
    # Building the standard's own 5,000 nodes takes two seconds: once for most tests.
    yield from serve(allow_writes=True, pace=600.0)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Served]:
    yield from serve(token=TOKEN)


def port_of(served: Served) -> int:
    return int(served.server.url.rsplit(":", 1)[1].split("/")[0])


async def node_of(client: Client, name: str) -> Node:
    namespace = await client.get_namespace_index(NAMESPACE)
    return client.get_node(ua.NodeId(name, namespace))


def test_every_variable_is_a_node_with_all_that_is_declared(writable: Served) -> None:
    async def check(client: Client) -> None:
        for name, variable in writable.twin.variables.items():
            node = await node_of(client, name)
            assert (await node.read_data_type()).Identifier == ua.ObjectIds.Double
            assert (await node.read_type_definition()).Identifier == ua.ObjectIds.AnalogItemType
            assert (await node.read_description()).Text == variable.description
            assert await node.read_value() == writable.twin.read(name)
            assert (ua.AccessLevel.CurrentWrite in await node.get_access_level()) is variable.writable
            limits = await (await node.get_child("0:EURange")).read_value()
            assert (limits.Low, limits.High) == (variable.low, variable.high)
            unit = await (await node.get_child("0:EngineeringUnits")).read_value()
            assert unit.DisplayName.Text == variable.unit

    writable.connected(check)


def test_nodes_are_grouped_by_place(writable: Served) -> None:
    async def check(client: Client) -> None:
        index = await client.get_namespace_index(NAMESPACE)
        path = [f"{index}:{name}" for name in ("production", "line1", "weld", "temperature_c")]
        node = await client.nodes.objects.get_child(path)
        assert node.nodeid.Identifier == "line1.weld.temperature_c"
        plant = await client.nodes.objects.get_child(path[:1])
        names = {(await child.read_browse_name()).Name for child in await plant.get_children()}
        assert names == {"line1", "line2", "line3", "plant_time", "pace", "last_refusal"}

    writable.connected(check)


def test_values_follow_the_plant_at_its_pace_and_reach_subscribers(writable: Served) -> None:
    async def check(client: Client) -> None:
        seen: asyncio.Queue[float] = asyncio.Queue()

        class Listener:
            def datachange_notification(self, node: Node, value: float, data: Any) -> None:  # noqa: ARG002
                seen.put_nowait(value)

        node = await node_of(client, "line1.weld.vibration_mm_s")
        subscription = await client.create_subscription(50, Listener())
        await subscription.subscribe_data_change(node)
        before = writable.twin.now
        clock = await node_of(client, "production.plant_time")
        told = await clock.read_value()
        running = asyncio.create_task(writable.server.run())
        values = [await asyncio.wait_for(seen.get(), 120) for _ in range(3)]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()
        await subscription.delete()
        assert len(set(values)) > 1
        assert writable.twin.now > before
        assert await clock.read_value() > told
        assert await (await node_of(client, "production.pace")).read_value() == 600

    writable.connected(check)


def test_time_stamps_tell_the_plant_time_of_a_value(writable: Served) -> None:
    async def check(client: Client) -> None:
        data = await (await node_of(client, SPEED)).read_data_value()
        assert data.SourceTimestamp is not None
        assert data.ServerTimestamp is not None
        assert abs((data.SourceTimestamp - EPOCH.replace(tzinfo=UTC)).total_seconds() - writable.twin.now) <= 1
        assert data.ServerTimestamp > data.SourceTimestamp

    writable.connected(check)


def test_a_write_is_the_plants_own_command(writable: Served) -> None:
    async def check(client: Client) -> None:
        node = await node_of(client, SPEED)
        await node.write_value(60.0)
        assert await node.read_value() == 60.0
        assert writable.twin.read(SPEED) == 60.0
        entry = writable.twin.journal[-1]
        assert (entry.kind, entry.subject) == ("command", "set_line_speed")
        running = await node_of(client, "line1.running")
        await running.write_value(0.0)
        assert await running.read_value() == 0.0
        await running.write_value(1.0)

    writable.connected(check)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        (SPEED, 500.0, ua.uaerrors.BadOutOfRange),
        (SPEED, -1.0, ua.uaerrors.BadOutOfRange),
        (SPEED, float("nan"), ua.uaerrors.BadOutOfRange),
        (SPEED, float("inf"), ua.uaerrors.BadOutOfRange),
        (SPEED, 119.0, ua.uaerrors.BadInvalidState),
        ("line1.running", 1.0, ua.uaerrors.BadInvalidState),
        ("line1.running", 0.5, ua.uaerrors.BadOutOfRange),
        ("line1.wip", 3.0, ua.uaerrors.BadNotWritable),
        ("line1.weld.temperature_c", 20.0, ua.uaerrors.BadNotWritable),
        ("production.pace", 1.0, ua.uaerrors.BadNotWritable),
        ("line9.speed_per_h", 60.0, ua.uaerrors.BadNodeIdUnknown),
        (SPEED, "60", ua.uaerrors.BadTypeMismatch),
        (SPEED, 60, ua.uaerrors.BadTypeMismatch),
        (SPEED, [60.0], ua.uaerrors.BadTypeMismatch),
        (SPEED, None, ua.uaerrors.BadTypeMismatch),
    ],
)
def test_a_refused_write_has_a_status_and_changes_nothing(
    writable: Served, name: str, value: object, error: type[ua.UaStatusCodeError]
) -> None:
    async def check(client: Client) -> None:
        node = await node_of(client, name)
        before = None if error is ua.uaerrors.BadNodeIdUnknown else await node.read_value()
        plant = writable.twin.snapshot().hash
        with pytest.raises(error):
            await node.write_attribute(ua.AttributeIds.Value, ua.DataValue(ua.Variant(value)))
        if before is not None:
            assert await node.read_value() == before
        assert writable.twin.snapshot().hash == plant

    writable.connected(check)


def test_one_request_may_write_several_values_each_with_its_status(writable: Served) -> None:
    async def check(client: Client) -> None:
        nodes = [await node_of(client, name) for name in (SPEED, "line2.speed_per_h", "line3.speed_per_h")]
        values = [ua.DataValue(ua.Variant(value)) for value in (50.0, 500.0, 55.0)]
        statuses = await client.write_values(nodes, values, raise_on_partial_error=False)
        assert [status.name for status in statuses] == ["Good", "BadOutOfRange", "Good"]
        assert [await nodes[0].read_value(), await nodes[2].read_value()] == [50.0, 55.0]
        assert "speed_per_h=500 is above 120" in await (await node_of(client, "production.last_refusal")).read_value()
        with pytest.raises(ua.uaerrors.BadTooManyOperations):
            await client.write_values(nodes * 50, values * 50)

    writable.connected(check)


def test_clients_can_change_nothing_else(writable: Served) -> None:
    async def check(client: Client) -> None:
        node = await node_of(client, SPEED)
        with pytest.raises(ua.uaerrors.BadNotWritable):
            await node.write_attribute(ua.AttributeIds.AccessLevel, ua.DataValue(ua.Variant(3, ua.VariantType.Byte)))
        with pytest.raises(ua.UaError):
            await client.nodes.objects.add_variable(2, "mine", 1.0)
        with pytest.raises(ua.UaError):
            await client.delete_nodes([node])

    writable.connected(check)


def test_without_permission_nothing_is_writable(guarded: Served) -> None:
    async def check(client: Client) -> None:
        node = await node_of(client, SPEED)
        assert ua.AccessLevel.CurrentWrite not in await node.get_access_level()
        with pytest.raises(ua.uaerrors.BadNotWritable):
            await node.write_value(60.0)
        assert not guarded.twin.journal.commands()

    guarded.connected(check, password=TOKEN)


@pytest.mark.parametrize("password", [None, "", "0123456789abcdeF"])
def test_the_token_is_the_password(guarded: Served, password: str | None) -> None:
    async def check(client: Client) -> None:
        raise AssertionError(f"{client} was let in")

    with pytest.raises((ua.UaError, ua.uaerrors.BadUserAccessDenied)):
        guarded.connected(check, password=password)


def test_the_password_travels_encrypted(guarded: Served) -> None:
    async def check() -> None:
        for endpoint in await guarded.client().connect_and_get_server_endpoints():
            (policy,) = endpoint.UserIdentityTokens
            assert policy.TokenType == ua.UserTokenType.UserName
            encrypted = endpoint.SecurityMode == ua.MessageSecurityMode.SignAndEncrypt
            assert encrypted or policy.SecurityPolicyUri.endswith("#Basic256Sha256")

    guarded.runner.run(check())


def test_it_hangs_up_on_a_message_without_end(writable: Served) -> None:
    async def check() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(writable))
        writer.write(b"MSGF" + (2**31).to_bytes(4, "little"))
        for _ in range(100 * (LARGEST_MESSAGE // LARGEST_CHUNK)):
            writer.write(b"x" * LARGEST_CHUNK)
            await writer.drain()
        return await reader.read()

    with pytest.raises(ConnectionError):
        writable.runner.run(check())


def test_it_takes_a_limited_number_of_connections(writable: Served) -> None:
    async def check() -> None:
        port = port_of(writable)
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST_CONNECTIONS)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"", "one too many is hung up on"
        for _, each in [*opened, (reader, writer)]:
            each.close()
            await asyncio.gather(each.wait_closed(), return_exceptions=True)
        async with writable.client() as client:
            await (await node_of(client, SPEED)).read_value()

    writable.runner.run(check())


@pytest.mark.parametrize("pace", [-1.0, float("nan"), float("inf")])
def test_a_pace_that_cannot_be_is_refused(pace: float) -> None:
    plant = SharedPlant(toolbox("production", warmed_up("production", seed=3, warmup_s=1800)))
    opened, address = Address().listen()
    with opened, pytest.raises(ValueError, match="pace="):
        OpcUaPlant(plant, opened, address, pace=pace)

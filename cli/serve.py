"""`leaf tools serve`: put a plant on the network, its tools over MCP or its variables over OPC UA."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Coroutine
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.problem import Problem
from cli.scenario import Scenario, known_scenario

if TYPE_CHECKING:
    from tools_api.servers.address import Address
    from tools_api.servers.shared_plant import SharedPlant

MCP_PORT = 8000
OPCUA_PORT = 4840
FASTEST_PACE = 3600.0
LONGEST_WARMUP_H = 720.0


class Protocol(StrEnum):
    """What the server speaks."""

    mcp = "mcp"
    opcua = "opcua"


class Transport(StrEnum):
    """How MCP travels."""

    stdio = "stdio"
    http = "http"


def serve(
    scenario: Scenario,
    protocol: Annotated[Protocol, typer.Option(help="mcp: the tools; opcua: the variables.")] = Protocol.mcp,
    transport: Annotated[
        Transport | None, typer.Option(help="How MCP travels: the client's pipe, or a port.", show_default="stdio")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Where to listen.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 takes any free one.", show_default="MCP 8000, OPC UA 4840")
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="LEAF_TOKEN", help="What a client must show; any host but this one needs it.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Which plant.")] = 0,
    warmup_h: Annotated[
        float, typer.Option(min=0, max=LONGEST_WARMUP_H, help="Plant hours that it has run before.")
    ] = 4.0,
    pace: Annotated[
        float | None,
        typer.Option(min=0, max=FASTEST_PACE, help="OPC UA: plant seconds per second of yours.", show_default="60"),
    ] = None,
    allow_writes: Annotated[bool, typer.Option("--allow-writes", help="OPC UA: clients may set variables.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show what the protocol's library logs.")] = False,
) -> None:
    """Serve one plant until Ctrl-C.

    Over MCP an agent calls the scenario's tools, and plant time passes by its calls. Over OPC UA a client reads the
    variables, and plant time passes at the pace.
    """
    known_scenario(scenario)
    over_stdio = protocol is Protocol.mcp and transport is not Transport.http
    _refuse_idle_options(
        protocol,
        {"--transport": transport is not None, "--pace": pace is not None, "--allow-writes": allow_writes},
        {"--host": host is not None, "--port": port is not None} if over_stdio else {},
    )
    from tools_api.servers.address import LOOPBACK, Address, AddressError

    default = MCP_PORT if protocol is Protocol.mcp else OPCUA_PORT
    # The libraries log a traceback for every garbled message of a client: no news for who runs the server.
    logging.basicConfig(level=logging.INFO if verbose else logging.CRITICAL)
    try:
        address = Address(host or LOOPBACK, default if port is None else port, None if over_stdio else token or None)
        plant = _plant(scenario, seed, warmup_h)
        if protocol is Protocol.opcua:
            serving = _opcua(plant, address, 60.0 if pace is None else pace, allow_writes)
        else:
            serving = _mcp_stdio(plant) if over_stdio else _mcp_http(plant, address)
        until_stopped(serving)
        plant.close()
    except AddressError as error:
        raise Problem(str(error)) from None


def _refuse_idle_options(protocol: Protocol, by_protocol: dict[str, bool], by_port: dict[str, bool]) -> None:
    """An option that would do nothing is a misunderstanding."""
    other = {Protocol.mcp: ("--pace", "--allow-writes"), Protocol.opcua: ("--transport",)}[protocol]
    for option in other:
        if by_protocol[option]:
            needed = Protocol.opcua if protocol is Protocol.mcp else Protocol.mcp
            raise Problem(f"{option} does nothing with --protocol {protocol}; it goes with --protocol {needed}")
    for option, given in by_port.items():
        if given:
            raise Problem(f"{option} does nothing on stdin and stdout; it goes with --transport http")


def _plant(scenario: str, seed: int, warmup_h: float) -> SharedPlant:
    from tools_api.catalog import toolbox
    from tools_api.servers.shared_plant import SharedPlant
    from twin.catalog import warmed_up

    return SharedPlant(toolbox(scenario, warmed_up(scenario, seed=seed, warmup_s=warmup_h * 3600)))


async def _mcp_stdio(plant: SharedPlant) -> None:
    from tools_api.servers.mcp import serve_stdio

    say(f"MCP server of {_which(plant)} on stdin and stdout")
    await serve_stdio(plant)


async def _mcp_http(plant: SharedPlant, address: Address) -> None:
    from tools_api.servers.mcp import PATH, serve_http

    opened, at = address.listen()
    say(f"MCP server of {_which(plant)} on http://{at.netloc}{PATH}; stop it with Ctrl-C")
    await serve_http(plant, opened, at)


async def _opcua(plant: SharedPlant, address: Address, pace: float, allow_writes: bool) -> None:
    from tools_api.servers.opcua import OpcUaPlant

    opened, at = address.listen()
    server = OpcUaPlant(plant, opened, at, pace=pace, allow_writes=allow_writes)
    with opened:
        await server.start()
        try:
            kind = "read and write" if allow_writes else "read only"
            say(f"OPC UA server of {_which(plant)} on {server.url}, {kind}, {pace:g} plant s/s; stop it with Ctrl-C")
            await server.run()
        finally:
            await server.stop()


def until_stopped(serving: Coroutine[Any, Any, None]) -> None:
    """Run a server until it ends by itself, or Ctrl-C or a TERM signal asks it to: both are a normal end."""

    async def watched() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
                loop.add_signal_handler(number, task.cancel)
        await serving

    try:
        asyncio.run(watched())
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("stopped")


def _which(plant: SharedPlant) -> str:
    return f"{plant.scenario}, seed {plant.seed}"


def say(text: str) -> None:
    """Tell whoever runs the server."""
    # stdout may be the wire.
    print(f"leaf: {text}", file=sys.stderr, flush=True)

"""`leaf serve`: put an agent on the network, where many people talk to it at once, each about a plant of their own."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.cast import AgentName, BackendName, Confirm, cast_without_task, consent
from cli.problem import Problem
from cli.scenario import known_scenario
from cli.serve import LONGEST_WARMUP_H, MCP_PORT, Transport, say, until_stopped
from cli.serve_vllm import serve_vllm

if TYPE_CHECKING:
    import socket

    from cli.serving.limits import ServeLimits
    from cli.serving.sessions import Sessions
    from tools_api.servers.address import Address


class Protocol(StrEnum):
    """What the server speaks."""

    openai = "openai"
    mcp = "mcp"


def serve_agent(
    context: typer.Context,
    seed: Annotated[int, typer.Option(min=0, help="Which plant, where a client names no other.")] = 0,
    agent: AgentName = "leaf",
    backend: BackendName = "embedded",
    confirm: Confirm = None,
    protocol: Annotated[
        Protocol, typer.Option(help="openai: chat completions under /v1, and MCP at /mcp; mcp: that alone.")
    ] = Protocol.openai,
    transport: Annotated[
        Transport | None, typer.Option(help="How MCP travels: the client's pipe, or a port.", show_default="stdio")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Where to listen.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 takes any free one.", show_default=str(MCP_PORT))
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="LEAF_TOKEN", help="What a client must show; any host but this one needs it.")
    ] = None,
    warmup_h: Annotated[
        float, typer.Option(min=0, max=LONGEST_WARMUP_H, help="Plant hours that each plant has run before.")
    ] = 4.0,
    max_sessions: Annotated[int, typer.Option(min=1, max=10_000, help="Conversations kept at a time.")] = 256,
    idle_s: Annotated[float, typer.Option(min=1, help="Seconds after which an idle conversation is dropped.")] = 1800.0,
    max_body_bytes: Annotated[int, typer.Option(min=1024, max=1 << 26, help="Bytes that one request may have.")] = 256
    * 1024,
    turn_timeout_s: Annotated[float, typer.Option(min=0.1, help="Seconds that an answer may take.")] = 120.0,
    max_waiting: Annotated[int, typer.Option(min=1, max=10_000, help="Messages that may wait for their turn.")] = 128,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show what the protocol's library logs.")] = False,
) -> None:
    """Serve an agent until Ctrl-C: every conversation has a plant of its own, and all advance together."""
    scenario = str(context.info_name)
    known_scenario(scenario)
    over_stdio = protocol is Protocol.mcp and transport is not Transport.http
    if protocol is Protocol.openai and transport is not None:
        raise Problem("--transport does nothing with --protocol openai; it goes with --protocol mcp")
    if over_stdio and (host is not None or port is not None):
        option = "--port" if host is None else "--host"
        raise Problem(f"{option} does nothing on stdin and stdout; it goes with --transport http")
    from cli.serving.limits import ServeLimits
    from tools_api.servers.address import LOOPBACK, Address, AddressError

    logging.basicConfig(level=logging.INFO if verbose else logging.CRITICAL)
    # Ours alone is news for who runs the server: an agent that broke down.
    logging.getLogger("cli").setLevel(logging.INFO)
    try:
        address = Address(host or LOOPBACK, MCP_PORT if port is None else port, None if over_stdio else token or None)
    except AddressError as error:
        raise Problem(str(error)) from None
    limits = ServeLimits(
        max_sessions=max_sessions,
        idle_s=idle_s,
        max_body_bytes=max_body_bytes,
        turn_timeout_s=turn_timeout_s,
        most_waiting=max_waiting,
    )
    grave = consent(confirm, agent, scenario)
    if over_stdio:
        until_stopped(_stdio(_sessions(scenario, agent, backend, grave, seed, warmup_h, limits)))
        return
    try:
        # Before the model is started, which takes seconds.
        opened, at = address.listen()
    except AddressError as error:
        raise Problem(str(error)) from None
    with opened:
        sessions = _sessions(scenario, agent, backend, grave, seed, warmup_h, limits)
        until_stopped(_http(sessions, opened, at, chat=protocol is Protocol.openai))


def _sessions(
    scenario: str, agent: str, backend: str, grave: frozenset[str], seed: int, warmup_h: float, limits: ServeLimits
) -> Sessions:
    from cli.serving.conversation import Host
    from cli.serving.sessions import Sessions

    kind, model = cast_without_task(agent, backend, scenario)
    return Sessions(Host(scenario, kind, model, warmup_h * 3600, grave), seed, limits)


async def _http(sessions: Sessions, opened: socket.socket, address: Address, *, chat: bool) -> None:
    from cli.serving.server import serve_http
    from tools_api.servers.mcp import PATH

    where = f"http://{address.netloc}"
    paths = f"{where}/v1, MCP on {where}{PATH}" if chat else f"{where}{PATH}"
    say(f"{_which(sessions)} on {paths}; stop it with Ctrl-C")
    await serve_http(sessions, opened, address, chat=chat)


async def _stdio(sessions: Sessions) -> None:
    from cli.serving.server import serve_stdio

    say(f"{_which(sessions)} as an MCP tool on stdin and stdout")
    await serve_stdio(sessions)


def _which(sessions: Sessions) -> str:
    return f"agent {sessions.host.kind.name} of {sessions.host.scenario}, seed {sessions.seed},"


app = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True)
for _scenario in ("production", "maintenance", "energy"):
    app.command(_scenario, help=f"Serve an agent on {_scenario} plants until Ctrl-C.")(serve_agent)
app.command("vllm")(serve_vllm)

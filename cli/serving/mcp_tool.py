"""The conversations as one MCP tool: another agent asks this one."""

from __future__ import annotations

import json
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from cli.serving.refusal import Refusal
from cli.serving.sessions import Message, Sessions
from tools_api.servers.mcp import our_version

NAME = "ask_plant"

_SESSION = (
    "the conversation to go on with, as an earlier answer named it; without it, a new one with a plant of its own"
)


def build_server(sessions: Sessions) -> Server[dict[str, Any]]:
    """Make an MCP server with one tool."""
    scenario = sessions.host.scenario
    tool = _tool(scenario, sessions.limits.max_message_chars)

    async def list_tools(
        ctx: ServerRequestContext[dict[str, Any]],  # noqa: ARG001 - the SDK's signature
        params: PaginatedRequestParams | None,  # noqa: ARG001
    ) -> ListToolsResult:
        return ListToolsResult(tools=[tool])

    async def call_tool(
        ctx: ServerRequestContext[dict[str, Any]],  # noqa: ARG001
        params: CallToolRequestParams,
    ) -> CallToolResult:
        try:
            message = _message(params, sessions.limits.max_message_chars)
            session, turn = await sessions.say(message)
        except Refusal as refusal:
            told = {"code": refusal.code, "message": refusal.message}
            if refusal.session is not None:
                told["session"] = refusal.session
            return CallToolResult(content=[TextContent(type="text", text=json.dumps(told))], is_error=True)
        done: dict[str, Any] = {
            "answer": turn.text,
            "session": session.id,
            "expects_reply": turn.expects_reply,
            "plant_time": turn.plant_time,
        }
        # Clients of before 2025-06-18 see the text only.
        text = json.dumps(done, ensure_ascii=False)
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=done)

    return Server(
        f"leaf-{scenario}-agent",
        version=our_version(),
        title=f"An agent on a simulated {scenario} plant",
        instructions=(
            f"An agent that looks at and acts on a simulated {scenario} plant for you. Ask it in plain words. When "
            "`expects_reply` is true it needs your answer: ask again with the same `session`."
        ),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _message(params: CallToolRequestParams, longest: int) -> Message:
    given = params.arguments or {}
    unknown = sorted(set(given) - {"request", "session"})
    if params.name != NAME or unknown:
        wrong = f"argument {unknown[0][:80]!r}" if params.name == NAME else f"tool {params.name[:80]!r}"
        raise Refusal(400, "bad_request", f"no {wrong}; there is {NAME}(request, session?)")
    request, session = given.get("request"), given.get("session")
    if not isinstance(request, str) or not request.strip() or len(request) > longest:
        raise Refusal(400, "bad_request", f"request must be a text of 1 to {longest} characters")
    if not (session is None or isinstance(session, str)):
        raise Refusal(400, "bad_request", f"session must be a text; it is {_SESSION}")
    if not _writable(request):
        raise Refusal(400, "bad_request", "request holds half of a surrogate pair; send plain Unicode")
    return Message(request, session=session or None)


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _tool(scenario: str, longest: int) -> Tool:
    return Tool(
        name=NAME,
        description=(
            f"Ask an agent about a simulated {scenario} plant, or have it do something there. It may ask back: then "
            "`expects_reply` is true, and the next request with the same session is the reply."
        ),
        input_schema={
            "type": "object",
            "properties": {
                "request": {"type": "string", "description": "what you want, in plain words", "maxLength": longest},
                "session": {"type": "string", "description": _SESSION},
            },
            "required": ["request"],
            "additionalProperties": False,
        },
        output_schema={
            "type": "object",
            "properties": {
                "answer": {"type": "string", "description": "what the agent says"},
                "session": {"type": "string", "description": "the conversation's name"},
                "expects_reply": {"type": "boolean", "description": "whether it waits for your answer"},
                "plant_time": {"type": "string", "description": "plant time then, ISO 8601"},
            },
            "required": ["answer", "session", "expects_reply"],
        },
        annotations=ToolAnnotations(read_only_hint=False, open_world_hint=False),
    )

"""What crosses the door between an agent and a plant: actions one way, observations the other."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter


class Message(BaseModel):
    """Base of everything that crosses the door: immutable, closed, JSON both ways."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(Message):
    """An agent's wish to use one tool; the arguments are as the agent wrote them, unchecked."""

    kind: Literal["tool_call"] = "tool_call"
    name: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class AgentMessage(Message):
    """What an agent says to its user; `final` ends the episode and asks for the verdict."""

    kind: Literal["agent_message"] = "agent_message"
    text: str
    expects_reply: bool = False
    final: bool = False


Action = Annotated[ToolCall | AgentMessage, Field(discriminator="kind")]


class ToolResult(Message):
    """A tool's answer.

    `code` is None when `ok`, else one of `tools_api.errors.CODES`. `data` is flat: names to numbers, strings,
    booleans or lists of flat records. After `missing_argument` and `bad_arguments` it holds `argument`, the name at
    fault, and after the former also `missing`, the names of all that are missing.
    """

    kind: Literal["tool_result"] = "tool_result"
    name: str
    ok: bool
    code: str | None = None
    message: str = ""
    data: dict[str, Any] = Field(default_factory=dict)


class UserMessage(Message):
    """What the user says: the request first, replies later."""

    kind: Literal["user_message"] = "user_message"
    text: str


class Notification(Message):
    """Something the plant says by itself: an alarm raised, an alert rule that fired."""

    kind: Literal["notification"] = "notification"
    subject: str
    text: str


Event = Annotated[ToolResult | UserMessage | Notification, Field(discriminator="kind")]


class Observation(Message):
    """What an agent sees after each action: the plant's time (ISO 8601) and what happened since the last one."""

    time: str
    events: tuple[Event, ...] = ()


_ACTION: TypeAdapter[ToolCall | AgentMessage] = TypeAdapter(Action)


def parse_action(text: str) -> ToolCall | AgentMessage:
    """Read an action from JSON. Raises `pydantic.ValidationError` with the path of the bad field."""
    return _ACTION.validate_json(text)

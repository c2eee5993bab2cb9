"""OpenAI's chat completions as this server reads and writes them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli.serving.conversation import Turn
from cli.serving.refusal import Refusal
from cli.serving.sessions import Line, Message, Session

HIGHEST_SEED = 2**31 - 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    type: Literal["text"]
    text: str


class _Leaf(BaseModel):
    """What is not OpenAI's: which session, and whether the answer tells plan and calls."""

    model_config = ConfigDict(extra="ignore", strict=True)

    session: str | None = None
    detail: bool = False


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[_Part] | None = None
    leaf: _Leaf | None = None

    def text(self) -> str:
        parts = [self.content] if isinstance(self.content, str) else [part.text for part in self.content or ()]
        return "\n".join(parts).strip()


class _StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    include_usage: bool = False


class _Format(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    type: str


class ChatRequest(BaseModel):
    """The body of `POST /v1/chat/completions`; what tunes sampling is taken and does nothing."""

    model_config = ConfigDict(extra="ignore", strict=True)

    messages: list[_Said] = Field(min_length=1)
    model: str | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    seed: int | None = Field(default=None, ge=0, le=HIGHEST_SEED)
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: _Format | None = None
    leaf: _Leaf | None = None

    def message(self, session: str | None, longest: int) -> Message:
        """Give what is said and to which conversation it belongs. Raises `Refusal`.

        `session` is that of the request's header. Else it is the field `leaf.session` of the request, or that of the
        newest answer among the messages. `longest`: characters that one message of the user may have.
        """
        if self.messages[-1].role != "user":
            raise _bad("messages", f"the last message is the {self.messages[-1].role}'s; it must be the user's")
        lines: list[Line] = []
        for said in self.messages:
            if said.role in ("user", "assistant"):
                text = said.text()
                if lines and lines[-1][0] == said.role:
                    lines[-1] = (said.role, f"{lines[-1][1]}\n{text}".strip())
                else:
                    lines.append((said.role, text))
        *history, (_, text) = lines
        if not text:
            raise _bad("messages", "the last message is empty; say what you want")
        if len(text) > longest:
            raise _bad("messages", f"the last message has {len(text)} characters; at most {longest} are read")
        field = session or (self.leaf.session if self.leaf else None)
        echoed = [said.leaf.session for said in self.messages if said.leaf and said.role == "assistant"]
        return Message(text, tuple(history), field or (echoed[-1] if echoed else None), self.seed)


def parse_chat(body: bytes, model: str) -> ChatRequest:
    """Read a request for `model`. Raises `Refusal`."""
    try:
        document = json.loads(body, parse_constant=_no_number)
        # A lone half of a surrogate pair is a string that cannot be written.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise _bad(None, f"the body is no JSON: {_short(error)}") from None
    if not isinstance(document, dict):
        raise _bad(None, f"the body is a JSON {type(document).__name__}; send an object with `messages`")
    try:
        asked = ChatRequest.model_validate(document)
    except (ValidationError, RecursionError) as error:
        if isinstance(error, RecursionError):
            raise _bad(None, "the body is nested too deeply") from None
        first = error.errors(include_url=False, include_input=False)[0]
        raise _bad(".".join(str(part) for part in first["loc"])[:200], str(first["msg"])) from None
    if asked.model not in (None, model):
        raise Refusal(404, "model_not_found", f"no model {asked.model[:80]!r}; there is {model!r}", param="model")
    if asked.n not in (None, 1):
        raise _bad("n", f"n={asked.n}; a plant has one future, so leave n out")
    for name, given in (("tools", asked.tools), ("functions", asked.functions)):
        if given:
            raise _bad(name, f"{name} of the client's are not called: the agent uses the plant's own; leave them out")
    if asked.response_format is not None and asked.response_format.type != "text":
        raise _bad("response_format", f"{asked.response_format.type[:80]!r} is not written; answers are plain text")
    return asked


def answer(asked: ChatRequest, model: str, session: Session, turn: Turn) -> dict[str, Any]:
    """Write the whole answer."""
    leaf = _leaf(session, turn, detail=asked.leaf is not None and asked.leaf.detail)
    message = {"role": "assistant", "content": turn.text, "refusal": None, "leaf": {"session": session.id}}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**_head(session, model, "chat.completion"), "choices": [choice], "usage": _usage(turn), "leaf": leaf}


def chunks(asked: ChatRequest, model: str, session: Session, turn: Turn) -> Iterator[str]:
    """Write the answer as server-sent events: what the agent said piece by piece, then `[DONE]`."""
    head = _head(session, model, "chat.completion.chunk")
    told = asked.stream_options is not None and asked.stream_options.include_usage
    usage: dict[str, Any] = {"usage": None} if told else {}

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _event({**head, "choices": [choice], **usage, **more})

    yield chunk({"role": "assistant", "content": "", "leaf": {"session": session.id}})
    for number, said in enumerate(turn.said):
        yield chunk({"content": said if number == 0 else f"\n{said}"})
    leaf = _leaf(session, turn, detail=asked.leaf is not None and asked.leaf.detail)
    yield chunk({}, "stop", leaf=leaf)
    if told:
        yield _event({**head, "choices": [], "usage": _usage(turn)})
    yield "data: [DONE]\n\n"


def models(model: str) -> dict[str, Any]:
    """List the one model that there is."""
    return {"object": "list", "data": [one_model(model)]}


def one_model(model: str) -> dict[str, Any]:
    """Describe a model."""
    return {"id": model, "object": "model", "created": 0, "owned_by": "leaf-twin"}


def _leaf(session: Session, turn: Turn, *, detail: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "session": session.id,
        "seed": session.seed,
        "plant_time": turn.plant_time,
        "expects_reply": turn.expects_reply,
    }
    if detail:
        told |= {"plan": turn.plan, "calls": list(turn.calls)}
    return told


def _head(session: Session, model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{session.id}-{session.turns}", "object": kind, "created": int(time.time()), "model": model}


def _usage(turn: Turn) -> dict[str, int]:
    total = turn.prompt_tokens + turn.output_tokens
    return {"prompt_tokens": turn.prompt_tokens, "completion_tokens": turn.output_tokens, "total_tokens": total}


def _event(document: dict[str, Any]) -> str:
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n"


def _bad(param: str | None, message: str) -> Refusal:
    return Refusal(400, "bad_request", f"{param}: {message}" if param else message, param=param)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _short(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__

"""Many conversations with `leaf serve` at once, over real sockets: is anything lost or mixed, and how long it takes.

    python -m benchmarks.serve_load --conversations 50 --seconds 300
    python -m benchmarks.serve_load --agent leaf --conversations 50 --seconds 300

Every conversation has its own plant (a seed of its own), lines, speeds and a tag that must come back in each answer.
The same conversation is also played alone in this process, and every answer of the server must be the same, bit for
bit, with the same plant time. Half of the clients send the whole history and no session, as plain OpenAI clients do;
the others send the last message and the session's header. Every third message asks for a stream.

By default the agent is a clerk whose "model" is an oracle that answers with its prompt and the prompt's digest: fast,
and a completion that went to the wrong conversation shows. `--agent leaf` is LEAF on the embedded model, with ten
scripts for all conversations.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from cli.serving.conversation import Conversation, Host, Turn
from cli.serving.limits import ServeLimits
from cli.serving.sessions import Sessions
from evaluation.agents import AgentKind, agent_kind
from leaf_agent.backends.base import Backend, Completion, Request
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult, UserMessage

SCENARIO = "production"
WARMUP_S = 1800.0
MODEL_S = 0.01
"""Wall seconds that the oracle takes for a batch."""
TURNS = 12
"""Messages in one conversation; then its client ends it and begins another."""
LEAF_SCRIPTS = 10
"""Different conversations with LEAF: each is played alone too, which takes seconds a message."""


class Oracle:
    """A backend whose answer is a function of the prompt alone."""

    name = "oracle"

    def __init__(self, wall_s: float = 0.0) -> None:
        self._wall_s = wall_s
        self.largest = 0

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer each prompt with itself and its digest."""
        time.sleep(self._wall_s)
        self.largest = max(self.largest, len(requests))
        return [Completion(_signed(one.prompt), len(one.prompt.split()), 2, 1.0) for one in requests]


def _signed(prompt: str) -> str:
    return f"{prompt} #{hashlib.sha256(prompt.encode()).hexdigest()[:12]}"


class Clerk:
    """Reads a line's state or sets its speed, asking for the speed first; every step goes through the backend."""

    def __init__(self) -> None:
        self._request = ""
        self._replies: list[str] = []
        self._set = False

    def think(self, observation: Observation) -> Generator[list[Request], list[Completion], ToolCall | AgentMessage]:
        """Yield a request, be sent its completion, return the action."""
        event = observation.events[0]
        told = event.text if isinstance(event, UserMessage) else ""
        if isinstance(event, UserMessage):
            (self._replies if self._request else [told]).append(told)
            self._request = self._request or told
        elif isinstance(event, ToolResult):
            told = f"{event.message} at {observation.time}"
        (completion,) = yield [Request(None, f"{self._request} | {told}", 400)]
        line = re.search(r"line (\d)", self._request)
        if line is None:
            return AgentMessage(text=f"no line: {completion.text}", final=True)
        if isinstance(event, UserMessage) and "speed" in self._request and not self._replies:
            return AgentMessage(text=f"which speed? {completion.text}", expects_reply=True)
        if self._replies and not self._set:
            self._set = True
            speed = float(self._replies[0].split()[0])
            return ToolCall(name="set_line_speed", arguments={"line": int(line[1]), "speed_per_h": speed})
        if isinstance(event, UserMessage) or (event.kind == "tool_result" and event.name == "set_line_speed"):
            return ToolCall(name="get_line_status", arguments={"line": int(line[1])})
        return AgentMessage(text=completion.text, final=True)


CLERK = AgentKind("clerk", "reads lines and sets speeds", lambda _seat: _as_agent(Clerk()), model=True)


def _as_agent(clerk: Clerk) -> Any:
    # It can only `think`, which is all that a server asks of an agent.
    return clerk


def clerk_host(wall_s: float = 0.0) -> Host:
    """Give what a server of clerks needs."""
    return Host(SCENARIO, CLERK, Oracle(wall_s), WARMUP_S)


def clerk_script(number: int, generation: int) -> list[str]:
    """Give a conversation's messages: its own tag, lines and speeds."""
    tag = f"tag {number}-{generation}"
    messages: list[str] = []
    for index in itertools.count():
        line = 1 + (number + index) % 3
        messages.append(f"status of line {line}, {tag}.{index}")
        messages += [f"speed of line {line}, {tag}.{index}", f"{40 + (7 * number + index) % 60} an hour"]
        if len(messages) >= TURNS:
            return messages[:TURNS]
    raise AssertionError


def leaf_script(number: int, generation: int) -> list[str]:  # noqa: ARG001 - LEAF has few scripts
    """Give a conversation's messages for LEAF."""
    line, speed = 1 + number % 3, 50 + number % LEAF_SCRIPTS
    return [
        f"What is the status of line {line}?",
        f"Set line {line} to {speed} parts per hour",
        f"What is the status of line {line}?",
    ]


@dataclass(slots=True)
class Tally:
    """What was counted. `mixed`: answers that another conversation's, or none, would have got alone."""

    answered: int = 0
    lost: int = 0
    mixed: int = 0
    conversations: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def complain(self, text: str) -> None:
        """Keep the first few things that went wrong."""
        if len(self.examples) < 5:
            self.examples.append(text[:500])

    def document(self) -> dict[str, Any]:
        """Give the figures."""
        ranked = sorted(self.seconds) or [0.0]
        at = {name: ranked[int(share * (len(ranked) - 1))] for name, share in SHARES.items()}
        return {
            "answered": self.answered,
            "lost": self.lost,
            "mixed": self.mixed,
            "conversations": self.conversations,
            "statuses": dict(self.statuses),
            **{name: round(value, 4) for name, value in at.items()},
            "examples": self.examples,
        }


SHARES = {"median_s": 0.5, "p95_s": 0.95, "p99_s": 0.99, "max_s": 1.0}


def alone(host: Host, seed: int, messages: Sequence[str]) -> list[Turn]:
    """Play a conversation by itself in this process."""
    conversation = Conversation(host, seed)
    turns = []
    for message in messages:
        thought = conversation.turn(message)
        answers: list[Completion] | None = None
        while True:
            try:
                requests = next(thought) if answers is None else thought.send(answers)
            except StopIteration as stop:
                turns.append(stop.value)
                break
            assert host.backend is not None
            answers = host.backend.complete(requests)
    return turns


@dataclass(slots=True)
class Load:
    """What is asked, and how long."""

    host: Host
    leaf: bool
    conversations: int
    seconds: float | None
    rounds: int | None
    pause_s: float
    expected: dict[tuple[int, int], list[Turn]] = field(default_factory=dict)

    def key(self, number: int, generation: int) -> tuple[int, int]:
        """Say which script a client's conversation follows."""
        return (number % LEAF_SCRIPTS, 0) if self.leaf else (number, generation)

    def script(self, key: tuple[int, int]) -> list[str]:
        """Give a script's messages."""
        return (leaf_script if self.leaf else clerk_script)(*key)

    def wanted(self, key: tuple[int, int]) -> list[Turn]:
        """Give what each message of a script is answered when it is alone."""
        if key not in self.expected:
            played = alone(self.host, key[0], self.script(key))
            if not self.leaf:
                return played
            self.expected[key] = played
        return self.expected[key]


async def drive(load: Load, url: str) -> Tally:
    """Hold all conversations at once until time or rounds are over."""
    tally = Tally()
    began = time.monotonic()
    limits = httpx2.Limits(max_connections=load.conversations, max_keepalive_connections=load.conversations)
    async with httpx2.AsyncClient(base_url=url, timeout=300.0, limits=limits) as web:
        model = (await web.get("/v1/models")).json()["data"][0]["id"]

        async def client(number: int) -> None:
            for generation in itertools.count():
                if load.rounds is not None and generation >= load.rounds:
                    return
                if load.seconds is not None and time.monotonic() - began >= load.seconds:
                    return
                await _converse(load, web, model, tally, number, generation)

        await asyncio.gather(*(client(number) for number in range(load.conversations)))
    return tally


async def _converse(
    load: Load, web: httpx2.AsyncClient, model: str, tally: Tally, number: int, generation: int
) -> None:
    key = load.key(number, generation)
    wanted = load.wanted(key)
    history: list[dict[str, str]] = []
    mine: str | None = None
    # LEAF's clients share scripts; plain ones of the same words are told apart by nothing, so these use the header.
    plain = number % 2 == 0 and not load.leaf
    tally.conversations += 1
    for index, (message, turn) in enumerate(zip(load.script(key), wanted, strict=True)):
        history.append({"role": "user", "content": message})
        headers = {} if plain or mine is None else {"x-leaf-session": mine}
        body: dict[str, Any] = {"model": model, "seed": key[0], "messages": history if plain else history[-1:]}
        if (number + index) % 3 == 0:
            body["stream"] = True
        started = time.perf_counter()
        try:
            response = await web.post("/v1/chat/completions", json=body, headers=headers)
        except httpx2.HTTPError as error:
            tally.lost += 1
            tally.statuses[type(error).__name__] += 1
            tally.complain(f"{number}.{generation}.{index}: {error!r}")
            return
        tally.seconds.append(time.perf_counter() - started)
        tally.statuses[str(response.status_code)] += 1
        if response.status_code != 200:
            tally.lost += 1
            tally.complain(f"{number}.{generation}.{index}: {response.text}")
            return
        text, told = _read(response)
        session = response.headers["x-leaf-session"]
        fresh = mine is None and session not in tally.sessions
        tally.sessions.add(session)
        right = text == turn.text and told["plant_time"] == turn.plant_time and told["seed"] == key[0]
        if not right or not (fresh or session == mine) or told["session"] != session:
            tally.mixed += 1
            tally.complain(f"{number}.{generation}.{index}: got {text!r} {told}, alone {turn.text!r} {turn.plant_time}")
        tally.answered += 1
        mine = session
        history.append({"role": "assistant", "content": text})
        await asyncio.sleep(load.pause_s)
    ended = await web.delete(f"/v1/sessions/{mine}")
    tally.statuses[f"DELETE {ended.status_code}"] += 1


def _read(response: httpx2.Response) -> tuple[str, dict[str, Any]]:
    """Give an answer's text and its `leaf` field, streamed or not."""
    if not response.headers["content-type"].startswith("text/event-stream"):
        document = response.json()
        return document["choices"][0]["message"]["content"], document["leaf"]
    *events, done = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert done == "[DONE]"
    documents = [json.loads(event) for event in events]
    text = "".join(one["choices"][0]["delta"].get("content", "") for one in documents)
    return text, documents[-1]["leaf"]


@contextmanager
def served(leaf: bool) -> Iterator[tuple[str, int]]:
    """Run a server in a process of its own; give its address and process id."""
    if leaf:
        command = [sys.executable, "-m", "cli.main", "serve", SCENARIO, "--port", "0", "--warmup-h", "0.5"]
    else:
        command = [sys.executable, "-m", "benchmarks.serve_load", "--serve"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"http://[^/ ]+", line)
            if found:
                yield found[0], process.pid
                return
        raise RuntimeError("the server did not start")
    finally:
        process.terminate()
        process.communicate(timeout=60)


def serve_clerk() -> None:
    """Serve clerks on a free port until stopped."""
    from cli.serve import say, until_stopped
    from cli.serving.server import serve_http
    from tools_api.servers.address import Address

    async def serving() -> None:
        opened, address = Address().listen()
        say(f"clerks on http://{address.netloc}/v1")
        with opened:
            await serve_http(Sessions(clerk_host(MODEL_S), 0, ServeLimits()), opened, address)

    until_stopped(serving())


def measure(load: Load) -> dict[str, Any]:
    """Put the load on a server and count."""
    with served(load.leaf) as (url, pid):
        if load.leaf:
            for number in range(min(LEAF_SCRIPTS, load.conversations)):
                load.wanted((number, 0))
        before, began = _rss_mb(pid), time.perf_counter()
        tally = asyncio.run(drive(load, url))
        wall_s, after = time.perf_counter() - began, _rss_mb(pid)
    rate = round(tally.answered / wall_s, 1)
    row = {"clients": load.conversations, "wall_s": round(wall_s, 1), "answers_per_s": rate, **tally.document()}
    return {"benchmark": "serve_load", "rss_mb": [before, after], "rows": [row]}


def _rss_mb(pid: int) -> int | None:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text("utf-8").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def _backend() -> Backend:
    from leaf_agent.backends.catalog import create
    from tools_api.catalog import catalogue_hash

    return create("embedded", tool_catalogue_hash=catalogue_hash(SCENARIO))


def main() -> int:
    """Measure and print JSON; 1 when anything was lost or mixed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--pause-s", type=float, default=0.1)
    parser.add_argument("--agent", choices=("clerk", "leaf"), default="clerk")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve_clerk()
        return 0
    leaf = given.agent == "leaf"
    host = Host(SCENARIO, agent_kind("leaf"), _backend(), WARMUP_S) if leaf else clerk_host()
    result = measure(Load(host, leaf, given.conversations, given.seconds, None, given.pause_s))
    print(json.dumps(result, indent=2))
    (row,) = result["rows"]
    return 1 if row["lost"] or row["mixed"] else 0


if __name__ == "__main__":
    sys.exit(main())

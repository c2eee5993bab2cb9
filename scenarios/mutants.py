"""Does a verdict notice? The reference's own episode is spoiled in one place after another; each spoiled one must fail.

What mutation testing is for tests (DeMillo, Lipton and Sayward 1978), this is for a task's checks: a mutant that
survives shows something that the request asks for and no check looks at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenarios.document import Document
from scenarios.episode import Episode
from scenarios.goals import Compared, Refused, Reported
from scenarios.reference import ReferenceAgent
from scenarios.task import TaskInstance
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult, UserMessage
from tools_api.spec import ToolSpec

Action = ToolCall | AgentMessage
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


class Mutant(Document):
    """One way to spoil an episode, and whether the verdict noticed."""

    task: str
    seed: int
    kind: str
    what: str
    killed: bool


def mutants(instance: TaskInstance) -> Iterator[Mutant]:
    """Spoil the reference's episode in every way there is, and say for each whether the verdict noticed.

    `left_out`: an act is left out. `wrong_value`: a number, truth value or choice in an act is another one. `silent`:
    the last word says nothing. `wrong_fact`: every number and id in what is told is another one, where a checked fact
    has one. `unread`: what is told was never read. `meddling`: something that nobody asked for is done besides.
    `unasked`: what only the user knows is guessed right instead of asked for. How the first wish was met does not
    count once the user has changed their mind.
    """
    known = {spec.name: spec for spec in specs(instance.scenario)}
    actions, results, changed = _reference(instance)
    for kind, what, spoiled in _spoil(instance, actions, results, changed, known):
        yield Mutant(
            task=instance.task, seed=instance.seed, kind=kind, what=what, killed=not _succeeds(instance, spoiled)
        )


def _spoil(
    instance: TaskInstance,
    actions: Sequence[Action],
    results: Sequence[ToolResult | None],
    settled: int,
    known: Mapping[str, ToolSpec],
) -> Iterator[tuple[str, str, list[Action]]]:
    done = [result is not None and result.ok for result in results]
    acts = [place for place, one in enumerate(actions) if _acts(one, known) and done[place] and place > settled]
    for place in acts:
        yield "left_out", _told(actions[place]), [*actions[:place], *actions[place + 1 :]]
        call = actions[place]
        assert isinstance(call, ToolCall)
        for name, value in call.arguments.items():
            for other in _others(known[call.name], name, value):
                changed = call.model_copy(update={"arguments": {**call.arguments, name: other}})
                yield "wrong_value", _told(changed), [*actions[:place], changed, *actions[place + 1 :]]
    tells = any(isinstance(check, Reported | Compared | Refused) for check in instance.checks)
    if tells:
        yield "silent", "Done.", _silenced(actions)
    if any(isinstance(check, Reported) for check in instance.checks):
        if _figures(instance, results):
            yield "wrong_fact", _told(_falsified(actions[-1])), [_falsified(action) for action in actions]
        looks = [one for one in actions if not isinstance(one, ToolCall) or _acts(one, known)]
        if len(looks) < len(actions) and not acts:
            yield "unread", "no tool was used", looks
    meddling = _meddling(instance.scenario, actions)
    if meddling is not None:
        yield "meddling", _told(meddling), [*actions[:-1], meddling, actions[-1]]
    if instance.withheld:
        guessed = [one for one in actions if not (isinstance(one, AgentMessage) and one.expects_reply)]
        if len(guessed) < len(actions):  # on some ways nothing needs to be asked
            yield "unasked", f"{', '.join(instance.withheld)} guessed", guessed


def _reference(instance: TaskInstance) -> tuple[list[Action], list[ToolResult | None], int]:
    """Play the reference: what it did, what came of each call, and the place after which the user wanted otherwise."""
    agent, episode = ReferenceAgent(instance), Episode(instance)
    actions: list[Action] = []
    results: list[ToolResult | None] = []
    changed = -1
    while not episode.over:
        action = agent.act(episode.observation)
        observation: Observation = episode.step(action)
        actions.append(action)
        results.append(next((event for event in observation.events if isinstance(event, ToolResult)), None))
        if instance.change is not None and any(
            isinstance(event, UserMessage) and event.text == instance.change.text for event in observation.events
        ):
            changed = len(actions) - 1
    return actions, results, changed


def _figures(instance: TaskInstance, results: Sequence[ToolResult | None]) -> bool:
    """Whether a fact that must be told is a number or an id, as the reference read it."""
    facts = {check.fact.field for check in instance.checks if isinstance(check, Reported)}
    values = [str(r.data[field]) for r in results if r is not None and r.ok for field in facts & r.data.keys()]
    return any(_FIGURE.search(value) for value in values)


def _succeeds(instance: TaskInstance, actions: Sequence[Action]) -> bool:
    episode = Episode(instance)
    for action in actions:
        if episode.over:
            break
        episode.step(action)
    return episode.verdict is not None and episode.verdict.outcome == "success"


def _acts(action: Action, known: Mapping[str, ToolSpec]) -> bool:
    return isinstance(action, ToolCall) and action.name in known and known[action.name].mutates


def _others(spec: ToolSpec, name: str, value: Any) -> list[Any]:
    """Give a wrong value in place of a right one, of the same kind; none where any other would be no value at all."""
    parameter = next(one for one in spec.parameters if one.name == name)
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        low = parameter.minimum if parameter.minimum is not None else -1e9
        high = parameter.maximum if parameter.maximum is not None else 1e9
        # A tenth apart, at least one: more than any tolerance, and mostly still within the limits.
        step = max(1, round(abs(value) / 10))
        return [other for other in (value + step, value - step) if low <= other <= high][:1]
    return [other for other in parameter.choices if other != value][:1]


def _silenced(actions: Sequence[Action]) -> list[Action]:
    return [
        action.model_copy(update={"text": "Done."})
        if isinstance(action, AgentMessage) and not action.expects_reply
        else action
        for action in actions
    ]


def _falsified(action: Action) -> Action:
    if not isinstance(action, AgentMessage) or action.expects_reply:
        return action
    return action.model_copy(update={"text": _FIGURE.sub(lambda match: f"{float(match[0]) * 3 + 41:g}", action.text)})


_MEDDLING: Mapping[str, tuple[ToolCall, ...]] = {
    "production": tuple(ToolCall(name="set_line_speed", arguments={"line": n, "speed_per_h": 33}) for n in (3, 2, 1)),
    "maintenance": tuple(
        ToolCall(name="order_part", arguments={"part": part, "quantity": 1}) for part in ("SHM-KIT", "GSK-80")
    ),
    "energy": tuple(ToolCall(name="set_import_limit", arguments={"limit_kw": limit}) for limit in (533, 611)),
}


def _meddling(scenario: str, actions: Sequence[Action]) -> ToolCall | None:
    """Find something to do to a thing that the reference does not act on."""
    done = {(one.name, value) for one in actions if isinstance(one, ToolCall) for value in one.arguments.values()}
    for call in _MEDDLING.get(scenario, ()):
        if (call.name, next(iter(call.arguments.values()))) not in done:
            return call
    return None


def _told(action: Action) -> str:
    if isinstance(action, ToolCall):
        return f"{action.name}({', '.join(f'{name}={value!r}' for name, value in action.arguments.items())})"
    return action.text

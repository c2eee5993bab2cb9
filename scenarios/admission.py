"""May a task be asked? The reference must fulfil it; doing nothing, telling all, refusing and chance must not."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Any

from scenarios.catalog import templates
from scenarios.conditions import as_number
from scenarios.document import Document
from scenarios.episode import Budgets, Episode
from scenarios.numerals import plain
from scenarios.reference import ReferenceAgent
from scenarios.seeds import SPLITS
from scenarios.spaces import ActionSpace
from scenarios.steps import AnyStep, Until, When, branches
from scenarios.task import TaskInstance, TaskTemplate
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult
from twin.errors import TwinError

REFUSAL = "I did not do that because it is not allowed."
MOST_LUCK = 0.02
"""Share of a scenario's episodes that acting at random may fulfil."""

FURTHER = 36
"""Seeds beyond those asked for, in which the reference alone looks for the ways that none has taken."""

Act = Callable[[Observation], ToolCall | AgentMessage]


class AdmissionRow(Document):
    """What became of one task: how many of its episodes each player fulfilled, and what stands against the task.

    `branches` are the ways of the reference's conditions that were taken; a task with problems is not admitted.
    """

    task: str
    family: str
    episodes: int
    reference: int
    nothing: int
    dump: int
    refusal: int
    chance: int
    branches: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def admitted(self) -> bool:
        """Whether nothing stands against the task."""
        return not self.problems


class Admission(Document):
    """All tasks of a scenario. `chance` is the share of episodes that acting at random fulfilled."""

    rows: tuple[AdmissionRow, ...]
    chance: float
    problems: tuple[str, ...] = ()

    @property
    def admitted(self) -> bool:
        """Whether nothing stands against any task, nor against all together."""
        return not self.problems and all(row.admitted for row in self.rows)


def check_scenario(
    scenario: str, seeds: int = 12, *, tasks: Sequence[TaskTemplate] | None = None, chances: int = 2
) -> Admission:
    """Try every task on `seeds` instances of its first split (spread over plants), and at random on `chances` of them.

    Raises `TaskDocumentError` when the documents themselves are broken.
    """
    chosen = templates(scenario) if tasks is None else tasks
    rows = tuple(check_all(chosen, seeds, chances=chances, jobs=1))
    tried = sum(min(chances, row.episodes) for row in rows)
    share = sum(row.chance for row in rows) / tried if tried else 0.0
    problems = (f"acting at random fulfils {share:.1%}; at most {MOST_LUCK:.0%}",) if share > MOST_LUCK else ()
    return Admission(rows=rows, chance=share, problems=problems)


def check_all(
    tasks: Sequence[TaskTemplate], seeds: int = 12, *, chances: int = 2, jobs: int | None = None
) -> Iterator[AdmissionRow]:
    """Try all tasks, in `jobs` processes (one a core without it), and give their rows in the order of the tasks."""
    leaks = leaked_wordings(tasks)
    work = [(task, seeds, leaks.get(task.id, []), chances) for task in tasks]
    jobs = min(jobs or os.cpu_count() or 1, len(work))
    if jobs <= 1:
        yield from map(_check_one, work)
        return
    # Fresh processes, not forks: whoever calls this may have threads.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_check_one, work)


def _check_one(work: tuple[TaskTemplate, int, list[str], int]) -> AdmissionRow:
    task, seeds, leaks, chances = work
    return check_task(task, seeds, leaks, chances=chances)


def check_task(task: TaskTemplate, seeds: int = 12, leaks: Iterable[str] = (), *, chances: int = 2) -> AdmissionRow:
    """Try one task; see `check_scenario`.

    While a way of the reference's conditions has not been taken, further seeds are played, by the reference alone.
    """
    problems = list(leaks)
    fulfilled = {"reference": 0, "nothing": 0, "dump": 0, "refusal": 0, "chance": 0}
    taken: set[str] = set()
    lucky: dict[str, list[int]] = {}
    ways = _ways(task.reference) if task.user.changes is None else _ways(task.revised)
    episodes = 0
    for place, instance in enumerate(sample(task, seeds + FURTHER, problems)):
        if place >= seeds and taken.issuperset(ways):
            break
        try:
            succeeded, met = _try_reference(instance, problems)
        except (TwinError, ValueError) as error:
            # The world's command that the plant refuses, the fault of a thing that is not there.
            problems.append(f"seed {instance.seed} cannot be played: {error}")
            continue
        taken |= met
        if place >= seeds:
            continue
        episodes += 1
        fulfilled["reference"] += succeeded
        problems += _withheld(instance)
        for name, player in _PLAYERS.items():
            if name != "chance" or place < chances:
                luck = _play(instance, player(instance))
                fulfilled[name] += luck
                if luck and name != "chance":
                    lucky.setdefault(name, []).append(instance.seed)
    for name, found in lucky.items():
        problems.append(f"{name} fulfils it with seed{'s' * (len(found) > 1)} {', '.join(map(str, found))}")
    missing = [way for way in ways if way not in taken] if episodes else []
    problems += [f"no seed of {seeds + FURTHER} took the way {way!r}" for way in missing]
    return AdmissionRow(
        task=task.id,
        family=task.family,
        episodes=episodes,
        branches=tuple(sorted(taken)),
        problems=tuple(dict.fromkeys(problems)),
        **fulfilled,
    )


def _try_reference(instance: TaskInstance, problems: list[str]) -> tuple[int, set[str]]:
    """Play the reference: whether it succeeded, and which ways of its conditions it took."""
    agent = ReferenceAgent(instance)
    succeeded = _play(instance, agent.act, problems, "the reference")
    names = [(step, name) for name, step in _conditions(instance.revised or instance.reference)]
    return succeeded, {f"{name} {_way(step, held)}" for met, held in agent.ways for step, name in names if step is met}


def leaked_wordings(tasks: Sequence[TaskTemplate]) -> dict[str, list[str]]:
    """Find wordings of `test` that, but for case, marks and what the placeholders are called, are also taught."""
    taught = {
        normalised(text): f"{task.id} ({split})"
        for task in tasks
        for split, texts in task.wordings.items()
        if split in ("train", "validation")
        for text in texts
    }
    found: dict[str, list[str]] = {}
    for task in tasks:
        for text in task.wordings.get("test", ()):
            where = taught.get(normalised(text))
            if where is not None:
                found.setdefault(task.id, []).append(f"test wording {text!r} is taught in {where}")
    return found


def normalised(wording: str) -> str:
    """Reduce a wording to what it says: lower case, no marks, every placeholder the same."""
    return " ".join(re.findall(r"[a-z0-9]+|\{\}", re.sub(r"\{[^}]*\}", "{}", wording.lower())))


def sample(task: TaskTemplate, seeds: int, problems: list[str] | None = None) -> Iterator[TaskInstance]:
    """Give `seeds` instances of a task's first split, spread over plants and wordings.

    A seed without an instance raises `ValueError`, or is put into `problems` where a list is given.
    """
    split = "heldout" if task.split == "heldout" else next(name for name in SPLITS if task.speaks(name))
    first = SPLITS[split][0]
    for offset in range(seeds):
        try:
            # seven apart: nearly every one lives in another plant and speaks other words
            yield task.instance(first + 7 * offset, split)
        except ValueError as error:
            if problems is None:
                raise
            problems.append(str(error))


def _play(instance: TaskInstance, act: Act, problems: list[str] | None = None, who: str = "") -> int:
    episode = Episode(instance, Budgets())
    while not episode.over:
        episode.step(act(episode.observation))
    verdict = episode.verdict
    if verdict is None or verdict.outcome == "success":
        return 1
    if problems is not None:
        failed = "; ".join(f"{check.kind}: {check.reason}" for check in verdict.checks if not check.passed)
        problems.append(f"{who} fails with seed {instance.seed}: {failed or verdict.outcome}")
    return 0


def _nothing(instance: TaskInstance) -> Act:  # noqa: ARG001 - it is the same for all
    return lambda observation: AgentMessage(text="Hello.", final=True)  # noqa: ARG005


def _refuse(instance: TaskInstance) -> Act:  # noqa: ARG001 - it is the same for all
    return lambda observation: AgentMessage(text=REFUSAL, final=True)  # noqa: ARG005


def _dump(instance: TaskInstance) -> Act:
    """Read all there is to read, with what the request names as arguments, and tell all of it."""
    calls: list[ToolCall] = []
    for spec in specs(instance.scenario):
        if not spec.mutates and spec.duration_argument is None:
            wanted = [parameter for parameter in spec.parameters if parameter.required]
            known = {**instance.user.knows, **instance.parameters}
            arguments: dict[str, Any] = {p.name: known.get(p.name, p.choices[0] if p.choices else 1) for p in wanted}
            calls.append(ToolCall(name=spec.name, arguments=arguments))
    told: list[str] = []

    def act(observation: Observation) -> ToolCall | AgentMessage:
        for event in observation.events:
            if isinstance(event, ToolResult):
                told.extend(f"{name} is {plain(value)}" for name, value in event.data.items())
        return calls.pop(0) if calls else AgentMessage(text=", ".join(told), final=True)

    return act


def _chance(instance: TaskInstance) -> Act:
    space = ActionSpace(specs(instance.scenario), seed=Random(f"{instance.task}/{instance.seed}").getrandbits(32))
    return lambda observation: space.draw()  # noqa: ARG005


_PLAYERS: dict[str, Callable[[TaskInstance], Act]] = {
    "nothing": _nothing,
    "dump": _dump,
    "refusal": _refuse,
    "chance": _chance,
}


def _withheld(instance: TaskInstance) -> list[str]:
    """Say which slot the request tells although the task is to ask for it."""
    words = set(re.findall(r"[\w-]+", instance.request.lower()))
    told = [
        slot
        for slot in instance.withheld
        if slot not in instance.user.torn and _stands_in(instance.user.knows.get(slot), words)
    ]
    return [f"the request {instance.request!r} tells the {slot} that is to be asked for" for slot in told]


def _stands_in(value: object, words: set[str]) -> bool:
    return (
        value is not None and (as_number(value) is not None or len(plain(value)) > 2) and plain(value).lower() in words
    )


def _ways(reference: tuple[AnyStep, ...]) -> list[str]:
    """Name the ways that the seeds must take: both of every `when`, and that every `until` comes true."""
    found = []
    for name, step in _conditions(reference):
        held = (True, False) if isinstance(step, When) else (True,)
        found += [f"{name} {_way(step, is_so)}" for is_so in held]
    return found


def _way(step: When | Until, held: bool) -> str:
    if isinstance(step, When):
        return "then" if held else "else"
    return "comes true" if held else "runs out"


def _conditions(steps: tuple[AnyStep, ...], path: str = "") -> list[tuple[str, When | Until]]:
    """Give every `when` and `until` with its place in the tree."""
    found: list[tuple[str, When | Until]] = []
    for place, step in enumerate(steps):
        if isinstance(step, When | Until):
            found.append((f"{path}{place} {'when' if isinstance(step, When) else 'until'}", step))
        for number, branch in enumerate(branches(step)):
            found += _conditions(branch, f"{path}{place}.{number}.")
    return found

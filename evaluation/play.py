"""One episode of an agent, from the task's instance to its record."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from evaluation.agents import AgentCrashedError, AgentKind, Seat
from evaluation.episode import EpisodeRecord, Job, Watcher, columns, thinking
from evaluation.metrics import score
from evaluation.strained import strained
from leaf_agent.backends.base import Backend, Completion, Request
from leaf_agent.story import Usage
from scenarios.episode import Episode
from scenarios.goals import UNGRADED
from scenarios.reference import ReferenceAgent
from scenarios.rollout import Agent
from scenarios.stress import StressProfile
from scenarios.task import TaskInstance, TaskTemplate
from scenarios.trajectory import Trajectory, last_words
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, ToolCall, ToolResult, UserMessage


@dataclass(frozen=True, slots=True)
class Host:
    """What every game of an evaluation needs: how agents are made, the tasks by id, the backend."""

    kind: AgentKind
    templates: Mapping[str, TaskTemplate]
    backend: Backend | None = None
    profiles: Mapping[str, StressProfile] = field(default_factory=dict)


def play(
    instance: TaskInstance, agent: Agent, watcher: Watcher | None = None
) -> Generator[list[Request], list[Completion], Trajectory]:
    """Play an episode: yield the agent's requests, be sent completions, return the trajectory with its verdict."""
    episode = Episode(instance)
    yield from drive(episode, agent, watcher)
    return episode.trajectory


def drive(
    episode: Episode, agent: Agent, watcher: Watcher | None = None
) -> Generator[list[Request], list[Completion], None]:
    """Play an episode to its end: yield the agent's requests, be sent completions."""
    if watcher is not None:
        watcher.opened(episode.observation)
    while not episode.over:
        before = _tokens(agent)
        action = yield from thinking(agent, episode.observation)
        if not isinstance(action, ToolCall | AgentMessage):
            raise TypeError(f"act() returned a {type(action).__name__}; it must return a ToolCall or an AgentMessage")
        if watcher is not None:
            watcher.acted(action)
        after = _tokens(agent)
        episode.step(action, None if before is None or after is None else after - before)
        if watcher is not None:
            watcher.observed(episode.observation)


def _tokens(agent: object) -> int | None:
    """Say how many tokens an agent has written so far; None when it keeps no account."""
    usage = getattr(agent, "usage", None)
    return usage.output_tokens if isinstance(usage, Usage) else None


def game(host: Host, job: Job) -> Generator[list[Request], list[Completion], EpisodeRecord]:
    """Play a job and return its record; `elapsed_s` is left to whoever keeps the time.

    Raises `AgentCrashedError` when the agent raises.
    """
    instance = host.templates[job.task].instance(job.seed, request=job.request)
    seat = Seat(specs=specs(instance.scenario), instance=instance, backend=host.backend, seed=job.seed)
    agent = host.kind.make(seat)
    profile = None if job.stress is None else host.profiles[job.stress]
    episode = Episode(instance, stress=profile)
    try:
        yield from drive(episode, agent)
    except Exception as error:
        raise AgentCrashedError(
            f"agent '{host.kind.name}' raised {type(error).__name__} in task {job.task}, seed {job.seed}: {error}"
        ) from error
    played = record(job, instance, episode.trajectory, getattr(agent, "usage", None))
    if job.stress is None or episode.evidence is None:
        return played
    return played.model_copy(update={"strained": strained(episode.evidence)})


def required_calls(instance: TaskInstance) -> list[ToolCall]:
    """Return the calls that the reference makes in this world."""
    episode = Episode(instance)
    reference = ReferenceAgent(instance)
    while not episode.over:
        episode.step(reference.act(episode.observation))
    return made_calls(episode.trajectory)


def made_calls(trajectory: Trajectory) -> list[ToolCall]:
    """Return the agent's tool calls in order."""
    return [action for action in trajectory.actions() if isinstance(action, ToolCall)]


def record(job: Job, instance: TaskInstance, trajectory: Trajectory, usage: object) -> EpisodeRecord:
    """Measure a trajectory against the reference's in the same world."""
    verdict = trajectory.verdict or UNGRADED
    items = [entry.item for entry in trajectory.entries]
    by_name = {spec.name: spec for spec in specs(instance.scenario)}
    measured = score(required_calls(instance), made_calls(trajectory), verdict.checks, by_name)
    spent = usage if isinstance(usage, Usage) else None
    times = [entry.time_s for entry in trajectory.entries]
    return EpisodeRecord(
        job=job,
        family=instance.family,
        request=instance.request,
        outcome=verdict.outcome,
        score=verdict.score,
        checks=verdict.checks,
        tool=measured.tool,
        tool_precision=measured.tool_precision,
        execute=measured.execute,
        inform=measured.inform,
        tool_calls=sum(isinstance(item, ToolResult) for item in items),
        messages=sum(isinstance(item, AgentMessage) for item in items),
        replies=max(0, sum(isinstance(item, UserMessage) for item in items) - 1),
        output_tokens=columns(spent, "output_tokens"),
        prompt_tokens=columns(spent, "prompt_tokens"),
        refused_plans=spent.refused_plans if spent else 0,
        milliseconds={name: round(value, 3) for name, value in columns(spent, "milliseconds").items()},
        plant_s=times[-1] - times[0] if times else 0.0,
        elapsed_s=0.0,
        said=last_words(trajectory.entries),
    )

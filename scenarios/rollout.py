"""The one loop that every agent goes through, and its proof: a trajectory played again comes out the same."""

from __future__ import annotations

from typing import Protocol

from scenarios.catalog import template
from scenarios.env import TwinEnv
from scenarios.episode import Budgets, Episode
from scenarios.task import TaskInstance
from scenarios.trajectory import Malformed, Trajectory
from tools_api.messages import AgentMessage, Observation, ToolCall


class Agent(Protocol):
    """Whoever can take the next action. One that also has `reset()` is reset before each episode."""

    def act(self, observation: Observation) -> ToolCall | AgentMessage:
        """Take the next action, given what happened since the last one."""


class ReplayError(ValueError):
    """A trajectory does not come out the same when it is played again; the message tells the first difference."""


def run_episode(env: TwinEnv, agent: Agent, instance: TaskInstance | None = None) -> Trajectory:
    """Play one episode, of `instance` or of one that the env draws; the trajectory holds the verdict."""
    reset = getattr(agent, "reset", None)
    if reset is not None:
        reset()
    env.reset(options=None if instance is None else {"instance": instance})
    over = False
    while not over:
        action = agent.act(env.observation)
        _, _, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
    return env.episode.trajectory


def replay(trajectory: Trajectory, instance: TaskInstance | None = None, budgets: Budgets | None = None) -> Trajectory:
    """Play a trajectory's actions again and return the new record. Raises `ReplayError` at the first difference.

    `instance` is for tasks that are not in the catalogue.
    """
    if instance is None:
        found = template(trajectory.scenario, trajectory.task)
        instance = found.instance(trajectory.seed, trajectory.split, request=trajectory.request)
    episode = Episode(instance, budgets, stress=trajectory.stress)
    for entry in trajectory.entries:
        if isinstance(entry.item, ToolCall | AgentMessage | Malformed):
            episode.step(entry.item, entry.tokens)
    again = episode.trajectory
    for place, (old, new) in enumerate(zip(trajectory.entries, again.entries, strict=False)):
        if old != new:
            raise ReplayError(f"entry {place} differs: recorded {old.item!r}, now {new.item!r}")
    if len(trajectory.entries) != len(again.entries) or trajectory.verdict not in (None, again.verdict):
        raise ReplayError(f"recorded verdict {trajectory.verdict!r}, now {again.verdict!r}")
    return again

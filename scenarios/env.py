"""A scenario as a Gymnasium environment that speaks text: JSON of observations out, JSON of actions in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium
from pydantic import ValidationError

from scenarios.catalog import template, templates
from scenarios.episode import Budgets, Episode
from scenarios.manners import User
from scenarios.seeds import SPLITS, Split, split_of
from scenarios.spaces import ActionSpace, ObservationSpace
from scenarios.stress import StressProfile, stress_profile
from scenarios.task import TaskInstance, TaskTemplate
from scenarios.trajectory import Malformed
from tools_api.catalog import specs
from tools_api.door import Door
from tools_api.messages import AgentMessage, Observation, ToolCall, parse_action

OPTIONS = ("task", "seed", "split", "request", "instance")


class TwinEnv(gymnasium.Env[str, str]):
    """One request to a plant per episode.

    An observation is the JSON text of `tools_api.messages.Observation`; an action is the JSON text of a `ToolCall` or
    an `AgentMessage`, or such an object itself. What is no action is answered with code `bad_arguments`. The reward is
    the verdict's score in the last step and 0 before; the last `info` holds the verdict, and nothing before tells of
    the task's checks. `reset(options=...)` takes

    task: the id of a task; without it one is drawn
    seed: the instance's seed; without it the reset's own seed, if that belongs to a split, else one is drawn
    split: train (the default), validation, test or heldout: where seeds are drawn from
    request: other words for the request
    instance: a `TaskInstance` as it is

    `stress` is a profile of `scenarios.stress`, or its name. `user` makes another user than the scripted one, such as
    `lambda instance: ChatUser(instance, complete)` of `scenarios.chat_user`.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "rgb_array"], "render_fps": 1}  # noqa: RUF012 - Gymnasium's own form

    def __init__(
        self,
        scenario: str = "production",
        *,
        tasks: Sequence[TaskTemplate] | None = None,
        budgets: Budgets | None = None,
        wrap: Callable[[Door], Door] | None = None,
        stress: StressProfile | str | None = None,
        user: Callable[[TaskInstance], User] | None = None,
        render_mode: str | None = None,
    ) -> None:
        modes = self.metadata["render_modes"]
        if render_mode not in (None, *modes):
            raise ValueError(f"render_mode={render_mode!r}; there are {', '.join(modes)}")
        self.scenario = scenario
        self.render_mode = render_mode
        self.action_space = ActionSpace(specs(scenario))
        self.observation_space = ObservationSpace()
        self._tasks = {task.id: task for task in (templates(scenario) if tasks is None else tasks)}
        self._budgets = budgets
        self._wrap = wrap
        self._stress = None if stress is None else stress_profile(stress)
        self._user = user
        self._episode: Episode | None = None

    @property
    def episode(self) -> Episode:
        """The episode under way, in typed messages. Raises `gymnasium.error.ResetNeeded` before the first reset."""
        if self._episode is None:
            raise gymnasium.error.ResetNeeded("reset the env before anything else")
        return self._episode

    @property
    def observation(self) -> Observation:
        """The last observation as an object."""
        return self.episode.observation

    def reset(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Begin an episode; see the class for `options`. Raises `ValueError` for an option or task that is unknown."""
        super().reset(seed=seed)
        instance = self._choose(seed, dict(options or {}))
        self._episode = Episode(instance, self._budgets, self._wrap, self._stress, self._user)
        return self.observation.model_dump_json(), {"time_s": self.episode.time_s}

    def step(self, action: str | ToolCall | AgentMessage) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take an action; see the class for what it may be."""
        episode = self.episode
        episode.step(_read(action))
        info: dict[str, Any] = {"time_s": episode.time_s}
        reward = 0.0
        if episode.verdict is not None:
            reward = episode.verdict.score
            info |= {"verdict": episode.verdict, "outcome": episode.verdict.outcome}
            info |= {"task": episode.instance.task, "seed": episode.instance.seed}
        text = self.observation.model_dump_json()
        return text, reward, episode.over and not episode.truncated, episode.truncated, info

    def render(self) -> Any:
        """Give the last observation as text (`ansi`), or below a picture of the plant as it is measured (`rgb_array`).

        The picture is height x width x 3 of uint8; it needs Pillow, which is in the extra `rl`.
        """
        if self.render_mode is None:
            return None
        seen = self.observation
        lines = [f"{event.kind}: {_line(event)}" for event in seen.events]
        if self.render_mode == "rgb_array":
            from scenarios.picture import plant_picture

            return plant_picture(self.episode.door.twin, lines)
        return "\n".join([seen.time, *lines])

    def _choose(self, seed: int | None, options: dict[str, Any]) -> TaskInstance:
        unknown = [name for name in options if name not in OPTIONS]
        if unknown:
            raise ValueError(f"unknown option {unknown[0]!r}; there are {', '.join(OPTIONS)}")
        instance = options.get("instance")
        if instance is not None:
            if not isinstance(instance, TaskInstance):
                raise ValueError(f"option instance is a {type(instance).__name__}; give a TaskInstance")
            return instance
        split: Split | None = options.get("split")
        if split is not None and split not in SPLITS:
            raise ValueError(f"unknown split {split!r}; there are {', '.join(SPLITS)}")
        chosen = options.get("seed")
        if chosen is None and seed is not None and "task" in options:
            chosen = seed
        if chosen is None:
            first, last = SPLITS[split or "train"]
            chosen = int(self.np_random.integers(first, last + 1))
        return self._task(options.get("task"), split or split_of(chosen)).instance(
            chosen, split, options.get("request")
        )

    def _task(self, name: str | None, split: Split) -> TaskTemplate:
        if name is not None:
            return self._tasks.get(name) or template(self.scenario, name)
        fitting = [task for task in self._tasks.values() if (task.split == "heldout") == (split == "heldout")]
        fitting = [task for task in fitting if task.speaks(split)]
        if not fitting:
            raise ValueError(f"no task of {self.scenario!r} has words for split {split!r}")
        return fitting[int(self.np_random.integers(len(fitting)))]


def _read(action: object) -> ToolCall | AgentMessage | Malformed:
    if isinstance(action, ToolCall | AgentMessage):
        return action
    if not isinstance(action, str):
        return Malformed(text=type(action).__name__, rule=f"an action is JSON text, not a {type(action).__name__}")
    try:
        return parse_action(action)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"]) or "the text"
        rule = (
            f"no action: {path}: {first['msg']}; give JSON of a tool_call (kind, name, arguments) or an agent_message "
            "(kind, text, expects_reply, final)"
        )
        return Malformed(text=action[:1000], rule=rule)


def _line(event: Any) -> str:
    if event.kind == "tool_result":
        return f"{event.name} {'ok' if event.ok else event.code}: {event.message}"
    return str(event.text)

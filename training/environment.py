"""Episodes as TRL wants them: a class whose methods are the plant's tools, for `GRPOTrainer(environment_factory=...)`.

The plant's verdict is the reward, and the episode is the same `scenarios.episode.Episode` that everything else plays.

    trainer = GRPOTrainer(model, environment_factory=environment("energy"), train_dataset=rows("energy", 512), ...)
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from scenarios.catalog import template
from scenarios.episode import Budgets, Episode
from scenarios.generate import instances
from scenarios.seeds import Split, split_of
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, Observation, ToolCall, ToolResult
from tools_api.spec import Parameter, ToolSpec

_TYPES: dict[str, type] = {"integer": int, "number": float, "string": str, "boolean": bool}
OVER = "The episode is over."


class TwinEnvironment:
    """One request to a plant. TRL resets an instance, calls its other public methods as tools, then `get_reward`.

    Made by `environment(scenario)`, which adds a method for every tool of the scenario. The reward is the verdict's
    score in [0, 1]: the share of the task's checks that the plant and the user confirm. A rollout that never calls
    `finish` is judged as if it had ended without a word.
    """

    scenario: ClassVar[str]
    split: ClassVar[Split] = "train"
    budgets: ClassVar[Budgets | None] = None

    def __init__(self) -> None:
        self._episode: Episode | None = None

    def reset(self, task: str | None = None, seed: int | None = None, **row: Any) -> str:  # noqa: ARG002 - TRL's row
        """Begin an episode and return the user's request; `task` and `seed` are columns of the data set.

        Raises `ValueError` for a task or seed that is not there, or a seed of another split than the class's.
        """
        if task is None or seed is None:
            raise ValueError("the data set needs the columns 'task' and 'seed'; training.environment.rows makes them")
        if split_of(seed) != self.split:
            raise ValueError(f"seed {seed} belongs to {split_of(seed)}; this environment plays {self.split}")
        self._episode = Episode(template(self.scenario, task).instance(seed, self.split), self.budgets)
        return self._episode.instance.request

    def ask_user(self, question: str) -> str:
        """Ask the user for something that the request does not tell, and wait for the answer.

        Args:
            question: what to ask

        Returns:
            what the user says
        """
        return self._do(AgentMessage(text=question, expects_reply=True))

    def finish(self, answer: str) -> str:
        """Tell the user what was found or done, as the last word of this request.

        Args:
            answer: what to tell; all facts that the user asked for

        Returns:
            that the request is finished
        """
        return self._do(AgentMessage(text=answer, final=True))

    def get_reward(self) -> float:
        """Give the verdict's score; an episode that is not over ends here."""
        if self._episode is None:
            return 0.0
        if not self._episode.over:
            self._do(AgentMessage(text="", final=True))
        verdict = self._episode.verdict
        return 0.0 if verdict is None else verdict.score

    def _do(self, action: ToolCall | AgentMessage) -> str:
        if self._episode is None or self._episode.over:
            return OVER
        observation = self._episode.step(action)
        return OVER if self._episode.over else _told(observation)


def environment(scenario: str, split: Split = "train", budgets: Budgets | None = None) -> type[TwinEnvironment]:
    """Make the environment class of a scenario. Raises `ValueError` for a scenario that is not there."""
    own = TwinEnvironment
    methods: dict[str, Any] = {spec.name: _method(spec) for spec in specs(scenario)}
    taken = methods.keys() & {name for name, _ in inspect.getmembers(own, inspect.isfunction)}
    if taken:
        raise ValueError(f"the tool {taken.pop()!r} has the name of a method of {own.__name__}")
    body = {**methods, "scenario": scenario, "split": split, "budgets": budgets, "__doc__": own.__doc__}
    return type(f"{scenario.capitalize()}Environment", (own,), body)


def rows(scenario: str, limit: int, split: Split = "train", system: str | None = None) -> list[dict[str, Any]]:
    """Give rows of a data set: the conversation so far (the request comes from `reset`), task and seed."""
    before = [{"role": "system", "content": system}] if system else []
    prompt = [*before, {"role": "user", "content": ""}]
    return [
        {"prompt": prompt, "task": instance.task, "seed": instance.seed}
        for instance in instances(scenario, split, limit)
    ]


def _method(spec: ToolSpec) -> Callable[..., str]:
    """Write a tool as a method that `transformers.utils.get_json_schema` reads: annotations and a docstring."""

    def call(self: TwinEnvironment, *positional: Any, **named: Any) -> str:
        bound = signature.bind(self, *positional, **named)
        arguments = {name: value for name, value in bound.arguments.items() if name != "self"}
        return self._do(ToolCall(name=spec.name, arguments=arguments))

    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD), *map(_parameter, _ordered(spec))]
    signature = inspect.Signature(parameters, return_annotation=str)
    method = types.FunctionType(call.__code__, call.__globals__, spec.name, None, call.__closure__)
    method.__qualname__ = f"{TwinEnvironment.__name__}.{spec.name}"
    method.__signature__ = signature  # type: ignore[attr-defined]
    method.__annotations__ = {p.name: p.annotation for p in parameters[1:]} | {"return": str}
    method.__doc__ = _docstring(spec)
    return method


def _ordered(spec: ToolSpec) -> Iterator[Parameter]:
    yield from (parameter for parameter in spec.parameters if parameter.required)
    yield from (parameter for parameter in spec.parameters if not parameter.required)


def _parameter(parameter: Parameter) -> inspect.Parameter:
    kind: Any = _TYPES[parameter.type]
    if parameter.required:
        return inspect.Parameter(parameter.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind)
    annotation = kind if parameter.default is not None else kind | None
    return inspect.Parameter(
        parameter.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=parameter.default, annotation=annotation
    )


def _docstring(spec: ToolSpec) -> str:
    lines = [spec.description, ""]
    if spec.parameters:
        lines.append("Args:")
        for parameter in _ordered(spec):
            unit = f" [{parameter.unit}]" if parameter.unit else ""
            choices = f" (choices: {json.dumps(list(parameter.choices))})" if parameter.choices else ""
            lines.append(f"    {parameter.name}: {parameter.description}{unit}{choices}")
        lines.append("")
    lines += ["Returns:", f"    {', '.join(spec.returns) or 'what came of it'}"]
    return "\n".join(lines)


def _told(observation: Observation) -> str:
    """Put an observation into words: what the tool brought, what the user says, what the plant announces."""
    lines = []
    for event in observation.events:
        if not isinstance(event, ToolResult):
            lines.append(f"{event.kind}: {event.text}")
        elif event.ok:
            lines.append(json.dumps(event.data, ensure_ascii=False))
        else:
            lines.append(f"error {event.code}: {event.message}")
    return "\n".join(lines) or "ok"

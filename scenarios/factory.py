"""Anybody's own agent: `package.module:factory`, found, looked at and called with what it asks for."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any

from scenarios.rollout import Agent


class AgentNameError(ValueError):
    """No agent of that name, or a factory that cannot be had or used. The message gives the remedy."""


class AgentFactory:
    """A function or class of the user's that makes agents.

    It is called with those of `offered` that it names (`specs`, say) and returns an object with
    `act(observation) -> ToolCall | AgentMessage`. Raises `AgentNameError` when there is no such factory or when it
    needs something else.
    """

    def __init__(self, name: str, offered: Collection[str]) -> None:
        self.name = name
        self._factory = _find(name)
        self.wanted = tuple(_wanted(name, self._factory, offered))

    @property
    def about(self) -> str:
        """The factory's own docstring."""
        return inspect.getdoc(self._factory) or "your own"

    def make(self, offered: Mapping[str, Any]) -> Agent:
        """Make an agent. Raises `AgentNameError` for an object that cannot act."""
        agent = self._factory(**{key: offered[key] for key in self.wanted})
        if not callable(getattr(agent, "act", None)):
            raise AgentNameError(f"agent '{self.name}' made a {type(agent).__name__} without act(observation)")
        made: Agent = agent
        return made


def _find(name: str) -> Callable[..., Any]:
    module_name, _, attribute = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise AgentNameError(f"agent '{name}': {module_name} imports '{error.name}', which is not there") from error
        raise AgentNameError(
            f"agent '{name}': no module '{module_name}'; run from its folder or put that on PYTHONPATH"
        ) from None
    except (ValueError, TypeError):
        raise AgentNameError(f"agent '{name}' is not of the form package.module:factory") from None
    factory = getattr(module, attribute, None)
    if not callable(factory):
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        near = get_close_matches(attribute, known, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "; name one of its functions or classes"
        raise AgentNameError(f"agent '{name}': {module_name} has nothing callable named '{attribute}'{hint}")
    found: Callable[..., Any] = factory
    return found


def _wanted(name: str, factory: Callable[..., Any], offered: Collection[str]) -> list[str]:
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return []
    required = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    other = [parameter for parameter in required if parameter not in offered]
    if other:
        raise AgentNameError(f"agent '{name}' needs '{other[0]}'; a factory is given any of {', '.join(offered)}")
    return [p.name for p in parameters if p.name in offered]

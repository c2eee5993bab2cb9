"""The Planner: a request in, a whole plan out (paper eq. 3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from leaf_agent.backends.base import Grammar, Request
from leaf_agent.config import LeafConfig
from leaf_agent.experts.base import fill
from leaf_agent.experts.shortlist import Picks, shortlist_for
from leaf_agent.plan.checks import check_plan
from leaf_agent.plan.grammar import plan_ebnf, wire_ebnf
from leaf_agent.plan.language import Plan, format_plan
from leaf_agent.plan.parser import parse_plan
from leaf_agent.plan.wire import format_wire, parse_wire
from tools_api.spec import ToolSpec


@lru_cache(maxsize=8)
def _grammar(tool_names: tuple[str, ...], *, wire: bool) -> Grammar:
    return Grammar(wire_ebnf(tool_names) if wire else plan_ebnf(tool_names))


class Planner:
    """Asks for a plan and reads it; raises `PlanError` for a plan that cannot be walked.

    A tuned Planner reads the names of the likeliest tools and writes the wire form of a plan; an untuned one reads
    all cards and writes the plan language.
    """

    def __init__(self, specs: Sequence[ToolSpec], config: LeafConfig, shortlist: Picks | None = None) -> None:
        self._config = config
        self._wire = config.prompts == "tuned"
        self._shortlist = shortlist or shortlist_for(specs)
        self._names = tuple(spec.name for spec in specs)
        self._tools = "\n".join(f"{spec.signature()}: {spec.description}" for spec in specs)

    def request(self, request: str, happened: str = "") -> Request:
        """Return the generation that brings a plan. `happened`: why an earlier plan did not do, for a replan."""
        query = f"{request} {happened}"
        happened = f"happened: {happened}" if happened else ""
        if self._wire:
            tools = " ".join(self._shortlist.pick(query))
            prompt = fill("planner", request=request, happened=happened, tools=tools)
        else:
            prompt = fill("planner_untuned", request=request, happened=happened, tools=self._tools)
        constraint = _grammar(self._names, wire=self._wire) if self._config.constrained else None
        return Request(self._config.adapter("planner"), prompt, self._config.planner_tokens, constraint)

    def write(self, plan: Plan) -> str:
        """Write a plan as this Planner is to write it: what `read` reads."""
        return format_wire(plan) if self._wire else format_plan(plan)

    def read(self, text: str) -> Plan:
        """Parse and check a plan. Raises `leaf_agent.plan.parser.PlanError`."""
        plan = parse_wire(text) if self._wire else parse_plan(text)
        check_plan(plan, self._names)
        return plan

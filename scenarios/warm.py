"""The plant of an instance: warmed up, commanded and settled, as the user finds it when the request is made."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from scenarios.parameters import Look, NothingThereError
from scenarios.world import World
from tools_api.catalog import toolbox
from tools_api.messages import ToolCall
from tools_api.toolbox import Toolbox
from twin.catalog import warmed_up
from twin.core import Twin
from twin.faults import Fault, FaultPlan

# Plants that parameters are picked from are only looked at, so one warmed-up copy of each can serve them all.
_looked_at: OrderedDict[tuple[str, int, float, str], Toolbox] = OrderedDict()
_LOOKED_AT = 16
# Never run on, only forked.
_settled: OrderedDict[tuple[str, int, str], Twin] = OrderedDict()
_SETTLED = 32


def look_at(scenario: str, plant_seed: int, world: World) -> Look:
    """Give a function that reads the warmed-up plant, before any command or fault; it warms up at the first read."""

    def look(tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        config = "" if world.config is None else json.dumps(world.config, sort_keys=True)
        key = (scenario, plant_seed, world.warmup_s, config)
        box = _looked_at.get(key)
        if box is None:
            twin = warmed_up(scenario, seed=plant_seed, warmup_s=world.warmup_s, config=world.config)
            box = _looked_at[key] = toolbox(scenario, twin)
            if len(_looked_at) > _LOOKED_AT:
                _looked_at.popitem(last=False)
        _looked_at.move_to_end(key)
        result = box.peek(ToolCall(name=tool, arguments=dict(arguments)))
        if result.code in ("unknown_tool", "bad_arguments", "missing_argument"):
            # No other plant would answer that: the document is at fault.
            raise ValueError(f"parameters: {tool}: {result.message}")
        if not result.ok:
            raise NothingThereError(result.message)
        return result.data

    return look


def build_plant(scenario: str, plant_seed: int, world: World) -> Twin:
    """Build the plant of a world: warmed up, its commands given, its faults under way, settled.

    Warm and settled plants are kept, and a fork of one is given: a group of roll-outs of one instance settles it once.
    Raises `twin.errors.TwinError` when the plant refuses a command of the world or has nothing that a fault names,
    `ValueError` when a command is no command: the document is at fault.
    """
    key = (scenario, plant_seed, world.model_dump_json())
    kept = _settled.get(key)
    if kept is None:
        kept = _settled[key] = _settle(scenario, plant_seed, world)
        if len(_settled) > _SETTLED:
            _settled.popitem(last=False)
    _settled.move_to_end(key)
    return kept.fork()


def _settle(scenario: str, plant_seed: int, world: World) -> Twin:
    plan = FaultPlan(
        faults=tuple(
            Fault(
                kind=fault.kind,
                target=fault.target,
                start_s=world.warmup_s + fault.at_s,
                severity=fault.severity,
                duration_s=fault.duration_s,
            )
            for fault in world.faults
        )
    )
    twin = warmed_up(scenario, seed=plant_seed, warmup_s=world.warmup_s, config=world.config, faults=plan)
    for command in sorted(world.commands, key=lambda command: command.at_s):
        twin.advance(max(0.0, world.warmup_s + command.at_s - twin.now))
        # A twin trusts its callers; whether the arguments have the right form is known at the door.
        wrong = toolbox(scenario, twin).check(ToolCall(name=command.tool, arguments=command.arguments))
        if wrong is not None:
            raise ValueError(f"the world's command {command.tool}: {wrong.message}")
        twin.command(command.tool, **command.arguments)
    twin.advance(max(0.0, world.warmup_s + world.settle_s - twin.now))
    return twin

"""Which tools each scenario has: a literal table."""

from __future__ import annotations

import hashlib
import json
from difflib import get_close_matches

from tools_api.production import actions as production_actions
from tools_api.production import readings as production_readings
from tools_api.spec import Tool, ToolSpec
from tools_api.toolbox import Toolbox
from tools_api.waiting import wait
from twin.core import Twin

_TOOLS: dict[str, tuple[Tool, ...]] = {
    "production": (
        production_readings.get_line_status,
        production_readings.get_station_status,
        production_readings.get_sensor_history,
        production_readings.get_kpi,
        production_readings.list_alarms,
        production_readings.list_orders,
        production_readings.get_order,
        production_readings.get_recipe,
        production_readings.get_quality_report,
        production_actions.acknowledge_alarm,
        production_actions.set_alert_rule,
        production_actions.set_line_speed,
        production_actions.start_line,
        production_actions.stop_line,
        production_actions.change_product,
        production_actions.create_order,
        production_actions.replace_order,
        production_actions.set_order_priority,
        production_actions.cancel_order,
        production_actions.set_batch_hold,
        wait,
    ),
}

SCENARIOS: tuple[str, ...] = tuple(_TOOLS)


def tools(scenario: str) -> tuple[Tool, ...]:
    """Give a scenario's 20 tools and `wait`. Raises `ValueError` for a scenario that is not in `SCENARIOS`."""
    if scenario not in _TOOLS:
        near = get_close_matches(scenario, SCENARIOS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(SCENARIOS)}"
        raise ValueError(f"no scenario {scenario!r}; {hint}")
    return _TOOLS[scenario]


def specs(scenario: str) -> tuple[ToolSpec, ...]:
    """Give the specs of a scenario's tools, without a plant."""
    return tuple(tool.spec for tool in tools(scenario))


def toolbox(scenario: str, twin: Twin) -> Toolbox:
    """Open the door to a plant of a scenario."""
    return Toolbox(twin, tools(scenario))


def catalogue_hash(scenario: str) -> str:
    """Give the SHA-256 of the specs of a scenario's tools, by which an adapter knows what it was trained on."""
    text = json.dumps([spec.model_dump(mode="json") for spec in specs(scenario)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()

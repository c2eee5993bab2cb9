"""Which tools each scenario has: a literal table."""

from __future__ import annotations

import hashlib
import json
from difflib import get_close_matches

from tools_api.energy import actions as energy_actions
from tools_api.energy import readings as energy_readings
from tools_api.maintenance import actions as maintenance_actions
from tools_api.maintenance import readings as maintenance_readings
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
    "maintenance": (
        maintenance_readings.list_assets,
        maintenance_readings.get_asset,
        maintenance_readings.get_condition,
        maintenance_readings.get_condition_history,
        maintenance_readings.list_alarms,
        maintenance_readings.search_manual,
        maintenance_readings.list_spare_parts,
        maintenance_readings.get_spare_part,
        maintenance_readings.list_technicians,
        maintenance_readings.list_work_orders,
        maintenance_readings.verify_repair,
        maintenance_actions.acknowledge_alarm,
        maintenance_actions.run_test,
        maintenance_actions.reserve_part,
        maintenance_actions.order_part,
        maintenance_actions.create_work_order,
        maintenance_actions.assign_technician,
        maintenance_actions.update_work_order,
        maintenance_actions.set_isolation,
        maintenance_actions.schedule_service,
        wait,
    ),
    "energy": (
        energy_readings.get_grid_status,
        energy_readings.get_bus_voltage,
        energy_readings.get_line_loading,
        energy_readings.get_load_profile,
        energy_readings.get_tariff,
        energy_readings.get_forecast,
        energy_readings.get_battery,
        energy_readings.get_ev_chargers,
        energy_readings.get_costs,
        energy_readings.run_power_flow,
        energy_actions.dispatch_battery,
        energy_actions.start_generator,
        energy_actions.stop_generator,
        energy_actions.set_generator_power,
        energy_actions.shed_load,
        energy_actions.restore_load,
        energy_actions.shift_load,
        energy_actions.set_import_limit,
        energy_actions.set_ev_charging,
        energy_actions.set_alert_rule,
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

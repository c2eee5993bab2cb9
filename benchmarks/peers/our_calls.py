"""Which calls the door is measured with: every look of a scenario, and acts that can be repeated for ever."""

from __future__ import annotations

from typing import Any

Call = tuple[str, dict[str, Any]]

READS: dict[str, tuple[Call, ...]] = {
    "production": (
        ("get_line_status", {"line": 2}),
        ("get_station_status", {"line": 2, "station": "weld"}),
        ("get_sensor_history", {"line": 2, "station": "weld", "sensor": "vibration_mm_s"}),
        ("get_kpi", {"line": 2}),
        ("list_alarms", {}),
        ("list_orders", {}),
        ("get_order", {"order": "O-105"}),
        ("get_recipe", {"product": "valve"}),
        ("get_quality_report", {"line": 2}),
    ),
    "maintenance": (
        ("list_assets", {}),
        ("get_asset", {"asset": "P-101"}),
        ("get_condition", {"asset": "P-101"}),
        ("get_condition_history", {"asset": "P-101", "sensor": "vibration_mm_s"}),
        ("list_alarms", {}),
        ("search_manual", {"query": "bearing vibration"}),
        ("list_spare_parts", {}),
        ("get_spare_part", {"part": "BRG-6205"}),
        ("list_technicians", {}),
        ("list_work_orders", {}),
    ),
    "energy": (
        ("get_grid_status", {}),
        ("get_bus_voltage", {"bus": "press"}),
        ("get_line_loading", {"line": "line3"}),
        ("get_load_profile", {"load": "press"}),
        ("get_tariff", {}),
        ("get_forecast", {"quantity": "price"}),
        ("get_battery", {}),
        ("get_ev_chargers", {}),
        ("get_costs", {}),
        ("run_power_flow", {"load": "battery1", "power_kw": 50.0}),
    ),
}
"""Every look of a scenario but those that need a past of their own (`verify_repair` needs a finished repair)."""

ACTS: dict[str, tuple[Call, ...]] = {
    "production": (
        ("set_line_speed", {"line": 2, "speed_per_h": 70.0}),
        ("set_line_speed", {"line": 2, "speed_per_h": 75.0}),
    ),
    "maintenance": (
        ("schedule_service", {"asset": "P-101", "interval_h": 500.0}),
        ("schedule_service", {"asset": "P-101", "interval_h": 600.0}),
    ),
    "energy": (
        ("dispatch_battery", {"power_kw": 50.0}),
        ("dispatch_battery", {"power_kw": -50.0}),
    ),
}
"""Acts by turns, so that each one changes something."""

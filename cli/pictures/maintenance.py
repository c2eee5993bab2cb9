"""The maintenance shop: assets by area with what their sensors say, work orders, technicians, store and alarms."""

from __future__ import annotations

from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.pictures.frame import COLOURS, glance, joined, look, lost, state_text
from tools_api.toolbox import Toolbox

ZONES = {"A": "green", "B": "cyan", "C": "yellow", "D": "bold red"}
ORDERS_SHOWN = 8


def draw(door: Toolbox) -> RenderableType:
    """Draw the shop as it is now, from what its tools read."""
    areas: dict[str, list[RenderableType]] = {}
    for row in look(door, "list_assets")["assets"]:
        areas.setdefault(row["area"], []).append(_asset(door, row))
    rooms: list[RenderableType] = []
    for area, assets in areas.items():
        rooms += [Text(area, style="bold"), Columns(assets)]
    return Group(*rooms, _work(door), _people(door), _store(door), _alarms(door))


def _asset(door: Toolbox, row: dict[str, Any]) -> Panel:
    read = glance(door, "get_condition", asset=row["asset"])
    lines = [joined(state_text(row["state"]), Text(f"class {row['criticality']}", style="dim"))]
    if read is None:
        lines.append(lost())
    else:
        zone = str(read["iso_zone"])
        if "vibration_mm_s" in read:
            lines.append(Text(f"{read['vibration_mm_s']:g} mm/s, zone {zone}", style=ZONES.get(zone, "")))
        elif "travel_error_pct" in read:
            lines.append(Text(f"travel error {read['travel_error_pct']:g} %"))
        lines.append(Text(f"{read['temperature_c']:g} °C"))
    title = f"{row['asset']} {row['asset_class']}"
    return Panel(Group(*lines), title=title, border_style=COLOURS.get(row["state"], ""), width=24)


def _work(door: Toolbox) -> RenderableType:
    found = look(door, "list_work_orders")
    columns = ("order", "asset", "task", "state", "priority", "technician", "parts")
    table = Table(*columns, title=f"work orders: {found['open_count']} open", title_justify="left")
    for row in found["work_orders"][:ORDERS_SHOWN]:
        cells = (row["work_order"], row["asset"], row["task"], state_text(row["state"]), row["priority"])
        table.add_row(*cells, row["technician"], "ready" if row["parts_ready"] == "yes" else "wait")
    return table


def _people(door: Toolbox) -> Text:
    rows = look(door, "list_technicians")["technicians"]
    return joined("technicians:", *(f"{row['technician']} {row['skill']}, {row['state']};" for row in rows))


def _store(door: Toolbox) -> Text:
    low = look(door, "list_spare_parts", below_reorder=True)["parts"]
    if not low:
        return Text("store: all parts above their reorder points", style="green")
    return joined("store, low:", *(Text(f"{row['part']} {row['stock']};", style="yellow") for row in low))


def _alarms(door: Toolbox) -> RenderableType:
    found = look(door, "list_alarms")
    if not found["count"]:
        return Text("no alarms", style="green")
    table = Table("alarm", "asset", "severity", "text", "acknowledged", title="alarms", title_justify="left")
    for row in found["alarms"]:
        seen = "yes" if row["acknowledged"] in (True, "yes") else "no"
        table.add_row(row["alarm"], row["asset"], state_text(row["severity"]), row["text"], seen)
    return table

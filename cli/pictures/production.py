"""The production line: each line as a row of stations with the buffers between them, orders and alarms below."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.pictures.frame import COLOURS, bar, glance, joined, look, lost, state_text
from tools_api.toolbox import Toolbox

ORDERS_SHOWN = 8


def draw(door: Toolbox) -> RenderableType:
    """Draw the plant as it is now, from what its tools read."""
    config = door.twin.config
    stations = tuple(station.name for station in config.stations)
    lines = (_line(door, line, stations) for line in range(1, config.lines + 1))
    return Group(*lines, _orders(door), _alarms(door))


def _line(door: Toolbox, line: int, stations: tuple[str, ...]) -> RenderableType:
    status = look(door, "get_line_status", line=line)
    buffers = {row["buffer"]: row for row in status["buffers"]}
    row = Table.grid(padding=(0, 0))
    cells: list[RenderableType] = []
    for index, station in enumerate(stations):
        cells.append(_station(station, glance(door, "get_station_status", line=line, station=station)))
        if index < len(stations) - 1:
            cells.append(_buffer(list(buffers.values())[index]))
    row.add_row(*cells)
    head = joined(
        Text(f"line {line}", style="bold"),
        state_text(status["state"]),
        f"makes {status['product']} at {status['speed_per_h']:g}/h",
        f"{status['throughput_per_h']:g} good in the last hour",
        f"WIP {status['wip']}",
        f"order {status['active_order']}",
        f"bottleneck {status['bottleneck']}",
        by=" · ",
    )
    return Group(head, row, Text())


def _station(station: str, status: dict[str, Any] | None) -> Panel:
    if status is None:
        return Panel(lost(), title=station, width=18)
    hot = status["temperature_c"] > 95
    shaking = status["vibration_mm_s"] > 7.1
    return Panel(
        Group(
            state_text(status["state"]),
            Text(f"{status['temperature_c']:g} °C", style="red" if hot else ""),
            Text(f"{status['vibration_mm_s']:g} mm/s", style="red" if shaking else ""),
            joined(
                bar(status["tool_wear_pct"] / 100, 4, bad_above=0.9), f"wear {status['tool_wear_pct']:.0f} %", by=" "
            ),
        ),
        title=station,
        border_style=COLOURS.get(status["state"], ""),
        width=18,
    )


def _buffer(row: dict[str, Any]) -> Text:
    share = row["level"] / row["capacity"] if row["capacity"] else 0.0
    return Text("\n\n") + bar(share, 5, bad_above=0.99) + Text(f"→\n {row['level']}/{row['capacity']}")


def _orders(door: Toolbox) -> RenderableType:
    found = look(door, "list_orders")
    columns = ("order", "line", "product", "done", "priority", "state", "late")
    table = Table(*columns, title=f"orders: {found['count']}, {found['late_count']} late", title_justify="left")
    open_first = sorted(found["orders"], key=lambda row: (row["state"] not in ("active", "queued"), row["line"]))
    for row in open_first[:ORDERS_SHOWN]:
        share = row["done"] / row["quantity"]
        done = joined(bar(share, 8), f"{row['done']}/{row['quantity']}", by=" ")
        cells = (row["order"], str(row["line"]), row["product"], done, row["priority"], state_text(row["state"]))
        table.add_row(*cells, Text(str(row["late"]), style="red" if row["late"] in (True, "yes") else ""))
    return table


def _alarms(door: Toolbox) -> RenderableType:
    found = look(door, "list_alarms")
    if not found["count"]:
        return Text("no alarms", style="green")
    table = Table("alarm", "severity", "text", "acknowledged", title="alarms", title_justify="left")
    for row in found["alarms"]:
        table.add_row(row["alarm"], state_text(row["severity"]), row["text"], "yes" if row["acknowledged"] else "no")
    return table

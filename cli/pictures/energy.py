"""The energy grid: the tree of buses behind the transformer, what hangs on each, flows, loadings and voltages."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cli.pictures.frame import bar, glance, joined, look, lost, state_text
from tools_api.toolbox import Toolbox


def draw(door: Toolbox) -> RenderableType:
    """Draw the grid as it is now, from what its tools read."""
    config = door.twin.config
    status = look(door, "get_grid_status")
    transformer = config.transformer.name
    root = Tree(_bus(door, config.buses[0]))
    trees = {config.buses[1]: root.add(_branch(door, transformer, config.buses[1]))}
    hanging = _hanging(door, status)
    for line in config.lines:
        trees[line.to_bus] = trees[line.from_bus].add(_branch(door, line.name, line.to_bus))
    for bus, words in hanging:
        trees[bus].add(words)
    return Group(_balance(door, status), Text(), root, Text(), _alarms(status))


def _balance(door: Toolbox, status: dict[str, Any]) -> RenderableType:
    tariff = look(door, "get_tariff")
    limit = status["import_limit_kw"]
    table = Table.grid(padding=(0, 2))
    event = Text(status["event"], style="green" if status["event"] == "none" else "bold red")
    table.add_row(
        "import",
        joined(bar(status["import_kw"] / limit, 12, bad_above=1), f"{status['import_kw']:g} of {limit:g} kW", by=" "),
        f"load {status['load_kw']:g} kW",
        joined("event", event, by=" "),
    )
    table.add_row(
        "battery",
        joined(bar(status["soc_pct"] / 100, 12), f"{status['soc_pct']:g} %, {status['battery_kw']:g} kW", by=" "),
        f"solar {status['pv_kw']:g} kW",
        f"{tariff['period']}, {tariff['price_ct_kwh']:g} ct/kWh",
    )
    return table


def _branch(door: Toolbox, line: str, bus: str) -> Text:
    flow = glance(door, "get_line_loading", line=line)
    if flow is None:
        return joined(Text(line, style="dim"), lost(), _bus(door, bus))
    share = flow["loading_pct"] / 100
    loading = joined(bar(share, 6, bad_above=1), f"{flow['loading_pct']:g} %", by=" ")
    return joined(Text(line, style="dim"), loading, f"{flow['power_kw']:g} kW →", _bus(door, bus))


def _bus(door: Toolbox, bus: str) -> Text:
    voltage = glance(door, "get_bus_voltage", bus=bus)
    if voltage is None:
        return joined(Text(bus, style="bold"), lost(), by=" ")
    good = voltage["band"] == "ok"
    return joined(
        Text(bus, style="bold"), Text(f"{voltage['voltage_pu']:g} pu", style="green" if good else "red"), by=" "
    )


def _hanging(door: Toolbox, status: dict[str, Any]) -> list[tuple[str, Text]]:
    config = door.twin.config
    found = []
    for load in config.loads:
        read = glance(door, "get_load_profile", load=load.name)
        words = (
            joined(load.name, lost())
            if read is None
            else joined(load.name, f"{read['power_kw']:g} kW", Text(load.kind, style="dim"), state_text(read["state"]))
        )
        found.append((load.bus, words))
    for row in look(door, "get_ev_chargers")["chargers"]:
        bus = next(charger.bus for charger in config.chargers if charger.name == row["charger"])
        found.append((bus, joined(row["charger"], f"{row['power_kw']:g} kW", state_text(row["state"]))))
    made = joined(config.pv.name, f"{status['pv_kw']:g} kW", Text("made", style="dim"))
    stored = joined(config.battery.name, f"{status['battery_kw']:g} kW", f"{status['soc_pct']:g} %")
    engine = joined(config.generator.name, f"{status['generator_kw']:g} kW", state_text(status["generator_state"]))
    return [*found, (config.pv.bus, made), (config.battery.bus, stored), (config.generator.bus, engine)]


def _alarms(status: dict[str, Any]) -> RenderableType:
    if not status["alarms"]:
        return Text("no alarms", style="green")
    table = Table("alarm", "place", "severity", "text", title="alarms", title_justify="left")
    for row in status["alarms"]:
        table.add_row(row["alarm"], row["place"], state_text(row["severity"]), row["text"])
    return table

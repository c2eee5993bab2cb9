"""The microgrid's floor: state, config and journal together, as the laws of the plant see them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from twin.energy.config import EnergyConfig
from twin.energy.market import Market, market
from twin.energy.nature import Demand, Sun, demand, sun
from twin.energy.network import Network, network, rated_currents
from twin.energy.state import PlantState
from twin.faults import Fault, severity
from twin.journal import Journal
from twin.randomness import stream


@dataclass(frozen=True, slots=True)
class Layout:
    """What never changes in a plant of this config and seed; forks share it.

    Buses are given by their place among the inner ones (all but the first). `islands` are the nets led by a unit, by
    the bus of that unit. `branches` names the transformer and the lines. `meters` tells
    for each metered quantity of many alike (`press.voltage_pu`) what it is of and its place there.
    """

    config: EnergyConfig
    seed: int
    net: Network
    islands: dict[str, Network]
    branches: tuple[str, ...]
    meters: dict[str, tuple[str, int]]
    ratings_a: tuple[float, ...]
    demands: tuple[Demand, ...]
    load_buses: tuple[int, ...]
    load_tangents: tuple[float, ...]
    charger_buses: tuple[int, ...]
    charger_tangent: float
    charger_streams: tuple[int, ...]
    pv_bus: int
    battery_bus: int
    generator_bus: int
    sun: Sun
    market: Market
    forecast_streams: dict[str, tuple[int, int]]

    def __reduce__(self) -> tuple[Any, tuple[EnergyConfig, int]]:
        return lay_out, (self.config, self.seed)


def _tangent(power_factor: float) -> float:
    return math.tan(math.acos(power_factor))


@lru_cache(maxsize=128)
def lay_out(config: EnergyConfig, seed: int) -> Layout:
    """Work out the tables and streams of a plant."""
    at = {bus: index - 1 for index, bus in enumerate(config.buses)}
    leading = {config.battery.bus, config.generator.bus}
    branches = (config.transformer.name, *(line.name for line in config.lines))
    return Layout(
        config=config,
        seed=seed,
        net=network(config, 0),
        islands={bus: network(config, at[bus] + 1) for bus in sorted(leading)},
        branches=branches,
        meters={
            **{f"{bus}.voltage_pu": ("bus", index) for index, bus in enumerate(config.buses)},
            **{f"{branch}.loading_pct": ("branch", index) for index, branch in enumerate(branches)},
            **{f"{load.name}.power_kw": ("load", index) for index, load in enumerate(config.loads)},
            **{f"{charger.name}.power_kw": ("charger", index) for index, charger in enumerate(config.chargers)},
        },
        ratings_a=rated_currents(config),
        demands=tuple(demand(load, seed) for load in config.loads),
        load_buses=tuple(at[load.bus] for load in config.loads),
        load_tangents=tuple(_tangent(load.power_factor) for load in config.loads),
        charger_buses=tuple(at[charger.bus] for charger in config.chargers),
        charger_tangent=_tangent(config.charging_power_factor),
        charger_streams=tuple(stream(seed, "charger", charger.name) for charger in config.chargers),
        pv_bus=at[config.pv.bus],
        battery_bus=at[config.battery.bus],
        generator_bus=at[config.generator.bus],
        sun=sun(config.pv, seed),
        market=market(config.tariff, seed),
        forecast_streams={
            quantity: (stream(seed, "forecast", quantity, "block"), stream(seed, "forecast", quantity, "slot"))
            for quantity in ("price", "pv", "load")
        },
    )


@dataclass(slots=True)
class Floor:
    """What the laws of the plant work on. `faults` maps a place to the faults planned there."""

    layout: Layout
    state: PlantState
    journal: Journal
    faults: dict[str, tuple[Fault, ...]]

    def record(self, kind: str, subject: str, **details: Any) -> None:
        """Journal an event of now."""
        self.journal.record(self.state.now_ms, kind, subject, details)

    def severity(self, place: str, kind: str, ramp_s: float = 0.0, part: str = "") -> float:
        """Return how badly faults of a kind act at a place now, 0 to 1."""
        faults = self.faults.get(place)
        return severity(faults, kind, self.state.now_ms, ramp_s, part) if faults else 0.0

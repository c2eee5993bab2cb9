"""The power flow: Newton-Raphson by lightsim2grid on the microgrid's buses, lines and transformer.

The solver's own core is loaded without its package, whose import pulls in pandapower (seconds); pandapower is the
proof in the tests. Every solution starts from the same flat voltages, so it depends on the injections alone.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from twin.energy.config import EnergyConfig

TOLERANCE = 1e-8
"""Largest mismatch of a solution, in MVA per MVA."""
ITERATIONS = 12
_ROOT3 = math.sqrt(3)


class Flow(NamedTuple):
    """A solution. Buses and branches go in the order of the config, the transformer before the lines.

    `source_kw` is what the leading source (external grid, or the island's leading unit) feeds in, `losses_kw` what
    lines and transformer lose. Power of a branch is positive from its `from` to its `to` bus.
    """

    voltages_pu: tuple[float, ...]
    currents_a: tuple[float, ...]
    powers_kw: tuple[float, ...]
    source_kw: float
    losses_kw: float


class Network:
    """The net with a source at one bus: `source` 0 is the external grid, any other one makes it an island.

    One object serves all plants of a config: it holds no state that a later solution could see. Not for threads.
    """

    __slots__ = ("_config", "_first", "_flat", "_grid", "_p_mw", "_q_mvar", "_source")

    def __init__(self, config: EnergyConfig, source: int) -> None:
        self._config = config
        self._source = source
        # An island is without the external bus, so its buses are counted from the second one.
        self._first = 0 if source == 0 else 1
        self._flat: Any = np.ones(len(config.buses) - self._first, dtype=complex)
        self._flat[source - self._first] = config.slack_pu if source == 0 else config.island_pu
        self._grid: Any = None
        self._p_mw: list[float] = []
        self._q_mvar: list[float] = []

    def solve(self, p_kw: Sequence[float], q_kvar: Sequence[float]) -> Flow | None:
        """Solve for what the inner buses take (all but the first); None when there is no solution."""
        if self._grid is None:
            self._start()
        grid, known_p, known_q = self._grid, self._p_mw, self._q_mvar
        for index, value in enumerate(p_kw):
            p_mw = value * 1e-3
            if p_mw != known_p[index]:
                grid.change_p_load(index, p_mw)
                known_p[index] = p_mw
        for index, value in enumerate(q_kvar):
            q_mvar = value * 1e-3
            if q_mvar != known_q[index]:
                grid.change_q_load(index, q_mvar)
                known_q[index] = q_mvar
        found = grid.ac_pf(self._flat.copy(), ITERATIONS, TOLERANCE)
        if not len(found):
            # What a failed solution leaves in the solver must not reach the next one.
            self._grid = None
            return None
        return self._read(found.tolist(), sum(p_kw))

    def _read(self, voltages: list[complex], taken_kw: float) -> Flow:
        grid, config = self._grid, self._config
        power, _, _, current = grid.get_line_res1()
        powers = [1e3 * value for value in power.tolist()]
        currents = [1e3 * value for value in current.tolist()]
        volts = [abs(value) for value in voltages]
        if self._source == 0:
            high, low = grid.get_trafo_res1(), grid.get_trafo_res2()
            source_kw = 1e3 * float(high[0][0])
            # As a share of what either winding may carry, given as current of the low side.
            ratio = config.high_kv / config.low_kv
            trafo_a = 1e3 * max(float(high[3][0]) * ratio, float(low[3][0]))
            powers.insert(0, source_kw)
            currents.insert(0, trafo_a)
        else:
            source_kw = 1e3 * float(grid.get_gen_res()[0][0])
            powers.insert(0, 0.0)
            currents.insert(0, 0.0)
            volts.insert(0, 0.0)
        return Flow(tuple(volts), tuple(currents), tuple(powers), source_kw, source_kw - taken_kw)

    def _start(self) -> None:
        """Build the solver's grid and solve it once without load, so that every run finds it alike."""
        config, first = self._config, self._first
        core = _core()
        grid = core.LSGrid()
        grid.set_sn_mva(1.0)
        inner = len(config.buses) - 1
        kv = np.array([config.high_kv] * (1 - first) + [config.low_kv] * inner)
        grid.init_bus(len(kv), 1, kv, len(config.lines), 1 - first)
        ohm = config.low_kv**2
        km = [line.length_m / 1000 / line.parallel for line in config.lines]
        at = {bus: index - first for index, bus in enumerate(config.buses)}
        grid.init_powerlines(
            np.array([line.r_ohm_per_km * length / ohm for line, length in zip(config.lines, km, strict=True)]),
            np.array([line.x_ohm_per_km * length / ohm for line, length in zip(config.lines, km, strict=True)]),
            np.zeros(len(km), dtype=complex),
            np.array([at[line.from_bus] for line in config.lines], dtype=np.int32),
            np.array([at[line.to_bus] for line in config.lines], dtype=np.int32),
        )
        if first == 0:
            _add_transformer(core, grid, config)
        grid.init_loads(np.zeros(inner), np.zeros(inner), np.arange(1 - first, len(kv), dtype=np.int32))
        source = self._source - first
        grid.init_generators(
            np.zeros(1), self._flat[source : source + 1].real, np.full(1, -1e6), np.full(1, 1e6), np.array([source])
        )
        grid.add_gen_slackbus(0, 1.0)
        grid.check_grid()
        grid.change_algorithm(core.AlgorithmType.NRSing_KLU)
        grid.ac_pf(self._flat.copy(), ITERATIONS, TOLERANCE)
        self._grid, self._p_mw, self._q_mvar = grid, [0.0] * inner, [0.0] * inner

    def __reduce__(self) -> tuple[Any, tuple[EnergyConfig, int]]:
        return network, (self._config, self._source)


@lru_cache(maxsize=32)
def network(config: EnergyConfig, source: int) -> Network:
    """Give the one network of this config with its source at the bus of this index."""
    return Network(config, source)


def rated_currents(config: EnergyConfig) -> tuple[float, ...]:
    """Give the rating of each branch in A, the transformer (low side) before the lines."""
    trafo = config.transformer.rated_kva / (_ROOT3 * config.low_kv)
    return (trafo, *(line.rating_a for line in config.lines))


def _add_transformer(core: ModuleType, grid: Any, config: EnergyConfig) -> None:
    """Turn nameplate values into the transformer's equivalent circuit, as pandapower does (its T model)."""
    plate = config.transformer
    converter = core.PandaPowerConverter()
    converter.set_sn_mva(1.0)
    converter.set_f_hz(50.0)
    zero, hv_side = np.zeros(1), [True]
    r, x, b = converter.get_trafo_param_pp2(
        zero,
        zero,
        zero,
        hv_side,
        np.array([config.high_kv]),
        np.array([config.low_kv]),
        np.array([plate.short_circuit_pct]),
        np.array([plate.short_circuit_resistive_pct]),
        np.array([plate.rated_kva / 1000]),
        np.array([plate.iron_loss_kw]),
        np.array([plate.no_load_current_pct]),
    )
    ends = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    grid.init_trafo_pandapower(r, x, b, zero, zero, zero, hv_side, *ends, True)


def _core() -> ModuleType:
    """Load lightsim2grid's compiled core under its own name, so that whoever imports the package later finds it."""
    name = "lightsim2grid.lightsim2grid_cpp"
    if name in sys.modules:
        return sys.modules[name]
    package = find_spec("lightsim2grid")
    if package is None or package.submodule_search_locations is None:
        raise ModuleNotFoundError("the energy plant needs lightsim2grid; install it with `pip install lightsim2grid`")
    spec = PathFinder.find_spec(name, list(package.submodule_search_locations))
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"lightsim2grid is installed without its compiled core {name}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module

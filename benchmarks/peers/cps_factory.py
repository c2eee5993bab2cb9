"""cps-twin: its factory of twelve stations, ticking every tenth of a second; and its dump and load of the state."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from clock import Case, main

TICKS_PER_S = 10
WARM_UP_S = 900


def _factory() -> Any:
    from domain_factory.engine import FactoryEngine

    factory = FactoryEngine(seed=1)
    factory.run_ticks(WARM_UP_S * TICKS_PER_S)
    return factory


def advance(plant_s: int = 60) -> Case:
    """Time a plant minute."""
    factory = _factory()

    def facts() -> dict[str, Any]:
        return {"stations": sum(len(cell["stations"]) for cell in factory.cells.values())}

    return Case(lambda: factory.run_ticks(plant_s * TICKS_PER_S), facts=facts)


def fork() -> Case:
    """Time what its what-if does to branch: dump the state and load it into another engine."""
    from domain_factory.engine import FactoryEngine

    factory = _factory()

    def work() -> None:
        FactoryEngine(seed=1, params=factory.params).load_state(factory.dump_state())

    return Case(work)


if __name__ == "__main__":
    main(lambda: version("cps-twin"), {"advance": advance, "fork": fork})

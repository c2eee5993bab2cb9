"""Grid2Op with LightSim's backend: steps of the 14-substation grid that ships with it, doing nothing.

Each step brings new injections, solves one power flow and builds the observation, as one minute of our microgrid does.
"""

from __future__ import annotations

import warnings
from importlib.metadata import version
from typing import Any

from clock import Case, main

GRID = "l2rpn_case14_sandbox"


def _env() -> Any:
    warnings.filterwarnings("ignore")
    import grid2op
    from lightsim2grid import LightSimBackend

    return grid2op.make(GRID, test=True, backend=LightSimBackend())


def step(count: int = 20) -> Case:
    env = _env()
    nothing = env.action_space()
    seen: dict[str, Any] = {}

    def work() -> None:
        seen["observation"], _, done, _ = env.step(nothing)
        if done:
            env.reset()

    def facts() -> dict[str, Any]:
        return {"buses": int(env.n_sub), "branches": int(env.n_line), "observed": int(seen["observation"].size())}

    return Case(work, count=count, every=500, fresh=env.reset, facts=facts)


def reset() -> Case:
    return Case(_env().reset)


if __name__ == "__main__":
    main(
        lambda: f"{version('grid2op')} + lightsim2grid {version('lightsim2grid')}",
        {"step": step, "reset": reset},
    )

"""The energy grid's tools against its standard plant."""

from __future__ import annotations

from tools_api.catalog import tools
from tools_api.energy import parameters
from tools_api.messages import ToolCall
from tools_api.toolbox import Toolbox
from twin.catalog import build
from twin.energy.config import EnergyConfig

TOOLS = tools("energy")


def test_the_names_in_the_specs_are_those_of_the_standard_plant() -> None:
    config = EnergyConfig()
    assert config.buses == parameters.BUSES
    assert (config.transformer.name, *(line.name for line in config.lines)) == parameters.BRANCHES
    assert tuple(load.name for load in config.loads) == parameters.LOADS
    assert tuple(charger.name for charger in config.chargers) == parameters.CHARGERS
    box = Toolbox(build("energy", seed=11), TOOLS)
    for place in (*parameters.BUSES, *parameters.BRANCHES, "battery1"):
        answers = [
            box.call(
                ToolCall(
                    name="set_alert_rule",
                    arguments={"place": place, "quantity": quantity, "direction": "below", "limit": 1},
                )
            ).ok
            for quantity in ("import_kw", "soc_pct", "loading_pct", "voltage_pu")
        ]
        assert sum(answers) == (2 if place == "grid" else 1)


def test_six_devices_and_ten_acts() -> None:
    own = [tool.spec for tool in TOOLS if tool.spec.name != "wait"]
    assert {spec.device for spec in own} == {"grid", "storage", "generation", "loads", "charging", "market"}
    assert sum(spec.mutates for spec in own) == 10

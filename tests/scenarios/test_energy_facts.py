"""Facts of the grid that more than one tool tells."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.catalog import template
from scenarios.episode import Episode
from scenarios.goals import Fact
from scenarios.readings import readings
from scenarios.reporting import Report
from scenarios.trajectory import Entry
from tools_api.catalog import specs
from tools_api.messages import AgentMessage, ToolCall, ToolResult

SPECS = {spec.name: spec for spec in specs("energy")}


def told(message: str, fact: Fact, tool: str, arguments: dict[str, Any], data: dict[str, Any]) -> bool:
    entries = [
        Entry(time_s=0, item=ToolCall(name=tool, arguments=arguments)),
        Entry(time_s=0, item=ToolResult(name=tool, ok=True, data={**arguments, **data})),
    ]
    return Report(message, [], readings(entries, SPECS), SPECS, lambda *_: None).tells(fact, fact.arguments)[0]


@pytest.mark.parametrize(
    ("tool", "arguments"), [("get_battery", {}), ("get_grid_status", {}), ("dispatch_battery", {"power_kw": 50.0})]
)
@pytest.mark.parametrize("asked", ["get_battery", "get_grid_status"])
def test_the_state_of_charge_counts_whichever_tool_told_it(tool: str, arguments: dict[str, Any], asked: str) -> None:
    fact = Fact(tool=asked, field="soc_pct")
    assert told("The battery is at 61.5 %.", fact, tool, arguments, {"soc_pct": 61.5})
    assert not told("The battery is at 48 %.", fact, tool, arguments, {"soc_pct": 61.5})


def test_figures_of_one_load_are_not_those_of_the_plant() -> None:
    fact = Fact(tool="get_battery", field="power_kw")
    assert not told("It is 52.4 kW.", fact, "get_load_profile", {"load": "hvac", "hours": 4.0}, {"power_kw": 52.4})


def test_of_two_imports_the_lower_one_is_ahead() -> None:
    instance = template("energy", "better_relief").instance(0)
    load, power = instance.parameters["load"], instance.parameters["power"]

    def compared(message: str) -> bool:
        episode = Episode(instance)
        for name, kw in (("battery1", power), (load, 0)):
            episode.step(ToolCall(name="run_power_flow", arguments={"load": name, "power_kw": kw}))
        episode.step(AgentMessage(text=message, final=True))
        assert episode.verdict is not None
        return next(check.passed for check in episode.verdict.checks if check.kind == "compared")

    best, worst = ("battery", load) if power > 100 else (load, "battery")
    for right in (f"The {best} is better.", f"The {best} leaves the lower import.", f"With the {worst} it is higher."):
        assert compared(right), right
    assert compared(f"With the {best} at 4.0 kW or 27.50 kW it is lower than with the {worst}.")
    for wrong in (f"The {worst} is better.", f"The {worst} leaves the lower import.", f"With the {best} it is higher."):
        assert not compared(wrong), wrong

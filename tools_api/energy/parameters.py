"""The kinds of argument that the energy grid's tools take, each told once."""

from __future__ import annotations

from typing import Annotated, Literal

from tools_api.spec import Names, Range, Unit

BUSES = (
    *("grid", "main", "north", "south", "press", "paint"),
    *("weld", "hvac", "office", "solar", "storage", "yard"),
)
BRANCHES = ("T1", *(f"line{number}" for number in range(1, 11)))
LOADS = ("press", "weld", "office", "furnace", "compressor", "hvac", "lighting", "cooling")
CHARGERS = ("ev1", "ev2", "ev3", "ev4")

# What the plant judges: a wrong value gets the plant's own answer (not_found, out_of_range, not_permitted).
Bus = Annotated[str, Names(BUSES)]
Branch = Annotated[str, Names(BRANCHES)]
Load = Annotated[str, Names(LOADS)]
Charger = Annotated[str, Names(CHARGERS)]
Supposed = Annotated[str, Names((*LOADS, *CHARGERS, "battery1", "chp1"))]
WatchedPlace = Annotated[str, Names((*BUSES, *BRANCHES, "battery1"))]
Hours = Annotated[float, Unit("h"), Range(0.5, 24)]
HoursAhead = Annotated[int, Unit("h"), Range(1, 24)]
Shift = Annotated[float, Unit("h"), Range(0.5, 12)]
BatteryPower = Annotated[float, Unit("kW"), Range(-250, 250)]
GeneratorPower = Annotated[float, Unit("kW"), Range(80, 250)]
ChargingPower = Annotated[float, Unit("kW"), Range(0, 22)]
ImportLimit = Annotated[float, Unit("kW"), Range(50, 800)]
Power = Annotated[float, Unit("kW")]

# What the toolbox judges: words of the tools themselves.
Forecasted = Literal["price", "pv", "load"]
WatchedQuantity = Literal["import_kw", "soc_pct", "loading_pct", "voltage_pu"]
Direction = Literal["above", "below"]

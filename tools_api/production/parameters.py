"""The kinds of argument that the production line's tools take, each told once."""

from __future__ import annotations

from typing import Annotated, Literal

from tools_api.spec import Names, Range, Unit

# What the plant judges: a wrong value gets the plant's own answer (not_found, out_of_range).
Line = Annotated[int, Range(minimum=1)]
Station = Annotated[str, Names(("cut", "form", "weld", "paint", "inspect"))]
Product = Annotated[str, Names(("bracket", "housing", "flange", "valve"))]
Hours = Annotated[float, Unit("h"), Range(0.5, 24)]
Minutes = Annotated[int, Unit("min"), Range(5, 480)]
Speed = Annotated[float, Unit("parts/h"), Range(20, 120)]
DueIn = Annotated[float, Unit("h"), Range(0.5, 720)]
Quantity = Annotated[int, Unit("parts"), Range(1, 2000)]

# What the toolbox judges: words of the tools themselves.
Severity = Literal["info", "warning", "critical"]
Sensor = Literal["temperature_c", "vibration_mm_s", "tool_wear_pct"]
WatchedQuantity = Literal["vibration_mm_s", "temperature_c", "scrap_pct", "wip"]
Priority = Literal["low", "normal", "high", "urgent"]
OrderState = Literal["queued", "active", "held", "done", "cancelled"]

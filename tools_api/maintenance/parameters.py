"""The kinds of argument that the maintenance shop's tools take, each told once."""

from __future__ import annotations

from typing import Annotated, Literal

from tools_api.spec import Names, Range, Unit

# What the plant judges: a wrong value gets the plant's own answer (not_found, not_permitted, out_of_range).
_ASSETS = (
    *("P-101", "P-102", "P-201", "M-301", "M-302", "M-303", "C-401", "C-402"),
    *("G-501", "G-502", "G-503", "F-601", "F-602", "V-701", "V-702", "V-703"),
)
_PARTS = (
    *("BRG-6205", "BRG-6309", "SHM-KIT", "SEA-35", "IMP-200", "GSK-80", "WND-KIT", "ROT-11"),
    *("VLV-PLT", "FLT-C40", "OIL-46", "OIL-220", "GER-M4", "DIA-50", "TRM-50", "KIT-OVH"),
)
Asset = Annotated[str, Names(_ASSETS)]
Part = Annotated[str, Names(_PARTS)]
AlarmPlace = Annotated[str, Names(_ASSETS + _PARTS)]
Sensor = Annotated[
    str,
    Names(
        (
            "vibration_mm_s",
            "temperature_c",
            "current_a",
            "flow_pct",
            "oil_ppm",
            "leak_l_min",
            "travel_error_pct",
        )
    ),
]
Test = Annotated[
    str,
    Names(
        (
            "vibration_spectrum",
            "oil_analysis",
            "thermography",
            "insulation_test",
            "alignment_check",
            "stroke_test",
            "leak_test",
            "suction_pressure",
            "current_signature",
        )
    ),
]
Task = Annotated[
    str,
    Names(
        (
            *("replace_bearings", "realign", "replace_seal", "replace_impeller", "clean_strainer", "rewind_motor"),
            *("replace_rotor", "clean_cooling", "replace_valves", "replace_filter", "change_oil", "replace_gears"),
            *("balance", "tighten_base", "lubricate_stem", "repair_actuator", "replace_trim", "overhaul", "inspect"),
        )
    ),
]
Technician = Annotated[str, Names(("T-1", "T-2", "T-3", "T-4", "T-5", "T-6"))]
Hours = Annotated[float, Unit("h"), Range(1, 24)]
Quantity = Annotated[int, Range(1, 50)]
Interval = Annotated[float, Unit("h"), Range(8, 8760)]

# What the toolbox judges: words of the tools themselves.
AssetClass = Literal["pump", "motor", "compressor", "gearbox", "fan", "valve"]
AssetState = Literal["running", "standby", "stopped", "isolated", "failed"]
Severity = Literal["info", "warning", "critical"]
Skill = Literal["mechanical", "electrical", "instrument"]
Priority = Literal["low", "normal", "high", "urgent"]
OrderState = Literal["draft", "approved", "scheduled", "in_progress", "completed", "closed", "cancelled"]
Action = Literal["approve", "start", "close", "cancel"]

"""The standard plant's workshop: tests, kinds of work, spare parts and people."""

from __future__ import annotations

from twin.maintenance.machines import CLASSES
from twin.maintenance.nameplates import PartConfig, TaskConfig, TechnicianConfig, TestConfig

ROTATING = ("pump", "motor", "compressor", "gearbox", "fan")
EVERY = (*ROTATING, "valve")

_TESTS = (
    # name, minutes, unit, sound, ruined, isolated, running
    ("vibration_spectrum", 20, "mm/s", 0.4, 8.0, False, True),
    ("oil_analysis", 45, "ppm", 20.0, 180.0, False, False),
    ("thermography", 15, "K", 3.0, 45.0, False, True),
    ("insulation_test", 30, "MOhm", 900.0, 0.8, True, False),
    ("alignment_check", 30, "mm", 0.03, 0.6, True, False),
    ("stroke_test", 10, "s", 4.0, 14.0, False, False),
    ("leak_test", 20, "l/min", 0.1, 5.0, False, False),
    ("suction_pressure", 15, "bar", 1.6, 0.4, False, True),
    ("current_signature", 15, "dB", -62.0, -34.0, False, True),
)
TESTS = tuple(
    TestConfig(name=name, minutes=minutes, unit=unit, sound=sound, ruined=ruined, isolated=isolated, running=running)
    for name, minutes, unit, sound, ruined, isolated, running in _TESTS
)

_BEARINGS = {"pump": "BRG-6205", "fan": "BRG-6205", "motor": "BRG-6309", "compressor": "BRG-6309"}
_OIL = {"gearbox": "OIL-220", "compressor": "OIL-46"}
_TASKS: tuple[tuple[str, float, str, tuple[str, ...], tuple[str, ...], dict[str, str], int, bool], ...] = (
    # name, hours, skill, classes, repairs, parts, quantity, isolation
    ("replace_bearings", 3, "mechanical", tuple(_BEARINGS), ("bearing_wear",), _BEARINGS, 2, True),
    (
        "realign",
        1.5,
        "mechanical",
        ("pump", "gearbox"),
        ("misalignment",),
        {"pump": "SHM-KIT", "gearbox": "SHM-KIT"},
        1,
        True,
    ),
    ("replace_seal", 2, "mechanical", ("pump",), ("seal_leak",), {"pump": "SEA-35"}, 1, True),
    ("replace_impeller", 4, "mechanical", ("pump",), ("impeller_wear",), {"pump": "IMP-200"}, 1, True),
    ("clean_strainer", 1, "mechanical", ("pump",), ("cavitation",), {"pump": "GSK-80"}, 1, True),
    ("rewind_motor", 8, "electrical", ("motor",), ("winding_degradation",), {"motor": "WND-KIT"}, 1, True),
    ("replace_rotor", 6, "electrical", ("motor",), ("rotor_bar_damage",), {"motor": "ROT-11"}, 1, True),
    ("clean_cooling", 1, "electrical", ("motor",), ("cooling_blocked",), {}, 1, True),
    ("replace_valves", 3, "mechanical", ("compressor",), ("valve_leak",), {"compressor": "VLV-PLT"}, 1, True),
    ("replace_filter", 0.5, "mechanical", ("compressor",), ("filter_clogged",), {"compressor": "FLT-C40"}, 1, False),
    ("change_oil", 1, "mechanical", tuple(_OIL), ("oil_contamination", "oil_degradation"), _OIL, 1, True),
    ("replace_gears", 6, "mechanical", ("gearbox",), ("tooth_wear",), {"gearbox": "GER-M4"}, 1, True),
    ("balance", 1.5, "mechanical", ("fan",), ("unbalance",), {}, 1, True),
    ("tighten_base", 1, "mechanical", ("fan",), ("looseness",), {}, 1, True),
    ("lubricate_stem", 0.5, "instrument", ("valve",), ("stiction",), {}, 1, False),
    ("repair_actuator", 2, "instrument", ("valve",), ("air_leak",), {"valve": "DIA-50"}, 1, True),
    ("replace_trim", 4, "mechanical", ("valve",), ("trim_wear",), {"valve": "TRM-50"}, 1, True),
    ("overhaul", 12, "mechanical", EVERY, (), dict.fromkeys(EVERY, "KIT-OVH"), 1, True),
    ("inspect", 1.5, "mechanical", EVERY, (), {}, 1, True),
)
TASKS = tuple(
    TaskConfig.model_validate(
        {
            "name": name,
            "hours": hours,
            "skill": skill,
            "classes": classes,
            "repairs": repairs or (tuple(m.name for c in CLASSES for m in c.modes) if name == "overhaul" else ()),
            "parts": parts,
            "quantity": quantity,
            "isolation": isolation,
        }
    )
    for name, hours, skill, classes, repairs, parts, quantity, isolation in _TASKS
)

_PARTS = (
    # name, description, stock, reorder point, order quantity, lead time, price
    ("BRG-6205", "deep groove ball bearing 6205", 6, 4, 8, 4, 18),
    ("BRG-6309", "deep groove ball bearing 6309", 4, 2, 6, 6, 46),
    ("SHM-KIT", "set of alignment shims", 3, 1, 3, 8, 35),
    ("SEA-35", "mechanical seal 35 mm", 2, 1, 2, 12, 240),
    ("IMP-200", "pump impeller 200 mm", 2, 1, 1, 48, 780),
    ("GSK-80", "strainer gasket DN 80", 5, 2, 6, 2, 6),
    ("WND-KIT", "winding kit", 1, 0, 1, 72, 1450),
    ("ROT-11", "motor rotor 11 kW", 1, 0, 1, 96, 1900),
    ("VLV-PLT", "compressor valve plate", 2, 1, 2, 24, 310),
    ("FLT-C40", "compressor intake filter", 4, 2, 6, 3, 42),
    ("OIL-46", "compressor oil ISO VG 46, 20 l", 3, 1, 4, 2, 95),
    ("OIL-220", "gear oil ISO VG 220, 20 l", 4, 2, 4, 2, 110),
    ("GER-M4", "gear set module 4", 1, 0, 1, 72, 2600),
    ("DIA-50", "actuator diaphragm 50", 3, 1, 3, 8, 64),
    ("TRM-50", "valve trim DN 50", 2, 1, 1, 36, 520),
    ("KIT-OVH", "overhaul kit", 2, 1, 2, 24, 900),
)
PARTS = tuple(
    PartConfig(
        name=name,
        description=description,
        stock=stock,
        reorder_point=point,
        order_quantity=quantity,
        lead_time_h=lead,
        price_eur=price,
    )
    for name, description, stock, point, quantity, lead, price in _PARTS
)

_PEOPLE = (
    ("T-1", ("mechanical",), "early"),
    ("T-2", ("mechanical",), "late"),
    ("T-3", ("electrical",), "early"),
    ("T-4", ("electrical", "instrument"), "late"),
    ("T-5", ("instrument", "mechanical"), "early"),
    ("T-6", ("mechanical", "electrical"), "late"),
)
TECHNICIANS = tuple(
    TechnicianConfig.model_validate({"name": name, "skills": skills, "shift": shift}) for name, skills, shift in _PEOPLE
)

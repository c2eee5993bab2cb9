"""The standard plant's machines: six classes with their sensors, failure modes and what each mode shows, and 16 assets.

Zone boundaries of vibration are those of ISO 20816-3: 1.4, 2.8 and 4.5 mm/s for machines of medium size on rigid
supports, 2.3, 4.5 and 7.1 mm/s on flexible ones. Gains of symptoms and lives are the designer's, sized so that damage
of one half stands clear of noise, load and weather.
"""

from __future__ import annotations

from collections.abc import Mapping

from twin.maintenance.nameplates import AssetConfig, ClassConfig, ModeConfig, SensorConfig

RIGID = (1.4, 2.8, 4.5)
FLEXIBLE = (2.3, 4.5, 7.1)


def _vibration(usual: float, zones: tuple[float, float, float]) -> SensorConfig:
    _, warning, critical = zones
    noise = 0.03 * usual
    return SensorConfig(base=0.8 * usual, per_load=0.2 * usual, noise=noise, warning=warning, critical=critical)


def _temperature(rise: float, warning: float, critical: float) -> SensorConfig:
    return SensorConfig(base=0.0, per_load=rise, noise=0.5, warning=warning, critical=critical)


def _current(rated: float) -> SensorConfig:
    base, per_load, noise = 0.35 * rated, 0.65 * rated, 0.012 * rated
    return SensorConfig(base=base, per_load=per_load, noise=noise, warning=1.15 * rated)


FLOW = SensorConfig(base=100.5, per_load=-4.0, noise=0.6, warning=85.0, critical=70.0, falls=True)
OIL = SensorConfig(base=22.0, noise=1.5, warning=60.0, critical=110.0, keeps=True)
LEAK = SensorConfig(base=0.1, noise=0.02, warning=1.0, critical=3.5)
TRAVEL = SensorConfig(base=0.8, noise=0.12, warning=5.0, critical=10.0, keeps=True)


def _mode(
    name: str, process: str, life_h: float, symptoms: Mapping[str, float], findings: Mapping[str, str]
) -> ModeConfig:
    words = {
        "vibration": "vibration_mm_s",
        "temperature": "temperature_c",
        "current": "current_a",
        "flow": "flow_pct",
        "oil": "oil_ppm",
        "leak": "leak_l_min",
        "travel": "travel_error_pct",
    }
    return ModeConfig.model_validate(
        {
            "name": name,
            "process": process,
            "life_h": life_h,
            "symptoms": {words[short]: gain for short, gain in symptoms.items()},
            "findings": findings,
        }
    )


PUMP = ClassConfig(
    name="pump",
    sensors={
        "vibration_mm_s": _vibration(1.7, FLEXIBLE),
        "temperature_c": _temperature(34, 70, 85),
        "current_a": _current(42),
        "flow_pct": FLOW,
        "leak_l_min": LEAK,
    },
    zones=FLEXIBLE,
    tests=(
        "vibration_spectrum",
        "oil_analysis",
        "thermography",
        "alignment_check",
        "leak_test",
        "suction_pressure",
        "current_signature",
    ),
    service_task="inspect",
    modes=(
        _mode(
            "bearing_wear",
            "gamma",
            2600,
            {"vibration": 9, "temperature": 38, "current": 1.5},
            {"vibration_spectrum": "bearing_frequency", "oil_analysis": "metal_in_oil", "thermography": "hot_bearing"},
        ),
        _mode(
            "misalignment",
            "wiener",
            3400,
            {"vibration": 8.5, "temperature": 35, "current": 2.5},
            {
                "vibration_spectrum": "twice_running_speed",
                "alignment_check": "misaligned",
                "thermography": "hot_coupling",
            },
        ),
        _mode(
            "seal_leak",
            "gamma",
            3000,
            {"leak": 5, "flow": -10, "temperature": 6},
            {"leak_test": "leaking_seal", "oil_analysis": "water_in_oil"},
        ),
        _mode(
            "impeller_wear",
            "gamma",
            3600,
            {"flow": -44, "vibration": 2.5, "current": -5},
            {"current_signature": "low_load"},
        ),
        _mode(
            "cavitation",
            "wiener",
            3200,
            {"flow": -42, "vibration": 3.5, "current": -4},
            {"vibration_spectrum": "broadband_noise", "suction_pressure": "low_suction_pressure"},
        ),
    ),
)

MOTOR = ClassConfig(
    name="motor",
    sensors={
        "vibration_mm_s": _vibration(1.0, RIGID),
        "temperature_c": _temperature(46, 90, 110),
        "current_a": _current(110),
    },
    zones=RIGID,
    tests=("vibration_spectrum", "thermography", "insulation_test", "current_signature"),
    service_task="clean_cooling",
    modes=(
        _mode(
            "winding_degradation",
            "wiener",
            3600,
            {"temperature": 72, "current": 12},
            {
                "thermography": "hot_spot",
                "insulation_test": "low_insulation",
                "current_signature": "phase_unbalance",
            },
        ),
        _mode(
            "cooling_blocked",
            "gamma",
            2400,
            {"temperature": 74, "current": 8},
            {"thermography": "hot_housing"},
        ),
        _mode(
            "bearing_wear",
            "gamma",
            2800,
            {"vibration": 6, "temperature": 20},
            {"vibration_spectrum": "bearing_frequency", "thermography": "hot_bearing"},
        ),
        _mode(
            "rotor_bar_damage",
            "gamma",
            4200,
            {"vibration": 5.5, "temperature": 22, "current": 26},
            {"current_signature": "rotor_bar_sidebands"},
        ),
    ),
)

COMPRESSOR = ClassConfig(
    name="compressor",
    sensors={
        "vibration_mm_s": _vibration(2.0, FLEXIBLE),
        "temperature_c": _temperature(50, 88, 105),
        "current_a": _current(65),
        "flow_pct": FLOW,
        "oil_ppm": OIL,
    },
    zones=FLEXIBLE,
    tests=("vibration_spectrum", "oil_analysis", "thermography", "leak_test", "suction_pressure"),
    service_task="change_oil",
    modes=(
        _mode(
            "valve_leak",
            "gamma",
            3000,
            {"flow": -42, "temperature": 42, "current": 4},
            {"thermography": "hot_valve_cover", "leak_test": "internal_leak"},
        ),
        _mode(
            "filter_clogged",
            "gamma",
            2200,
            {"flow": -44, "temperature": 38, "current": 3},
            {"suction_pressure": "low_suction_pressure"},
        ),
        _mode(
            "bearing_wear",
            "gamma",
            3200,
            {"vibration": 8.5, "temperature": 20, "oil": 90},
            {"vibration_spectrum": "bearing_frequency", "oil_analysis": "metal_in_oil", "thermography": "hot_bearing"},
        ),
        _mode(
            "oil_degradation",
            "wiener",
            2600,
            {"oil": 120, "temperature": 44},
            {"oil_analysis": "oxidised_oil", "thermography": "hot_housing"},
        ),
    ),
)

GEARBOX = ClassConfig(
    name="gearbox",
    sensors={
        "vibration_mm_s": _vibration(1.8, FLEXIBLE),
        "temperature_c": _temperature(36, 78, 95),
        "oil_ppm": OIL,
    },
    zones=FLEXIBLE,
    tests=("vibration_spectrum", "oil_analysis", "thermography", "alignment_check"),
    service_task="change_oil",
    modes=(
        _mode(
            "tooth_wear",
            "gamma",
            3400,
            {"vibration": 8.5, "oil": 120, "temperature": 28},
            {
                "vibration_spectrum": "gear_mesh_sidebands",
                "oil_analysis": "metal_in_oil",
                "thermography": "hot_housing",
            },
        ),
        _mode(
            "oil_contamination",
            "gamma",
            2400,
            {"vibration": 6.5, "oil": 135, "temperature": 30},
            {"oil_analysis": "dirt_in_oil", "thermography": "hot_housing"},
        ),
        _mode(
            "misalignment",
            "wiener",
            3800,
            {"vibration": 8, "temperature": 26},
            {
                "vibration_spectrum": "twice_running_speed",
                "alignment_check": "misaligned",
                "thermography": "hot_coupling",
            },
        ),
    ),
)

FAN = ClassConfig(
    name="fan",
    sensors={
        "vibration_mm_s": _vibration(1.8, FLEXIBLE),
        "temperature_c": _temperature(24, 62, 78),
        "current_a": _current(28),
        "flow_pct": FLOW,
    },
    zones=FLEXIBLE,
    tests=("vibration_spectrum", "thermography", "current_signature"),
    service_task="balance",
    modes=(
        _mode(
            "unbalance",
            "wiener",
            2400,
            {"vibration": 9, "temperature": 8},
            {"vibration_spectrum": "once_running_speed"},
        ),
        _mode(
            "looseness",
            "gamma",
            3000,
            {"vibration": 8.5, "temperature": 6},
            {"vibration_spectrum": "running_speed_harmonics"},
        ),
        _mode(
            "bearing_wear",
            "gamma",
            2800,
            {"vibration": 8, "temperature": 36},
            {"vibration_spectrum": "bearing_frequency", "thermography": "hot_bearing"},
        ),
    ),
)

VALVE = ClassConfig(
    name="valve",
    sensors={
        "temperature_c": _temperature(32, 85, 100),
        "flow_pct": FLOW,
        "travel_error_pct": TRAVEL,
        "leak_l_min": LEAK,
    },
    zones=None,
    tests=("stroke_test", "leak_test"),
    service_task="lubricate_stem",
    modes=(
        _mode("stiction", "wiener", 2400, {"travel": 14, "flow": -10}, {"stroke_test": "sluggish_stroke"}),
        _mode(
            "air_leak",
            "gamma",
            3000,
            {"travel": 13, "flow": -12},
            {"stroke_test": "incomplete_stroke", "leak_test": "leaking_actuator"},
        ),
        _mode("trim_wear", "gamma", 3800, {"leak": 5, "flow": -14}, {"leak_test": "leaking_seat"}),
    ),
)

CLASSES = (PUMP, MOTOR, COMPRESSOR, GEARBOX, FAN, VALVE)

_ROWS = (
    ("P-101", "pump", "utilities", "cooling water", "A", 86, "condition_based", "P-102"),
    ("P-102", "pump", "utilities", "cooling water", "A", 86, "condition_based", "P-101"),
    ("P-201", "pump", "process", "feed", "A", 82, "condition_based", None),
    ("M-301", "motor", "process", "agitator", "B", 78, "preventive", None),
    ("M-302", "motor", "process", "extruder", "A", 88, "condition_based", None),
    ("M-303", "motor", "handling", "mill", "B", 84, "preventive", None),
    ("C-401", "compressor", "utilities", "instrument air", "A", 80, "condition_based", "C-402"),
    ("C-402", "compressor", "utilities", "instrument air", "A", 80, "condition_based", "C-401"),
    ("G-501", "gearbox", "handling", "conveyor drive", "B", 76, "preventive", None),
    ("G-502", "gearbox", "process", "extruder", "A", 88, "condition_based", None),
    ("G-503", "gearbox", "handling", "mill", "B", 84, "preventive", None),
    ("F-601", "fan", "utilities", "cooling tower", "B", 82, "preventive", None),
    ("F-602", "fan", "process", "exhaust", "C", 74, "run_to_failure", None),
    ("V-701", "valve", "process", "feed control", "B", 80, "preventive", "V-703"),
    ("V-702", "valve", "utilities", "steam control", "B", 85, "preventive", None),
    ("V-703", "valve", "process", "bypass of feed control", "C", 80, "run_to_failure", "V-701"),
)

ASSETS = tuple(
    AssetConfig.model_validate(
        {
            "name": name,
            "asset_class": kind,
            "area": area,
            "service": service,
            "criticality": criticality,
            "duty_pct": duty,
            "policy": policy,
            "partner": partner,
        }
    )
    for name, kind, area, service, criticality, duty, policy, partner in _ROWS
)

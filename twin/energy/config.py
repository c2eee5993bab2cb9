"""How a microgrid is built: buses, lines, units, loads, chargers, tariff. Frozen; the default is the standard plant."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
LoadKind = Literal["fixed", "shiftable", "sheddable"]
Hourly = Annotated[tuple[float, ...], Field(min_length=24, max_length=24)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LineConfig(_Frozen):
    """A feeder: `parallel` cables of one kind side by side; `rating_a` is that of all of them."""

    name: str
    from_bus: str
    to_bus: str
    length_m: Positive
    rating_a: Positive
    parallel: Annotated[int, Field(ge=1)] = 1
    r_ohm_per_km: Positive = 0.125
    x_ohm_per_km: Positive = 0.08


class TransformerConfig(_Frozen):
    """The transformer between the first two buses, in the terms of its nameplate."""

    name: str = "T1"
    rated_kva: Positive = 1000.0
    short_circuit_pct: Positive = 6.0
    short_circuit_resistive_pct: Positive = 1.05
    iron_loss_kw: Annotated[float, Field(ge=0)] = 1.4
    no_load_current_pct: Annotated[float, Field(ge=0)] = 0.3


class LoadConfig(_Frozen):
    """A consumer. It takes `nominal_kw` times its share of the hour; at the weekend `weekend` of that.

    A shiftable one takes `nominal_kw` more while its daily batch runs (workdays). `shed_order`: which is given up
    first when an island cannot carry all; the lowest goes first.
    """

    name: str
    bus: str
    kind: LoadKind
    nominal_kw: Positive
    shares: Hourly
    shed_order: int
    weekend: Share = 0.2
    power_factor: Annotated[float, Field(gt=0.5, le=1)] = 0.94
    variation: Share = 0.05
    batch_start_h: Annotated[float, Field(ge=0, lt=24)] = 13.0
    batch_h: Positive = 3.0


class PvConfig(_Frozen):
    """Solar panels facing south."""

    name: str = "pv1"
    bus: str = "solar"
    peak_kw: Positive = 400.0
    latitude_deg: float = 48.5
    tilt_deg: float = 30.0


class BatteryConfig(_Frozen):
    """A battery. Efficiencies are one way, the state of charge is kept between floor and ceiling."""

    name: str = "battery1"
    bus: str = "storage"
    capacity_kwh: Positive = 500.0
    max_power_kw: Positive = 250.0
    charge_efficiency: Annotated[float, Field(gt=0, le=1)] = 0.95
    discharge_efficiency: Annotated[float, Field(gt=0, le=1)] = 0.95
    floor_pct: Annotated[float, Field(ge=0, le=100)] = 10.0
    ceiling_pct: Annotated[float, Field(ge=0, le=100)] = 90.0
    wear_ct_kwh: Annotated[float, Field(ge=0)] = 2.5


class GeneratorConfig(_Frozen):
    """A gas engine with heat recovery, started and stopped by hand."""

    name: str = "chp1"
    bus: str = "main"
    max_power_kw: Positive = 250.0
    min_power_kw: Positive = 80.0
    ramp_kw_per_min: Positive = 40.0
    min_up_h: Annotated[float, Field(ge=0)] = 1.0
    min_down_h: Annotated[float, Field(ge=0)] = 0.5
    fuel_ct_kwh: Annotated[float, Field(ge=0)] = 19.0
    carbon_g_kwh: Annotated[float, Field(ge=0)] = 480.0


class ChargerConfig(_Frozen):
    """A charging point for cars."""

    name: str
    bus: str = "yard"
    max_power_kw: Positive = 22.0
    initial_power_kw: Annotated[float, Field(ge=0)] = 11.0


class TariffConfig(_Frozen):
    """What energy costs. `demand_eur_kw`: per kW of the month's greatest quarter-hour mean above `billed_demand_kw`.

    `contracted_kw` is the greatest import agreed upon; a kWh above it, or above what a demand-response call asks for,
    costs `penalty_eur_kwh`. `day_variation` and `hour_variation` are relative standard deviations.
    """

    off_peak_ct_kwh: Positive = 14.0
    shoulder_ct_kwh: Positive = 21.0
    peak_ct_kwh: Positive = 30.0
    export_ct_kwh: Annotated[float, Field(ge=0)] = 7.5
    day_variation: Share = 0.07
    hour_variation: Share = 0.02
    demand_eur_kw: Annotated[float, Field(ge=0)] = 9.5
    billed_demand_kw: Annotated[float, Field(ge=0)] = 700.0
    contracted_kw: Positive = 800.0
    penalty_eur_kwh: Annotated[float, Field(ge=0)] = 2.0
    carbon_g_kwh: Hourly = (
        *(390, 385, 380, 380, 385, 400, 430, 450, 440, 410, 380, 350),
        *(330, 325, 335, 365, 410, 460, 490, 485, 465, 440, 420, 400),
    )


_SHIFTS: Hourly = (
    (0.15,) * 5
    + (0.4, 0.82, 0.9, 0.92, 0.9, 0.88, 0.9)
    + (0.8, 0.9, 0.92, 0.9, 0.88, 0.9)
    + (
        *(0.82, 0.84, 0.8, 0.6),
        *(0.2, 0.15),
    )
)
_OFFICE: Hourly = (
    (0.12,) * 6
    + (0.25, 0.55, 0.85, 0.9, 0.88, 0.85, 0.75, 0.85, 0.88, 0.85, 0.75, 0.5)
    + (
        *(0.3, 0.2, 0.15, 0.12),
        *(0.12, 0.12),
    )
)
_CLIMATE: Hourly = (
    (0.35,) * 4
    + (0.5, 0.7, 0.75, 0.75, 0.72, 0.7, 0.68, 0.66, 0.65, 0.64, 0.64, 0.66, 0.7, 0.72)
    + (
        *(0.7, 0.65, 0.6, 0.5),
        *(0.4, 0.35),
    )
)
_LIGHT: Hourly = (
    (0.15,) * 5
    + (0.6, 0.95, 0.95, 0.92, 0.88, 0.85, 0.83, 0.83, 0.84, 0.86, 0.9, 0.95, 0.97)
    + (
        *(0.95, 0.95, 0.9, 0.7),
        *(0.3, 0.15),
    )
)
_COOLING: Hourly = (
    (0.3,) * 5
    + (0.4, 0.58, 0.63, 0.65, 0.66, 0.67, 0.68, 0.66, 0.68, 0.7, 0.7, 0.68, 0.66)
    + (
        *(0.62, 0.6, 0.58, 0.5),
        *(0.35, 0.3),
    )
)
_AIR: Hourly = (0.08,) * 5 + (0.2,) + (0.32,) * 15 + (0.25, 0.1, 0.08)
_STANDBY: Hourly = (0.05,) * 24


def _standard_lines() -> tuple[LineConfig, ...]:
    rows: tuple[tuple[str, str, str, float, float, int], ...] = (
        ("line1", "main", "north", 90, 800, 3),
        ("line2", "main", "south", 80, 900, 3),
        ("line3", "north", "press", 45, 700, 2),
        ("line4", "north", "weld", 60, 400, 1),
        ("line5", "south", "paint", 55, 315, 1),
        ("line6", "south", "hvac", 40, 400, 1),
        ("line7", "main", "office", 110, 250, 1),
        ("line8", "main", "solar", 70, 700, 2),
        ("line9", "main", "storage", 25, 500, 2),
        ("line10", "south", "yard", 90, 115, 1),
    )
    return tuple(
        LineConfig(name=name, from_bus=a, to_bus=b, length_m=length, rating_a=rating, parallel=count)
        for name, a, b, length, rating, count in rows
    )


def _standard_loads() -> tuple[LoadConfig, ...]:
    return (
        LoadConfig(name="press", bus="press", kind="fixed", nominal_kw=210, shares=_SHIFTS, shed_order=9),
        LoadConfig(name="weld", bus="weld", kind="fixed", nominal_kw=150, shares=_SHIFTS, shed_order=8, variation=0.07),
        LoadConfig(name="office", bus="office", kind="fixed", nominal_kw=60, shares=_OFFICE, shed_order=7),
        LoadConfig(
            name="furnace", bus="paint", kind="shiftable", nominal_kw=150, shares=_STANDBY, shed_order=6, weekend=1.0
        ),
        LoadConfig(
            name="compressor",
            bus="south",
            kind="shiftable",
            nominal_kw=70,
            shares=_AIR,
            shed_order=5,
            batch_start_h=11.0,
            batch_h=2.5,
        ),
        LoadConfig(name="hvac", bus="hvac", kind="sheddable", nominal_kw=110, shares=_CLIMATE, shed_order=3),
        LoadConfig(name="lighting", bus="office", kind="sheddable", nominal_kw=45, shares=_LIGHT, shed_order=4),
        LoadConfig(name="cooling", bus="hvac", kind="sheddable", nominal_kw=80, shares=_COOLING, shed_order=2),
    )


class EnergyConfig(_Frozen):
    """A whole microgrid. The first bus is the external grid, the transformer feeds the second; lines make a tree.

    `slack_pu` is the voltage that the external grid holds, `island_pu` that which the island's leading unit holds.
    """

    buses: Annotated[tuple[str, ...], Field(min_length=2)] = (
        *("grid", "main", "north", "south", "press", "paint"),
        *("weld", "hvac", "office", "solar", "storage", "yard"),
    )
    high_kv: Positive = 10.0
    low_kv: Positive = 0.4
    slack_pu: Positive = 1.02
    island_pu: Positive = 1.0
    transformer: TransformerConfig = TransformerConfig()
    lines: tuple[LineConfig, ...] = Field(default_factory=_standard_lines)
    loads: Annotated[tuple[LoadConfig, ...], Field(min_length=1)] = Field(default_factory=_standard_loads)
    chargers: tuple[ChargerConfig, ...] = tuple(ChargerConfig(name=f"ev{number}") for number in range(1, 5))
    pv: PvConfig = PvConfig()
    battery: BatteryConfig = BatteryConfig()
    generator: GeneratorConfig = GeneratorConfig()
    tariff: TariffConfig = TariffConfig()
    charging_power_factor: Annotated[float, Field(gt=0.5, le=1)] = 0.99

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        consumers = [load.name for load in self.loads] + [charger.name for charger in self.chargers]
        places = [*self.buses, *(line.name for line in self.lines), self.transformer.name]
        for names in (consumers, places):
            if len(set(names)) < len(names):
                raise ValueError(f"{names} must each be named once")
        used = {self.pv.bus, self.battery.bus, self.generator.bus, *(load.bus for load in self.loads)}
        unknown = (used | {charger.bus for charger in self.chargers}) - set(self.buses[1:])
        if unknown:
            raise ValueError(f"buses {sorted(unknown)} are none of the inner buses {self.buses[1:]}")
        reached = set(self.buses[:2])
        for line in self.lines:
            if line.from_bus not in reached or line.to_bus in reached or line.to_bus not in self.buses:
                raise ValueError(f"{line.name} must lead from a bus reached so far ({sorted(reached)}) to a new bus")
            reached.add(line.to_bus)
        if reached != set(self.buses):
            raise ValueError(f"no line leads to {sorted(set(self.buses) - reached)}")
        return self

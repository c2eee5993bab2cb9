"""Acting on the energy grid: ten tools that change it."""

# ruff: noqa: D417 - the docstring is the tool's card: it ends with Returns and tells nothing of the plant

from __future__ import annotations

from typing import Any

from tools_api.energy.parameters import (
    BatteryPower,
    Charger,
    ChargingPower,
    Direction,
    GeneratorPower,
    ImportLimit,
    Load,
    Shift,
    WatchedPlace,
    WatchedQuantity,
)
from tools_api.spec import tool
from twin.core import Twin

ACTING_S = 5.0
"""Plant time that an act takes."""


@tool(device="storage", mutates=True, duration_s=ACTING_S)
def dispatch_battery(twin: Twin, power_kw: BatteryPower) -> dict[str, Any]:
    """Let the battery discharge (positive power), charge (negative) or rest (0) until told otherwise.

    Args:
        power_kw: Power, -250 to 250 kW; positive discharges, negative charges, 0 stops.

    Returns:
        power_kw: power ordered in kW
        previous_power_kw: power ordered before in kW
        soc_pct: state of charge in percent
    """
    return twin.command("dispatch_battery", power_kw=power_kw)


@tool(device="generation", mutates=True, duration_s=ACTING_S)
def start_generator(twin: Twin, power_kw: GeneratorPower = 150.0) -> dict[str, Any]:
    """Start the generator; it ramps up to the power given and must then run for an hour.

    Args:
        power_kw: Power to reach, 80 to 250 kW.

    Returns:
        generator: generator name
        state: starting
        power_kw: power ordered in kW
        reached_in_min: minutes until it is reached
    """
    return twin.command("start_generator", power_kw=power_kw)


@tool(device="generation", mutates=True, duration_s=ACTING_S)
def stop_generator(twin: Twin) -> dict[str, Any]:
    """Stop the generator; it ramps down and must then rest for half an hour.

    Returns:
        generator: generator name
        state: stopping
        power_kw: power ordered in kW
        reached_in_min: minutes until it stands
    """
    return twin.command("stop_generator")


@tool(device="generation", mutates=True, duration_s=ACTING_S)
def set_generator_power(twin: Twin, power_kw: GeneratorPower) -> dict[str, Any]:
    """Set the power of the running generator.

    Args:
        power_kw: Power to reach, 80 to 250 kW.

    Returns:
        generator: generator name
        state: starting or running
        power_kw: power ordered in kW
        reached_in_min: minutes until it is reached
        previous_power_kw: power ordered before in kW
    """
    return twin.command("set_generator_power", power_kw=power_kw)


@tool(device="loads", mutates=True, duration_s=ACTING_S)
def shed_load(twin: Twin, load: Load) -> dict[str, Any]:
    """Switch off a sheddable load: hvac, lighting or cooling.

    Args:
        load: Load name.

    Returns:
        load: load name
        state: shed
        freed_kw: power that it took, in kW
    """
    return twin.command("shed_load", load=load)


@tool(device="loads", mutates=True, duration_s=ACTING_S)
def restore_load(twin: Twin, load: Load) -> dict[str, Any]:
    """Switch a shed load on again; refused when that would overload the net.

    Args:
        load: Load name.

    Returns:
        load: load name
        state: on
        power_kw: power that it takes now, in kW
    """
    return twin.command("restore_load", load=load)


@tool(device="loads", mutates=True, duration_s=ACTING_S)
def shift_load(twin: Twin, load: Load, hours: Shift) -> dict[str, Any]:
    """Delay the next batch of a shiftable load: furnace or compressor.

    Args:
        load: Load name.
        hours: Hours to delay it, 0.5 to 12.

    Returns:
        load: load name
        state: shifted
        starts: new beginning of the batch, ISO 8601
        ends: new end of the batch, ISO 8601
        delay_h: delay against its plan in hours, earlier shifts included
        batch_kw: power of the batch in kW
    """
    return twin.command("shift_load", load=load, hours=hours)


@tool(device="grid", mutates=True, duration_s=ACTING_S)
def set_import_limit(twin: Twin, limit_kw: ImportLimit) -> dict[str, Any]:
    """Set the import limit above which an alarm is raised, at most the contracted import.

    Args:
        limit_kw: Limit, 50 to 800 kW.

    Returns:
        limit_kw: limit in kW
        previous_limit_kw: limit before in kW
        contracted_kw: contracted import in kW
    """
    return twin.command("set_import_limit", limit_kw=limit_kw)


@tool(device="charging", mutates=True, duration_s=ACTING_S)
def set_ev_charging(twin: Twin, charger: Charger, power_kw: ChargingPower) -> dict[str, Any]:
    """Set the power at which a car charger charges; 0 pauses it.

    Args:
        charger: Charger name, ev1 to ev4.
        power_kw: Charging power, 0 to 22 kW.

    Returns:
        charger: charger name
        power_kw: charging power set, in kW
        previous_power_kw: charging power set before, in kW
    """
    return twin.command("set_ev_charging", charger=charger, power_kw=power_kw)


@tool(device="grid", mutates=True, duration_s=ACTING_S)
def set_alert_rule(
    twin: Twin, place: WatchedPlace, quantity: WatchedQuantity, direction: Direction, limit: float
) -> dict[str, Any]:
    """Ask to be alerted when a quantity goes above or below a limit.

    Args:
        place: grid (import_kw), battery1 (soc_pct), a line or T1 (loading_pct), or a bus (voltage_pu).
        quantity: What to watch there: import_kw, soc_pct, loading_pct or voltage_pu.
        direction: above or below.
        limit: Limit, in the quantity's unit.

    Returns:
        rule: id of the new rule
        place: place watched
        quantity: quantity watched
        direction: above or below
        limit: limit
    """
    return twin.command("set_alert_rule", place=place, quantity=quantity, direction=direction, limit=limit)

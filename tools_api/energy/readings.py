"""Looking at the energy grid: ten tools that change nothing."""

# ruff: noqa: D417 - the docstring is the tool's card: it ends with Returns and tells nothing of the plant

from __future__ import annotations

from typing import Any

from tools_api.energy.parameters import Branch, Bus, Charger, Forecasted, Hours, HoursAhead, Load, Power, Supposed
from tools_api.spec import tool
from twin.core import Twin

READING_S = 2.0
"""Plant time that a look takes."""


@tool(device="grid", mutates=False, duration_s=READING_S)
def get_grid_status(twin: Twin) -> dict[str, Any]:
    """Read the whole grid: import, load, solar, battery and generator power, events, weakest bus, fullest line, alarms.

    Returns:
        import_kw: power taken from the external grid in kW; negative is export
        import_limit_kw: own import limit in kW
        load_kw: power of all loads and chargers in kW
        pv_kw: solar power in kW
        battery_kw: battery power in kW; positive is discharging
        soc_pct: state of charge of the battery in percent
        generator_state: stopped, starting, running, stopping or tripped
        generator_kw: generator power in kW
        islanded: yes when the external grid is lost, else no
        event: none, price_spike, demand_response, outage or blackout
        asked_import_kw: import to stay below now: what a demand-response call asks for, else the own limit
        lowest_voltage_pu: lowest bus voltage, per unit
        lowest_voltage_bus: bus with the lowest voltage
        highest_loading_pct: highest loading of a line or the transformer, in percent of its rating
        highest_loading_line: the line, or T1, that is loaded most
        active_alarms: number of active alarms
        alarms: list of {alarm, place, severity, text}
    """
    return twin.view("get_grid_status")


@tool(device="grid", mutates=False, duration_s=READING_S)
def get_bus_voltage(twin: Twin, bus: Bus) -> dict[str, Any]:
    """Read the voltage of a bus and whether it is in its band.

    Args:
        bus: Bus name, such as press, office or yard.

    Returns:
        bus: bus name
        voltage_pu: voltage per unit of its nominal value
        voltage_v: voltage between phases in V
        band: ok within 0.95 to 1.05 per unit, else low or high
    """
    return twin.view("get_bus_voltage", bus=bus)


@tool(device="grid", mutates=False, duration_s=READING_S)
def get_line_loading(twin: Twin, line: Branch) -> dict[str, Any]:
    """Read the loading, current, rating and power of a line or of the transformer T1.

    Args:
        line: Line name, line1 to line10, or T1 for the transformer.

    Returns:
        line: line name
        from_bus: bus that it comes from
        to_bus: bus that it leads to
        loading_pct: loading in percent of the rating; above 100 is an overload
        current_a: current in A
        rating_a: rated current in A
        power_kw: power in kW, positive towards to_bus
    """
    return twin.view("get_line_loading", line=line)


@tool(device="loads", mutates=False, duration_s=READING_S)
def get_load_profile(twin: Twin, load: Load, hours: Hours = 24.0) -> dict[str, Any]:
    """Read a load's kind, state, present power, and its mean, peak and energy over the last hours.

    Args:
        load: Load name: press, weld, office, furnace, compressor, hvac, lighting or cooling.
        hours: How far to look back, 0.5 to 24 hours.

    Returns:
        load: load name
        kind: fixed, shiftable or sheddable
        state: on, shed or shifted
        power_kw: present power in kW
        mean_kw: mean power in kW
        peak_kw: greatest mean power of a quarter of an hour, in kW
        peak_time: when that quarter began, ISO 8601
        energy_kwh: energy used in kWh
        batch_starts: when a shiftable load's present or next batch begins, ISO 8601, or none
    """
    return twin.view("get_load_profile", load=load, hours=hours)


@tool(device="market", mutates=False, duration_s=READING_S)
def get_tariff(twin: Twin) -> dict[str, Any]:
    """Read the energy price now, the tariff period, the next price and when it changes, export price, demand charge.

    Returns:
        period: off_peak, shoulder or peak
        price_ct_kwh: import price in ct/kWh
        next_period: period after the next change
        next_price_ct_kwh: import price after the next change, in ct/kWh
        next_change: time of the next change, ISO 8601
        changes_in_h: hours until then
        export_price_ct_kwh: price paid for export in ct/kWh
        demand_charge_eur_kw: charge in EUR per kW of the month's greatest quarter-hour import
    """
    return twin.view("get_tariff")


@tool(device="market", mutates=False, duration_s=READING_S)
def get_forecast(twin: Twin, quantity: Forecasted, hours: HoursAhead = 6) -> dict[str, Any]:
    """Forecast price, solar power or load for the next hours: mean, extremes with their times, total and hourly values.

    Args:
        quantity: What to forecast: price (ct/kWh), pv (kW) or load (kW, without chargers).
        hours: How many hours ahead, 1 to 24.

    Returns:
        quantity: price, pv or load; the values are in its unit
        hours: hours forecast
        mean: mean value
        minimum: least value
        maximum: greatest value
        peak_time: beginning of the hour with the greatest value, ISO 8601
        lowest_time: beginning of the hour with the least value, ISO 8601
        total: energy in kWh for pv and load; 0 for price
        values: list of {time, value}
    """
    return twin.view("get_forecast", quantity=quantity, hours=hours)


@tool(device="storage", mutates=False, duration_s=READING_S)
def get_battery(twin: Twin) -> dict[str, Any]:
    """Read the battery's state of charge, power, energy, limits, hours left and wear.

    Returns:
        state: idle, charging or discharging
        soc_pct: state of charge in percent
        power_kw: power in kW; positive is discharging
        energy_kwh: stored energy in kWh
        capacity_kwh: capacity in kWh
        max_power_kw: greatest power either way in kW
        soc_floor_pct: lowest state of charge allowed, in percent
        soc_ceiling_pct: highest state of charge allowed, in percent
        hours_left: hours until floor or ceiling at this power; 0 when idle
        wear_eur: cost of wear in the last 24 hours, in EUR
    """
    return twin.view("get_battery")


@tool(device="charging", mutates=False, duration_s=READING_S)
def get_ev_chargers(twin: Twin, charger: Charger | None = None) -> dict[str, Any]:
    """Read one car charger or all: state, power, set limit, energy still needed and when the car leaves.

    Args:
        charger: Charger name, ev1 to ev4; leave out for all.

    Returns:
        charger: charger name, or all
        count: number of chargers told about
        connected_count: how many of them have a car
        total_kw: their power in kW
        state: free, charging, paused or full; of all, what at least one does
        limit_kw: charging power set in kW; of all, the sum
        energy_needed_kwh: energy still wanted in kWh; of all, the sum
        leaves_in_h: hours until the car, of all the first one, leaves; 0 without a car
        chargers: list of {charger, state, power_kw, limit_kw, energy_needed_kwh, leaves_in_h}
    """
    return twin.view("get_ev_chargers", charger=charger)


@tool(device="market", mutates=False, duration_s=READING_S)
def get_costs(twin: Twin, hours: Hours = 24.0) -> dict[str, Any]:
    """Read the costs of the last hours by part, the peak import, energy imported and carbon emitted.

    Args:
        hours: How far to look back, 0.5 to 24 hours.

    Returns:
        hours: hours looked back
        total_eur: energy, demand, fuel, wear and penalty less export, in EUR
        energy_eur: imported energy in EUR
        demand_eur: what new monthly peaks added to the demand charge, in EUR
        export_eur: earned by export in EUR
        fuel_eur: generator fuel in EUR
        wear_eur: battery wear in EUR
        penalty_eur: penalties for import above the contract or a demand-response call, in EUR
        peak_import_kw: greatest quarter-hour mean import in kW
        import_kwh: energy imported in kWh
        carbon_kg: carbon dioxide of import and generator in kg
        carbon_intensity_g_kwh: carbon of imported energy now, in g/kWh
    """
    return twin.view("get_costs", hours=hours)


@tool(device="grid", mutates=False, duration_s=READING_S)
def run_power_flow(twin: Twin, load: Supposed, power_kw: Power) -> dict[str, Any]:
    """Try out what would happen if a load, charger, battery1 or chp1 had another power; changes nothing.

    Args:
        load: Load, charger, battery1 or chp1.
        power_kw: Power to suppose; of battery1 positive is discharging.

    Returns:
        load: load, charger or unit
        power_kw: power supposed, in kW
        allowed: yes when no limit of lines, voltage or import would be broken, else no
        import_kw: import in kW
        lowest_voltage_pu: lowest bus voltage, per unit
        highest_loading_pct: highest loading in percent
        highest_loading_line: the line, or T1, that would be loaded most
    """
    return twin.view("run_power_flow", load=load, power_kw=power_kw)

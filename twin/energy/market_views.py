"""The looks at prices, forecasts and costs, and the what-if power flow."""

from __future__ import annotations

import math
from typing import Any

from twin.clock import iso_time
from twin.energy import accounting, sensors
from twin.energy.accounting import window
from twin.energy.disturbances import TARIFF
from twin.energy.floor import Floor
from twin.energy.forecast import forecast
from twin.energy.lookup import check_range, find_name
from twin.energy.market import next_change, period
from twin.energy.nature import HOUR_MS, MINUTE_MS
from twin.energy.views import HOURS_RANGE
from twin.energy.what_if import problems, suppose
from twin.errors import OutOfRange

QUANTITIES = ("price", "pv", "load")
FORECAST_RANGE_H = (1, 24)


def get_tariff(floor: Floor) -> dict[str, Any]:
    """Tell what energy costs now and from the next change on; the next price knows of no spike."""
    sensors.reach(floor, TARIFF, "the tariff")
    tariff, market = floor.layout.config.tariff, floor.layout.market
    minute = floor.state.now_ms // MINUTE_MS
    change = next_change(minute)
    return {
        "period": period(minute),
        "price_ct_kwh": round(sensors.price_ct(floor), 1),
        "next_period": period(change),
        "next_price_ct_kwh": round(market.price_ct(change), 1),
        "next_change": iso_time(change * 60),
        "changes_in_h": round((change * MINUTE_MS - floor.state.now_ms) / HOUR_MS, 1),
        "export_price_ct_kwh": round(tariff.export_ct_kwh, 1),
        "demand_charge_eur_kw": round(tariff.demand_eur_kw, 1),
    }


def get_forecast(floor: Floor, quantity: str, hours: int = 6) -> dict[str, Any]:
    """Forecast a quantity for the next whole hours."""
    find_name("quantity", quantity, QUANTITIES)
    check_range("hours", hours, *FORECAST_RANGE_H, "to look ahead")
    if hours != math.floor(hours):
        raise OutOfRange(f"hours={hours:g} is no whole number; give whole hours, such as {math.ceil(hours)}")
    if quantity == "price":
        sensors.reach(floor, TARIFF, "the price forecast")
    values = [(iso_time(at / 1000), round(value, 1)) for at, value in forecast(floor, quantity, int(hours))]
    only = [value for _, value in values]
    return {
        "quantity": quantity,
        "hours": int(hours),
        "mean": round(sum(only) / len(only), 1),
        "minimum": min(only),
        "maximum": max(only),
        "peak_time": values[only.index(max(only))][0],
        "lowest_time": values[only.index(min(only))][0],
        "total": 0.0 if quantity == "price" else round(sum(only), 1),
        "values": [{"time": time, "value": value} for time, value in values],
    }


def get_costs(floor: Floor, hours: float = 24.0) -> dict[str, Any]:
    """Break down what the last hours cost. Demand is what new monthly peaks have added to the demand charge."""
    check_range("hours", hours, *HOURS_RANGE, "to look back")
    span = window(floor, hours)
    parts = {
        "energy_eur": span.gained(accounting.ENERGY_EUR),
        "demand_eur": span.gained(accounting.DEMAND_EUR),
        "export_eur": span.gained(accounting.EXPORT_EUR),
        "fuel_eur": span.gained(accounting.FUEL_EUR),
        "wear_eur": span.gained(accounting.WEAR_EUR),
        "penalty_eur": span.gained(accounting.PENALTY_EUR),
    }
    total = sum(parts.values()) - 2 * parts["export_eur"]
    peak = max((mean for _, mean in span.means_kw(accounting.IMPORT)), default=0.0)
    return {
        "hours": hours,
        "total_eur": round(total, 1),
        **{name: round(value, 1) for name, value in parts.items()},
        "peak_import_kw": round(peak, 1),
        "import_kwh": round(span.gained(accounting.IMPORT), 1),
        "carbon_kg": round(span.gained(accounting.CARBON_KG), 1),
        "carbon_intensity_g_kwh": round(floor.state.supply.carbon_g, 1),
    }


def run_power_flow(floor: Floor, load: str, power_kw: float) -> dict[str, Any]:
    """Work out the power flow if one consumer or unit had another power; all else stays as it is."""
    supposed = suppose(floor, load, power_kw)
    supply, layout = supposed.state.supply, floor.layout
    first = 0 if supply.mode == "grid" else 1
    voltages = supply.flow.voltages_pu
    highest = max(range(len(supply.loadings_pct)), key=supply.loadings_pct.__getitem__)
    return {
        "load": load,
        "power_kw": round(power_kw, 1),
        "allowed": "no" if problems(supposed) else "yes",
        "import_kw": round(supply.import_kw, 1),
        "lowest_voltage_pu": round(min(voltages[first:]), 3),
        "highest_loading_pct": round(supply.loadings_pct[highest], 1),
        "highest_loading_line": layout.branches[highest],
    }

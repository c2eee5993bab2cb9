"""What the microgrid has used, produced and cost: running sums, and marks of them at every quarter of an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from twin.clock import EPOCH
from twin.energy.floor import Floor
from twin.energy.nature import HOUR_MS
from twin.energy.state import Mark

QUARTER_MS = 900_000
MARKS_KEPT = 24 * 4 + 1

# The order of the running sums; energies in kWh at the terminals, money in EUR, carbon in kg.
IMPORT, EXPORT, PV, CHARGE, DISCHARGE, GENERATED, LOSS, UNSERVED = range(8)
ENERGY_EUR, EXPORT_EUR, FUEL_EUR, WEAR_EUR, PENALTY_EUR, DEMAND_EUR, CARBON_KG = range(8, 15)
CONSUMERS = 15
"""From here on the energy of each load, then of each charger."""


def book(floor: Floor, passed_ms: int) -> None:
    """Add up what has passed at the powers and prices so far."""
    ledger = floor.state.ledger
    hours = passed_ms / HOUR_MS
    ledger.sums = [total + rate * hours for total, rate in zip(ledger.sums, ledger.rates, strict=True)]
    ledger.booked_ms += passed_ms


def set_rates(floor: Floor) -> None:
    """Work out how fast the sums grow from now on."""
    state, config = floor.state, floor.layout.config
    supply, tariff = state.supply, config.tariff
    taken, given = max(0.0, supply.import_kw), max(0.0, -supply.import_kw)
    battery, generated = state.battery.power_kw, state.generator.power_kw
    allowed = tariff.contracted_kw if supply.asked_kw is None else min(tariff.contracted_kw, supply.asked_kw)
    loads = [load.power_kw for load in state.loads]
    state.ledger.rates = [
        taken,
        given,
        supply.pv_kw,
        max(0.0, -battery),
        max(0.0, battery),
        generated,
        supply.flow.losses_kw,
        sum(load.demand_kw - load.power_kw for load in state.loads),
        taken * supply.price_ct / 100,
        given * tariff.export_ct_kwh / 100,
        generated * config.generator.fuel_ct_kwh / 100,
        abs(battery) * config.battery.wear_ct_kwh / 100,
        max(0.0, taken - allowed) * tariff.penalty_eur_kwh,
        0.0,
        (taken * supply.carbon_g + generated * config.generator.carbon_g_kwh) / 1000,
        *loads,
        *(charger.power_kw for charger in state.chargers),
    ]


def close_quarter(floor: Floor) -> None:
    """Settle the quarter of an hour that ends now: its mean import may be the month's greatest."""
    ledger, tariff = floor.state.ledger, floor.layout.config.tariff
    if ledger.marks:
        mean_kw = 4 * (ledger.sums[IMPORT] - ledger.marks[-1].sums[IMPORT])
        ledger.peak_kw = max(ledger.peak_kw, mean_kw)
        if mean_kw > ledger.billed_kw:
            ledger.sums[DEMAND_EUR] += (mean_kw - ledger.billed_kw) * tariff.demand_eur_kw
            ledger.billed_kw = mean_kw
    month = (EPOCH + timedelta(milliseconds=floor.state.now_ms)).month
    if month != ledger.month:
        ledger.month, ledger.billed_kw, ledger.peak_kw = month, tariff.billed_demand_kw, 0.0
    ledger.marks.append(Mark(floor.state.now_ms, tuple(ledger.sums), ledger.peak_kw))
    if len(ledger.marks) > MARKS_KEPT:
        ledger.marks.popleft()


class Window(NamedTuple):
    """The marks of a time window, the first at or before its beginning, and the sums of now at its end."""

    marks: tuple[Mark, ...]

    @property
    def hours(self) -> float:
        """Length of the window."""
        return (self.marks[-1].time_ms - self.marks[0].time_ms) / HOUR_MS

    def gained(self, index: int) -> float:
        """Return by how much a sum has grown."""
        return self.marks[-1].sums[index] - self.marks[0].sums[index]

    def means_kw(self, index: int) -> list[tuple[int, float]]:
        """Return the mean power of an energy sum in each quarter, with the quarter's beginning."""
        means = []
        for before, after in zip(self.marks, self.marks[1:], strict=False):
            hours = (after.time_ms - before.time_ms) / HOUR_MS
            if hours > 0:
                means.append((before.time_ms, (after.sums[index] - before.sums[index]) / hours))
        return means


def window(floor: Floor, hours: float) -> Window:
    """Return the last hours, or all there is of a younger plant; it ends with what was booked last."""
    ledger = floor.state.ledger
    end = Mark(ledger.booked_ms, tuple(ledger.sums), ledger.peak_kw)
    wanted = end.time_ms - round(hours * HOUR_MS)
    first = 0
    for index, mark in enumerate(ledger.marks):
        if mark.time_ms <= wanted:
            first = index
    marks = [*ledger.marks][first:]
    return Window((*marks, end) if not marks or marks[-1].time_ms < end.time_ms else tuple(marks))

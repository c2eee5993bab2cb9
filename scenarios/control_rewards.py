"""What a numeric agent is paid for: each plant's key figure, as a running balance in EUR whose growth is the reward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from scenarios.control_levers import Desk

DAY_H = 24
"""Looks back this far reach to second 0: warm-up and episode together never last longer."""


class Meter(Protocol):
    """Watches one episode."""

    def begin(self, desk: Desk) -> None:
        """Take the marks from which the episode counts."""

    def watch(self, desk: Desk) -> None:
        """Look while time passes, at every sampling step."""

    def figures(self, desk: Desk) -> dict[str, float]:
        """Give the episode's figures so far; `balance_eur` is what its growth pays."""


@dataclass(slots=True)
class GoodParts:
    """Production: value of good parts less scrap and electricity, over all lines."""

    good_eur: float
    scrap_eur: float
    energy_eur_kwh: float
    lines: tuple[int, ...]
    _marks: dict[str, float] = field(default_factory=dict)

    def begin(self, desk: Desk) -> None:
        """Take the counters' marks."""
        self._marks = self._counters(desk)

    def watch(self, desk: Desk) -> None:
        """Nothing: the plant counts by itself."""

    def figures(self, desk: Desk) -> dict[str, float]:
        """Good and scrapped parts, energy and their balance."""
        gained = {name: value - self._marks[name] for name, value in self._counters(desk).items()}
        balance = self.good_eur * gained["good"] - self.scrap_eur * gained["scrap"]
        return gained | {"balance_eur": balance - self.energy_eur_kwh * gained["energy_kwh"]}

    def _counters(self, desk: Desk) -> dict[str, float]:
        sums = {"good": 0.0, "scrap": 0.0, "energy_kwh": 0.0}
        for line in self.lines:
            report = desk.twin.view("get_quality_report", line=line, hours=DAY_H)
            sums["good"] += report["good"]
            sums["scrap"] += report["scrap"]
            sums["energy_kwh"] += desk.twin.view("get_kpi", line=line, hours=DAY_H)["energy_kwh"]
        return sums


@dataclass(slots=True)
class Uptime:
    """Maintenance: what standing services and work cost. A service stands when none of its machines runs."""

    services: Mapping[tuple[str, ...], float]
    """Machines of a service, and what an hour without it costs in EUR."""
    sample_h: float
    _lost_eur: float = 0.0
    _down_h: float = 0.0
    _samples: int = 0

    def begin(self, desk: Desk) -> None:
        """Start from nothing."""
        self._lost_eur = self._down_h = 0.0
        self._samples = 0
        desk.spent_eur = 0.0

    def watch(self, desk: Desk) -> None:
        """Book the sampling step that ends now."""
        self._samples += 1
        for machines, eur_h in self.services.items():
            if not any(desk.twin.read(f"{machine}.running") for machine in machines):
                self._lost_eur += eur_h * self.sample_h
                self._down_h += self.sample_h

    def figures(self, desk: Desk) -> dict[str, float]:
        """Availability over all services, hours lost, and what they and the work cost."""
        whole = self._samples * self.sample_h * len(self.services)
        return {
            "availability_pct": 100 * (1 - self._down_h / whole) if whole else 100.0,
            "down_h": self._down_h,
            "lost_eur": self._lost_eur,
            "work_eur": desk.spent_eur,
            "balance_eur": -self._lost_eur - desk.spent_eur,
        }


@dataclass(slots=True)
class EnergyBill:
    """Energy: the bill with its demand charge, less the worth of stored energy, and a price on cars not charged.

    Without the worth of what is stored, emptying the battery by the end of the day would look like saving.
    """

    stored_ct_kwh: float
    missing_eur_kwh: float
    _marks: dict[str, float] = field(default_factory=dict)
    _place: int = 0
    _missing_kwh: float = 0.0

    def begin(self, desk: Desk) -> None:
        """Take the counters' marks."""
        self._place, self._missing_kwh = len(desk.twin.journal), 0.0
        self._marks = self._counters(desk)

    def watch(self, desk: Desk) -> None:
        """Hear of cars that left."""
        journal = desk.twin.journal
        for entry in journal[self._place :]:
            if entry.kind == "car_left":
                self._missing_kwh += entry.data["missing_kwh"]
        self._place = len(journal)

    def figures(self, desk: Desk) -> dict[str, float]:
        """Bill and its parts, energy stored, and the greatest quarter of an hour so far."""
        now = self._counters(desk)
        gained = {name: value - self._marks[name] for name, value in now.items() if name != "peak_import_kw"}
        worth = gained["stored_kwh"] * self.stored_ct_kwh / 100
        cost = gained["total_eur"] - worth + self.missing_eur_kwh * self._missing_kwh
        return gained | {
            "peak_import_kw": now["peak_import_kw"],
            "missing_kwh": self._missing_kwh,
            "balance_eur": -cost,
        }

    def _counters(self, desk: Desk) -> dict[str, float]:
        costs = desk.twin.view("get_costs", hours=DAY_H)
        names = ("total_eur", "energy_eur", "demand_eur", "fuel_eur", "wear_eur", "peak_import_kw")
        counters = {name: float(costs[name]) for name in names}
        return counters | {"stored_kwh": desk.twin.view("get_battery")["energy_kwh"]}


MakeMeter = Callable[[], Meter]

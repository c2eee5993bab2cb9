"""The tariff: time of use with its own chance by day and hour, and the carbon of the external grid."""

from __future__ import annotations

from dataclasses import dataclass

from twin.energy.config import TariffConfig
from twin.energy.nature import day_number, is_weekend, minute_of_day
from twin.randomness import lognormal, noise, sigma_of, stream

# Workdays: from this minute of the day on, this period. At the weekend it is off_peak all day.
_PERIODS = (
    (0, "off_peak"),
    (6 * 60, "shoulder"),
    (8 * 60, "peak"),
    (12 * 60, "shoulder"),
    (17 * 60, "peak"),
    (20 * 60, "shoulder"),
    (22 * 60, "off_peak"),
)


def period(minute: int) -> str:
    """Return off_peak, shoulder or peak."""
    if is_weekend(minute):
        return "off_peak"
    now = minute_of_day(minute)
    return next(name for start, name in reversed(_PERIODS) if now >= start)


def next_change(minute: int) -> int:
    """Return the plant minute at which another period begins."""
    here = period(minute)
    at = minute - minute % 60 + 60
    while period(at) == here:
        at += 60
    return at


@dataclass(frozen=True, slots=True)
class Market:
    """Prices of a tariff under a seed; what the exchange has settled a day ahead."""

    config: TariffConfig
    days: int
    hours: int

    def price_ct(self, minute: int) -> float:
        """Return the import price in ct/kWh of a plant minute, without price spikes."""
        config = self.config
        by_period = {
            "off_peak": config.off_peak_ct_kwh,
            "shoulder": config.shoulder_ct_kwh,
            "peak": config.peak_ct_kwh,
        }
        of_day = lognormal(self.days, day_number(minute), 1.0, sigma_of(config.day_variation))
        of_hour = 1 + config.hour_variation * noise(self.hours, minute // 60)[0]
        return by_period[period(minute)] * of_day * of_hour

    def carbon_g(self, minute: int) -> float:
        """Return the carbon intensity of imported energy in g/kWh; a tenth less at the weekend."""
        value = float(self.config.carbon_g_kwh[minute_of_day(minute) // 60])
        return 0.9 * value if is_weekend(minute) else value


def market(config: TariffConfig, seed: int) -> Market:
    """Name the streams of the market."""
    return Market(config, stream(seed, "market", "days"), stream(seed, "market", "hours"))

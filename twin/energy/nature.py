"""What comes from outside by itself: the calendar, the sun and its clouds, and what each load would like to take.

All of it is a pure function of seed and time, so a look into the future (a forecast) and the present agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from twin.energy.config import LoadConfig, PvConfig
from twin.randomness import noise, stream, uniform

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MIN = 1440
_EPOCH_MIN = 360
"""Second 0 is 06:00 of a Monday, the fifth day of its year."""
_FIRST_DAY_OF_YEAR = 5
_KNOT_MIN = 20
"""Slow chance is drawn at knots this many minutes apart and goes straight from one to the next."""


def day_number(minute: int) -> int:
    """Return which day a plant minute lies in, 0 for the first."""
    return (minute + _EPOCH_MIN) // DAY_MIN


def minute_of_day(minute: int) -> int:
    """Return the minutes since midnight of a plant minute."""
    return (minute + _EPOCH_MIN) % DAY_MIN


def is_weekend(minute: int) -> bool:
    """Whether a plant minute lies in a Saturday or Sunday."""
    return day_number(minute) % 7 >= 5


def minute_at(day: int, hour: float) -> int:
    """Return the plant minute of an hour of a day."""
    return day * DAY_MIN + round(hour * 60) - _EPOCH_MIN


@dataclass(slots=True)
class Wander:
    """Chance that goes straight between standard normals drawn at knots. What it remembers is no state: it is drawn."""

    key: int
    _knot: int = field(default=-(10**9), compare=False)
    _from: float = field(default=0.0, compare=False)
    _step: float = field(default=0.0, compare=False)

    def at(self, minute: float) -> float:
        """Return its value at a plant minute."""
        knot = int(minute // _KNOT_MIN)
        if knot != self._knot:
            self._knot = knot
            self._from = noise(self.key, knot)[0]
            self._step = (noise(self.key, knot + 1)[0] - self._from) / _KNOT_MIN
        return self._from + self._step * (minute - knot * _KNOT_MIN)


@dataclass(slots=True)
class Demand:
    """What one load would like to take by itself. `workday` and `weekend` hold its usual kW by minute of the day."""

    config: LoadConfig
    workday: tuple[float, ...]
    weekend: tuple[float, ...]
    wander: Wander
    flicker: int

    def usual_kw(self, minute: int) -> float:
        """Return the demand without what flickers from minute to minute; batches are not part of it."""
        table = self.weekend if is_weekend(minute) else self.workday
        return table[minute_of_day(minute)] * (1 + 0.8 * self.config.variation * self.wander.at(minute))

    def now_kw(self, minute: int, in_batch: bool) -> float:
        """Return the demand of a minute."""
        config = self.config
        flicker = 0.4 * config.variation * noise(self.flicker, minute)[0]
        value = self.usual_kw(minute) * (1 + flicker)
        if in_batch:
            value += config.nominal_kw * (1 + 0.5 * flicker)
        return value


def demand(config: LoadConfig, seed: int) -> Demand:
    """Work out a load's tables."""
    hours = [config.nominal_kw * share for share in config.shares]
    minutes = []
    for minute in range(DAY_MIN):
        # The share of an hour is that of its middle; between middles it goes straight.
        hour, part = divmod((minute - 30) / 60, 1)
        first, second = hours[int(hour) % 24], hours[(int(hour) + 1) % 24]
        minutes.append(first + (second - first) * part)
    return Demand(
        config,
        tuple(minutes),
        tuple(config.weekend * kw for kw in minutes),
        Wander(stream(seed, "load", config.name, "wander")),
        stream(seed, "load", config.name, "flicker"),
    )


def next_batch(config: LoadConfig, after_minute: int) -> int:
    """Return the plant minute at which the first planned batch at or after a minute begins; none at the weekend."""
    day = day_number(after_minute)
    while True:
        start = minute_at(day, config.batch_start_h)
        if start >= after_minute and not is_weekend(start):
            return start
        day += 1


@dataclass(slots=True)
class Sun:
    """Power of the panels. `days` is the stream of how cloudy days are, `wander` that of passing clouds."""

    config: PvConfig
    days: int
    wander: Wander

    def clear_kw(self, minute: float) -> float:
        """Return what the panels give under a clear sky.

        The sun's height comes from day and hour; the beam through the air mass of Kasten and Young (1989) is that of
        Meinel and Meinel (1976), 1353 W/m2 x 0.7^(AM^0.678), and a tenth more comes from the sky.
        """
        day = (minute + _EPOCH_MIN) / DAY_MIN
        declination = math.radians(-23.44) * math.cos(2 * math.pi * (day + _FIRST_DAY_OF_YEAR + 10) / 365)
        angle = 2 * math.pi * (day % 1 - 0.5)
        latitude = math.radians(self.config.latitude_deg)
        up, along = math.sin(declination), math.cos(declination) * math.cos(angle)
        height = math.degrees(math.asin(math.sin(latitude) * up + math.cos(latitude) * along))
        if height <= 0:
            return 0.0
        mass = 1 / (math.sin(math.radians(height)) + 0.50572 * (height + 6.07995) ** -1.6364)
        tilted = latitude - math.radians(self.config.tilt_deg)
        facing = max(0.0, math.sin(tilted) * up + math.cos(tilted) * along)
        return float(self.config.peak_kw * min(1.0, 1.1 * 1.353 * 0.7 ** (mass**0.678) * facing))

    def power_kw(self, minute: float) -> float:
        """Return what the panels give at a plant minute, clouds included."""
        clear = self.clear_kw(minute)
        if not clear:
            return 0.0
        bright = 0.4 + 0.5 * uniform(self.days, day_number(int(minute))) + 0.2 * self.wander.at(minute)
        return clear * min(1.0, max(0.12, bright))


def sun(config: PvConfig, seed: int) -> Sun:
    """Name the streams of the sky."""
    return Sun(config, stream(seed, "sky", "days"), Wander(stream(seed, "sky", "clouds")))

"""Plant time. Inside the twins it is whole milliseconds, so that sums of times are exact; at the door it is seconds."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

EPOCH = datetime(2026, 1, 5, 6, 0, 0)
"""Monday, start of the early shift: second 0 of every plant."""


def iso_time(seconds: float) -> str:
    """Write plant seconds as ISO 8601 plant time, to the second."""
    return (EPOCH + timedelta(seconds=round(seconds))).isoformat()


def milliseconds(seconds: float) -> int:
    """Turn seconds into the nearest whole milliseconds. Raises `ValueError` unless finite and at least 0."""
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"seconds={seconds} cannot be; time goes forward, give a finite number of at least 0")
    return round(seconds * 1000)

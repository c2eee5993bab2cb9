"""What a line has added up since second 0. Differences of two totals are what happened between."""

from __future__ import annotations

from typing import NamedTuple


class Totals(NamedTuple):
    """Running sums of one line at `time_ms`. Times in ms; energy in kW·ms; `busy_ms` by station, `defects` by kind.

    `planned_ms` is the planned run time of all parts produced, good or not.
    """

    time_ms: int
    running_ms: int
    down_ms: int
    setup_ms: int
    stopped_ms: int
    good: int
    scrap: int
    rework: int
    inspected: int
    first_pass: int
    failures: int
    repair_ms: int
    planned_ms: int
    energy_kw_ms: float
    busy_ms: tuple[int, ...]
    failed_ms: tuple[int, ...]
    defects: tuple[int, ...]

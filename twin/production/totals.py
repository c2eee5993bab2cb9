"""What a line has added up since second 0. Differences of two totals are what happened between."""

from __future__ import annotations

from typing import NamedTuple


class Totals(NamedTuple):
    """Running sums of one line at `time_ms`. Times in ms; energy in kW·ms; `busy_ms` by station, `defects` by kind.

    `working_ms` is the time in shifts without breaks, `planned_ms` the planned run time of all parts produced, good or
    not. `out_ms` is the time in which a station was failed or not available, `repair_ms` that of its failures alone,
    of all stations. `flow_ms` is the time on the line of the parts that left it, `wip_ms` the integral of the parts on
    it over time.
    """

    time_ms: int
    working_ms: int
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
    flow_ms: int
    wip_ms: int
    orders_done: int
    orders_on_time: int
    energy_kw_ms: float
    busy_ms: tuple[int, ...]
    out_ms: tuple[int, ...]
    defects: tuple[int, ...]

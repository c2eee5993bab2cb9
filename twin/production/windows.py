"""What a line did in the last hours: differences of running sums, marked every five minutes for a day."""

from __future__ import annotations

from typing import NamedTuple

from twin import kpi
from twin.production.floor import Floor
from twin.production.state import LINE_STATES, LineState
from twin.production.totals import Totals

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
MARK_MS = 300_000
MARKS_KEPT = 24 * 12 + 1


class Window(NamedTuple):
    """A line's totals now and at the beginning of a time window."""

    start: Totals
    end: Totals

    @property
    def span_ms(self) -> int:
        """Length of the window."""
        return self.end.time_ms - self.start.time_ms

    def per_hour(self, count: float) -> float:
        """Turn a count of the window into a rate."""
        return count / self.span_ms * HOUR_MS if self.span_ms else 0.0


def totals(floor: Floor, line: LineState) -> Totals:
    """Add up a line until now, what is in progress included. Pure: reading it books nothing."""
    now = floor.state.now_ms
    times = dict.fromkeys(LINE_STATES, 0) | line.time_ms
    times[line.state] += now - line.since_ms
    standing_ms = times["stopped"]
    energy = 0.0
    busy: list[int] = []
    out: list[int] = []
    repair = 0
    dark = line.dark_ms + (0 if line.powered else now - line.dark_since_ms)
    for config, station in zip(floor.layout.stations, line.stations, strict=True):
        going = now - station.run_ms if station.run_ms is not None else 0
        busy.append(station.busy_ms + going)
        out.append(station.out_until(now))
        repair += station.repair_ms + (now - station.failed_ms if station.failed else 0)
        energy += station.energy_kw_ms + going * station.run_kw
        energy += config.standby_kw * (standing_ms - dark) + config.idle_kw * (now - standing_ms - busy[-1])
    return Totals(
        time_ms=now,
        working_ms=floor.layout.calendar.worked_until(now),
        running_ms=times["running"],
        down_ms=times["down"],
        setup_ms=times["setup"],
        stopped_ms=times["stopped"],
        good=line.good,
        scrap=line.scrap,
        rework=line.rework,
        inspected=line.inspected,
        first_pass=line.first_pass,
        failures=sum(station.failures for station in line.stations),
        repair_ms=repair,
        planned_ms=line.planned_ms,
        flow_ms=line.flow_ms,
        # Every part adds its time on the line, whether it left, was put on the rack or is still there.
        wip_ms=line.flow_ms + line.racked_ms + sum([now - part.entered_ms for part in line.parts()]),
        orders_done=line.orders_done,
        orders_on_time=line.orders_on_time,
        energy_kw_ms=energy,
        busy_ms=tuple(busy),
        out_ms=tuple(out),
        defects=tuple(line.defects.get(config.defect, 0) for config in floor.layout.stations),
    )


def mark(floor: Floor, line: LineState) -> None:
    """Keep the totals of now; those older than a day go."""
    line.marks.append(totals(floor, line))
    if len(line.marks) > MARKS_KEPT:
        line.marks.popleft()


def begin(floor: Floor, line: LineState, hours: float) -> Totals:
    """Return the totals at the beginning of the last hours: the five-minute mark at or before that time."""
    wanted = floor.state.now_ms - round(hours * HOUR_MS)
    behind = -(-(line.marks[-1].time_ms - wanted) // MARK_MS)
    return line.marks[max(0, len(line.marks) - 1 - max(0, behind))]


def window(floor: Floor, line: LineState, hours: float) -> Window:
    """Return the last hours of a line."""
    return Window(begin(floor, line, hours), totals(floor, line))


def throughput_per_h(floor: Floor, line: LineState) -> float:
    """Return the good parts of the last hour, to the part."""
    after = floor.state.now_ms - HOUR_MS
    count = len(line.good_ms)
    # Oldest first; what is older than an hour was dropped when the last good part came.
    for time in line.good_ms:
        if time > after:
            break
        count -= 1
    return float(count)


def scrap_pct(span: Window) -> float:
    """Return scrap in percent of the parts inspected; 0 when there were none."""
    inspected = span.end.inspected - span.start.inspected
    return 100 * (span.end.scrap - span.start.scrap) / inspected if inspected else 0.0


class KeyFigures(NamedTuple):
    """ISO 22400 key figures of a line over a window; shares, not percent.

    `on_time_share` is that of the orders finished in the window, 1 when there were none; `lead_time_min` the mean time
    on the line of the parts that left it, 0 when there were none; `wip_mean` the mean number of parts on the line.
    """

    availability: float
    performance: float
    quality: float
    oee: float
    throughput_per_h: float
    mtbf_h: float
    mttr_min: float
    energy_kwh: float
    on_time_share: float
    lead_time_min: float
    wip_mean: float


def key_figures(span: Window) -> KeyFigures:
    """Work out the key figures.

    The line's production time is the time in state running, its planned busy time the working time of the window (in
    shifts, without breaks); changeover, down and stop are losses of availability. The planned run time per item is the
    recipe's.
    """
    start, end = span
    production_s = (end.running_ms - start.running_ms) / 1000
    produced = end.good + end.scrap - start.good - start.scrap
    planned_s = (end.planned_ms - start.planned_ms) / 1000
    failures = end.failures - start.failures
    finished = end.orders_done - start.orders_done
    available = kpi.availability(production_s, (end.working_ms - start.working_ms) / 1000)
    performance = kpi.effectiveness(planned_s / produced if produced else 0.0, produced, production_s)
    quality = kpi.quality_ratio(end.good - start.good, produced)
    return KeyFigures(
        availability=available,
        performance=performance,
        quality=quality,
        oee=kpi.oee(available, performance, quality),
        throughput_per_h=span.per_hour(end.good - start.good),
        mtbf_h=kpi.mean_time_between_failures(production_s, failures) / 3600,
        mttr_min=kpi.mean_time_to_repair((end.repair_ms - start.repair_ms) / 1000, failures) / 60,
        energy_kwh=(end.energy_kw_ms - start.energy_kw_ms) / HOUR_MS,
        on_time_share=(end.orders_on_time - start.orders_on_time) / finished if finished else 1.0,
        lead_time_min=(end.flow_ms - start.flow_ms) / produced / MINUTE_MS if produced else 0.0,
        wip_mean=(end.wip_ms - start.wip_ms) / span.span_ms if span.span_ms else 0.0,
    )


def bottleneck(floor: Floor, line: LineState) -> int:
    """Return the index of the station that was working or out most in the last hour; the first of equals."""
    now, start = floor.state.now_ms, begin(floor, line, 1.0)
    load = [
        station.busy_until(now) + station.out_until(now) - start.busy_ms[index] - start.out_ms[index]
        for index, station in enumerate(line.stations)
    ]
    return load.index(max(load))


def utilization(floor: Floor, line: LineState, index: int) -> float:
    """Return the share of the last hour in which a station worked."""
    now, start = floor.state.now_ms, begin(floor, line, 1.0)
    span_ms = now - start.time_ms
    return (line.stations[index].busy_until(now) - start.busy_ms[index]) / span_ms if span_ms else 0.0

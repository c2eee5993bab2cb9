"""What a line did in the last hours: differences of running sums, marked every five minutes for a day."""

from __future__ import annotations

from typing import NamedTuple

from twin import kpi
from twin.production.floor import Floor
from twin.production.state import LINE_STATES, LineState
from twin.production.totals import Totals

HOUR_MS = 3_600_000
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
    energy = 0.0
    busy: list[int] = []
    failed: list[int] = []
    for config, station in zip(floor.layout.stations, line.stations, strict=True):
        going = now - station.run_ms if station.run_ms is not None else 0
        busy.append(station.busy_ms + going)
        failed.append(station.repair_ms + (now - station.failed_ms if station.failed else 0))
        energy += station.energy_kw_ms + going * station.run_kw
        energy += config.standby_kw * times["stopped"] + config.idle_kw * (now - times["stopped"] - busy[-1])
    return Totals(
        time_ms=now,
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
        repair_ms=sum(failed),
        planned_ms=line.planned_ms,
        energy_kw_ms=energy,
        busy_ms=tuple(busy),
        failed_ms=tuple(failed),
        defects=tuple(line.defects.get(config.defect, 0) for config in floor.layout.stations),
    )


def mark(floor: Floor, line: LineState) -> None:
    """Keep the totals of now; those older than a day go."""
    line.marks.append(totals(floor, line))
    if len(line.marks) > MARKS_KEPT:
        line.marks.popleft()


def window(floor: Floor, line: LineState, hours: float) -> Window:
    """Return the last hours of a line. The window begins at the five-minute mark at or before that time."""
    end = totals(floor, line)
    wanted = end.time_ms - round(hours * HOUR_MS)
    behind = -(-(line.marks[-1].time_ms - wanted) // MARK_MS)
    return Window(line.marks[max(0, len(line.marks) - 1 - max(0, behind))], end)


def throughput_per_h(floor: Floor, line: LineState) -> float:
    """Return the good parts of the last hour, to the part."""
    after = floor.state.now_ms - HOUR_MS
    return float(sum(time > after for time in line.good_ms))


def scrap_pct(span: Window) -> float:
    """Return scrap in percent of the parts inspected; 0 when there were none."""
    inspected = span.end.inspected - span.start.inspected
    return 100 * (span.end.scrap - span.start.scrap) / inspected if inspected else 0.0


class KeyFigures(NamedTuple):
    """ISO 22400 key figures of a line over a window; shares, not percent."""

    availability: float
    performance: float
    quality: float
    oee: float
    throughput_per_h: float
    mtbf_h: float
    mttr_min: float
    energy_kwh: float


def key_figures(span: Window) -> KeyFigures:
    """Work out the key figures.

    The line's production time is the time in state running, its planned busy time the whole window; changeover, down
    and stop are losses of availability. The planned run time per item is the recipe's.
    """
    start, end = span
    production_s = (end.running_ms - start.running_ms) / 1000
    produced = end.good + end.scrap - start.good - start.scrap
    planned_s = (end.planned_ms - start.planned_ms) / 1000
    failures = end.failures - start.failures
    available = kpi.availability(production_s, span.span_ms / 1000)
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
    )


def bottleneck(floor: Floor, line: LineState) -> int:
    """Return the index of the station that was working or failed most in the last hour; the first of equals."""
    start, end = window(floor, line, 1.0)
    load = [
        end.busy_ms[i] + end.failed_ms[i] - start.busy_ms[i] - start.failed_ms[i] for i in range(len(line.stations))
    ]
    return load.index(max(load))


def utilization(floor: Floor, line: LineState, index: int) -> float:
    """Return the share of the last hour in which a station worked."""
    span = window(floor, line, 1.0)
    return (span.end.busy_ms[index] - span.start.busy_ms[index]) / span.span_ms if span.span_ms else 0.0

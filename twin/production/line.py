"""One line: parts move from station to station, orders follow each other, changeovers lie between.

A finished part leaves its station when the buffer behind has a place, else the station is blocked; a station without
a part to take is starved.
"""

from __future__ import annotations

from twin.production import stations
from twin.production.alarms import change_tools
from twin.production.floor import Floor
from twin.production.orders import activate, arrivals_due, next_part, put_back, queue, refill
from twin.production.state import LineState

TOOL_CHANGE_PCT = 75.0
"""Tools worn more than this are changed during a changeover."""


def settle(floor: Floor, line: LineState) -> None:
    """Handle all that is due on a line, in the order arrivals, setup, stations; then let parts move."""
    now = floor.state.now_ms
    if line.arrivals.due_ms is not None and line.arrivals.due_ms <= now:
        arrivals_due(floor, line)
    if line.setup.due_ms is not None and line.setup.due_ms <= now:
        _end_setup(floor, line)
    for index, station in enumerate(line.stations):
        if station.due_ms is not None and station.due_ms <= now:
            stations.come_due(floor, line, index, station)
    if line.moving:
        if not line.active:
            _take_up_order(floor, line)
        if line.moving:
            _move(floor, line)
    _note_state(floor, line)


def _move(floor: Floor, line: LineState) -> None:
    """Move parts as far as they go, from the end of the line to its beginning.

    One pass is enough: a station that could take a part has done so before the one ahead of it gives a part, so a part
    given goes on at once where it can, and every place that falls free is seen by the station before it.
    """
    last = len(line.stations) - 1
    for index in range(last, -1, -1):
        station = line.stations[index]
        if station.part is not None and station.left_ms == 0 and not station.failed:
            following = line.stations[index + 1]
            if following.part is None and not following.failed:
                # The buffer between is empty, or the following station would have taken from it.
                part, station.part = station.part, None
                stations.take(floor, line, index + 1, part)
            elif len(line.buffers[index]) < floor.layout.stations[index].buffer_after:
                line.buffers[index].append(station.part)
                station.part = None
        if station.part is None and not station.failed:
            if index == 0:
                fresh = next_part(floor, line)
                if fresh is not None:
                    stations.take(floor, line, 0, fresh)
            elif line.buffers[index - 1]:
                stations.take(floor, line, index, line.buffers[index - 1].popleft())


def _take_up_order(floor: Floor, line: LineState) -> None:
    """Choose the next order. One of another product waits until the line is empty, then begins with a changeover."""
    refill(floor, line)
    waiting = queue(floor, line)
    if line.stock_left:
        waiting = [order for order in waiting if order.product == line.product]
    if not waiting:
        return
    order = waiting[0]
    if order.product == line.product:
        activate(line, order)
    elif line.wip == 0:
        start_setup(floor, line, order.product)
        activate(line, order)
    refill(floor, line)


def change_product(floor: Floor, line: LineState, product: str) -> None:
    """Begin a changeover by command: what is on the line is put on the rack, and an order of the product taken up."""
    stations.freeze(floor, line)
    for station in line.stations:
        if station.part is not None:
            _rack(floor, line, station.part.order, station.part.product)
            station.part = None
            station.left_ms = 0
    for buffer in line.buffers:
        for part in buffer:
            _rack(floor, line, part.order, part.product)
        buffer.clear()
    put_back(floor, line)
    start_setup(floor, line, product)
    wanted = [order for order in queue(floor, line) if order.product == product]
    if wanted:
        activate(line, wanted[0])
    else:
        line.stock_left = floor.layout.config.stock_batch


def _rack(floor: Floor, line: LineState, order: int, product: str) -> None:
    line.rack[product] = line.rack.get(product, 0) + 1
    if order:
        floor.state.orders[order].in_process -= 1


def start_setup(floor: Floor, line: LineState, product: str) -> None:
    """Begin the changeover from what the line is set up for; it takes over the product at once."""
    before, line.product = line.product, product
    minutes = floor.layout.changeover_min[before, product]
    line.setup.left_ms = round(minutes * 60_000)
    line.setup.due_ms = floor.state.now_ms + line.setup.left_ms
    name = f"line{line.number}"
    floor.record("changeover_started", name, line=line.number, before=before, after=product, minutes=minutes)
    top = floor.top_speed(line)
    if line.speed_per_h > top:
        # What the new product does not stand is not waited for: the line slows itself down.
        floor.record("speed_limited", name, line=line.number, before=line.speed_per_h, after=top)
        line.speed_per_h = top


def pause_setup(floor: Floor, line: LineState) -> None:
    """Interrupt a changeover; it goes on when the line is started."""
    if line.setup.due_ms is not None:
        line.setup.left_ms = line.setup.due_ms - floor.state.now_ms
        line.setup.due_ms = None


def start(floor: Floor, line: LineState) -> None:
    """Let the line run, after the changeover if one was interrupted."""
    line.on = True
    if line.setup.due_ms is not None:
        return
    if line.setup.left_ms:
        line.setup.due_ms = floor.state.now_ms + line.setup.left_ms
    else:
        stations.thaw(floor, line)


def stop(floor: Floor, line: LineState) -> None:
    """Let the line stand at once; parts in process and a changeover are frozen."""
    line.on = False
    stations.freeze(floor, line)
    pause_setup(floor, line)


def _end_setup(floor: Floor, line: LineState) -> None:
    line.setup.due_ms = None
    line.setup.left_ms = 0
    change_tools(floor, line, TOOL_CHANGE_PCT)
    floor.record("changeover_done", f"line{line.number}", line=line.number, product=line.product)
    if line.on:
        stations.thaw(floor, line)


def _note_state(floor: Floor, line: LineState) -> None:
    """Keep `line.state` and the time spent in each state up to date."""
    if line.setup.due_ms is not None:
        state = "setup"
    elif not line.on:
        state = "stopped"
    elif _is_down(line):
        state = "down"
    else:
        state = "running"
    if state == line.state:
        return
    now = floor.state.now_ms
    line.time_ms[line.state] = line.time_ms.get(line.state, 0) + now - line.since_ms
    floor.record("state_changed", f"line{line.number}", line=line.number, before=line.state, after=state)
    line.state = state
    line.since_ms = now


def _is_down(line: LineState) -> bool:
    """Tell whether a station is failed and none is working."""
    failed = False
    for station in line.stations:
        if station.run_ms is not None:
            return False
        failed = failed or station.failed
    return failed

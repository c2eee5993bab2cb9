"""One line: parts move from station to station, orders follow each other, changeovers lie between.

A finished part leaves its station when the buffer behind has a place, else the station is blocked; a station without
a part to take is starved.
"""

from __future__ import annotations

from twin.production import stations
from twin.production.alarms import change_tools
from twin.production.floor import Floor
from twin.production.orders import activate, arrivals_due, next_part, put_back, queue, refill
from twin.production.state import LineState, Part

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
            stations.come_due(floor, line, floor.places(line)[index], station)
    if line.moving and (line.active or _take_up_order(floor, line)):
        _move(floor, line)
    _note_state(floor, line)
    line.due_ms = _nearest(line)


def _nearest(line: LineState) -> int | None:
    """Return when something next happens on a line: an order arrives, a changeover, a run or a repair ends."""
    nearest = line.arrivals.due_ms
    for each in line.stations:
        due = each.due_ms
        if due is not None and (nearest is None or due < nearest):
            nearest = due
    due = line.setup.due_ms
    return due if due is not None and (nearest is None or due < nearest) else nearest


def _move(floor: Floor, line: LineState) -> None:
    """Move parts as far as they go, from the end of the line to its beginning.

    One pass is enough: a station that could take a part has done so before the one ahead of it gives a part, so a part
    given goes on at once where it can, and every place that falls free is seen by the station before it.
    """
    places = floor.places(line)
    for index in range(len(places) - 1, -1, -1):
        station = line.stations[index]
        if station.run_ms is not None or station.out:
            continue
        if station.part is not None and station.left_ms == 0:
            following = line.stations[index + 1]
            if following.part is None and not following.out:
                # The buffer between is empty, or the following station would have taken from it.
                part, station.part = station.part, None
                stations.take(floor, line, places[index + 1], following, part)
            elif len(line.buffers[index]) < places[index].config.buffer_after:
                line.buffers[index].append(station.part)
                station.part = None
        if station.part is None:
            if index == 0:
                fresh = next_part(floor, line)
                if fresh is not None:
                    stations.take(floor, line, places[0], station, fresh)
            elif line.buffers[index - 1]:
                stations.take(floor, line, places[index], station, line.buffers[index - 1].popleft())


def _take_up_order(floor: Floor, line: LineState) -> bool:
    """Choose the next order, and tell whether parts may move.

    An order of another product waits until the line is empty, then begins with a changeover.
    """
    refill(floor, line)
    waiting = queue(floor, line)
    if line.stock_left:
        waiting = [order for order in waiting if order.product == line.product]
    if waiting:
        order = waiting[0]
        if order.product == line.product:
            activate(line, order)
        elif line.wip == 0:
            start_setup(floor, line, order.product)
            activate(line, order)
        refill(floor, line)
    return line.moving


def change_product(floor: Floor, line: LineState, product: str) -> None:
    """Begin a changeover by command: what is on the line is put on the rack, and an order of the product taken up."""
    stations.freeze(floor, line)
    for station in line.stations:
        if station.part is not None:
            _rack(floor, line, station.part)
            station.part = None
            station.left_ms = 0
    for buffer in line.buffers:
        for part in buffer:
            _rack(floor, line, part)
        buffer.clear()
    put_back(floor, line)
    start_setup(floor, line, product)
    wanted = [order for order in queue(floor, line) if order.product == product]
    if wanted:
        activate(line, wanted[0])
    else:
        line.stock_left = floor.layout.config.stock_batch


def _rack(floor: Floor, line: LineState, part: Part) -> None:
    line.rack[part.product] = line.rack.get(part.product, 0) + 1
    line.racked_ms += floor.state.now_ms - part.entered_ms
    if part.order:
        floor.state.orders[part.order].in_process -= 1


def start_setup(floor: Floor, line: LineState, product: str) -> None:
    """Begin the changeover from what the line is set up for; it takes over the product at once."""
    before, line.product = line.product, product
    minutes = floor.layout.changeover_min[before, product]
    line.setup.left_ms = round(minutes * 60_000)
    line.setup.waits_for_start = False
    if line.served:
        line.setup.due_ms = floor.state.now_ms + line.setup.left_ms
    name = f"line{line.number}"
    floor.record("changeover_started", name, line=line.number, before=before, after=product, minutes=minutes)
    top = floor.top_speed(line)
    if line.speed_per_h > top:
        # What the new product does not stand is not waited for: the line slows itself down.
        floor.record("speed_limited", name, line=line.number, before=line.speed_per_h, after=top)
        line.speed_per_h = top


def start(floor: Floor, line: LineState) -> None:
    """Let the line run, after the changeover if one was interrupted."""
    line.on = True
    line.setup.waits_for_start = False
    _go_on(floor, line)


def stop(floor: Floor, line: LineState) -> None:
    """Let the line stand at once; parts in process and a changeover are frozen until it is started."""
    line.on = False
    line.setup.waits_for_start = True
    _stand(floor, line)


def set_power(floor: Floor, line: LineState, powered: bool) -> None:
    """Take a line's power away or give it back. Without it the line stands; it goes on by itself."""
    if powered == line.powered:
        return
    now = floor.state.now_ms
    line.powered = powered
    if powered:
        line.dark_ms += now - line.dark_since_ms
        _go_on(floor, line)
    else:
        line.dark_since_ms = now
        _stand(floor, line)


def set_manned(floor: Floor, line: LineState, manned: bool) -> None:
    """Let the people of a line come or go. Without them it stands; it goes on by itself."""
    line.manned = manned
    if manned:
        _go_on(floor, line)
    else:
        _stand(floor, line)


def _stand(floor: Floor, line: LineState) -> None:
    stations.freeze(floor, line)
    setup = line.setup
    if setup.due_ms is not None:
        setup.left_ms = setup.due_ms - floor.state.now_ms
        setup.due_ms = None


def _go_on(floor: Floor, line: LineState) -> None:
    """Go on with the changeover or the work that was frozen, if the line can."""
    setup = line.setup
    if not line.served or setup.due_ms is not None:
        return
    if setup.left_ms:
        if not setup.waits_for_start:
            setup.due_ms = floor.state.now_ms + setup.left_ms
    elif line.on:
        stations.thaw(floor, line)


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
    elif not line.enabled:
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
    """Tell whether a station is out and none is working."""
    out = False
    for station in line.stations:
        if station.run_ms is not None:
            return False
        out = out or station.out
    return out

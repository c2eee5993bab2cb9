"""The production line: lines, stations, orders, quality.

What its journal tells, beside `command` and `refused`; subject and data in brackets:

- `state_changed` (`line2`; line, before, after): the line is now running, down, setup or stopped
- `manning_changed` (`plant`; shift: its name or none, manned: yes or no): people came or went, breaks included
- `changeover_started` (`line2`; line, before, after, minutes), `changeover_done` (`line2`; line, product)
- `speed_limited` (`line2`; line, before, after): a changeover to a product that does not stand the line's speed
- `failure` (`line2.weld`; line, station, cause: breakdown or jam), `repair` (`line2.weld`; line, station, minutes)
- `tool_changed` (`line2.weld`; line, station)
- `part_scrapped` (`line2`; line, order, defect), `order_done` (`O-104`; line, product, quantity, late)
- `alarm_raised` (`A-3`; place: `line2` or `line2.weld`, severity, cause, text), `alarm_cleared` (`A-3`; place, cause)
- `alarm_acknowledged` (`A-3`; place, by: command or crew)
- `alert` (`R-1`; place, quantity, value, limit, text)
"""

"""The energy grid: buses, lines, solar panels, battery, generator, loads, charging points, tariff.

What its journal tells, beside `command` and `refused`; subject and data in brackets:

- `state_changed` (`grid`; before, after: grid, island or blackout), (`chp1`; before, after: stopped, starting, running,
  stopping or tripped)
- `load_dropped` (`press`, `ev1`; mode): the plant gave it up because it could not be carried; `load_picked_up` (mode)
- `batch_started` (`furnace`; delay_h), `batch_done` (`furnace`; next_ms)
- `battery_stopped` (`battery1`; soc_pct): its dispatch ended at the floor or ceiling
- `car_came` (`ev1`; wanted_kwh, stay_h), `car_left` (`ev1`; missing_kwh)
- `alarm_raised` (`A-3`; place, severity, cause, text), `alarm_cleared` (`A-3`; place, cause)
- `alarm_acknowledged` (`A-3`; place, by: control)
- `alert` (`R-1`; place, quantity, value, limit, text)
"""

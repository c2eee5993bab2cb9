"""A maintenance shop and the machines that it looks after: hidden damage, symptoms, tests, work orders, people, parts.

What its journal tells, beside `command` and `refused`; subject and data in brackets:

- `state_changed` (`P-101`; before, after), `switched_over` (`P-102`; instead_of): a machine, and one of a pair
- `failure` (`P-101`; service), `restored` (`P-101`; state): a machine stands, and is back in service
- `test` (`P-101`; test, finding, value, unit)
- `work_order` (`WO-1001`; asset, task, before, after; by, when written): each step of its life
- `work_paused`, `work_resumed` (`WO-1001`; technician): at the change of shifts
- `part_used` (`SEA-35`; work_order, quantity), `part_ordered` (`SEA-35`; purchase, quantity, by: store or command)
- `part_delivered` (`SEA-35`; purchase, quantity)
- `alarm_raised` (`A-3`; place, severity, cause, text), `alarm_cleared` (`A-3`; place, cause)
- `alarm_acknowledged` (`A-3`; place, by: command or crew)
"""

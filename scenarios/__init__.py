"""What is asked, who asks, and whether it was done. Importing this registers the Gymnasium ids."""

import gymnasium

# Entry points are strings: an env is imported only when it is made.
for _id, _entry_point, _scenario in (
    ("leaf/Production-v0", "scenarios.env:TwinEnv", "production"),
    ("leaf/Maintenance-v0", "scenarios.env:TwinEnv", "maintenance"),
    ("leaf/Energy-v0", "scenarios.env:TwinEnv", "energy"),
    ("leaf/ProductionControl-v0", "scenarios.control:ControlEnv", "production"),
    ("leaf/MaintenanceControl-v0", "scenarios.control:ControlEnv", "maintenance"),
    ("leaf/EnergyControl-v0", "scenarios.control:ControlEnv", "energy"),
):
    if _id not in gymnasium.registry:
        gymnasium.register(id=_id, entry_point=_entry_point, kwargs={"scenario": _scenario})

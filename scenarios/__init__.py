"""What is asked, who asks, and whether it was done. Importing this registers the Gymnasium ids."""

import gymnasium

# Entry points are strings: an env is imported only when it is made.
for _id, _scenario in (
    ("leaf/Production-v0", "production"),
    ("leaf/Maintenance-v0", "maintenance"),
    ("leaf/Energy-v0", "energy"),
):
    if _id not in gymnasium.registry:
        gymnasium.register(id=_id, entry_point="scenarios.env:TwinEnv", kwargs={"scenario": _scenario})

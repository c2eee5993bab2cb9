"""What is asked, who asks, and whether it was done. Importing this registers the Gymnasium ids."""

import gymnasium

# Entry points are strings: an env is imported only when it is made.
if "leaf/Production-v0" not in gymnasium.registry:
    gymnasium.register(
        id="leaf/Production-v0",
        entry_point="scenarios.env:TwinEnv",
        kwargs={"scenario": "production"},
    )

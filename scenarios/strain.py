"""A stress profile at work on one episode: its plant, its door, its user, its clock."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cached_property

from scenarios.aftermath import Aftermath
from scenarios.manners import ContradictoryUser, TerseUser, User
from scenarios.slots import SlotTable
from scenarios.stress import StressProfile
from scenarios.strike import struck
from scenarios.task import TaskInstance
from scenarios.trajectory import Malformed
from scenarios.warm import build_plant
from scenarios.world import World
from tools_api.door import Door
from tools_api.messages import AgentMessage, ToolCall, ToolResult
from tools_api.middleware import Delay, Dropout, SensorNoise, StaleRead, Tap
from twin.core import Twin
from twin.randomness import stream

CHARACTERS_PER_TOKEN = 4

USUAL_ERRORS: Mapping[str, Mapping[str, float]] = {
    "production": {"temperature_c": 1.5, "vibration_mm_s": 0.3, "tool_wear_pct": 1.5, "power_kw": 0.3},
    "maintenance": {
        "vibration_mm_s": 0.3,
        "temperature_c": 1.5,
        "current_a": 1.0,
        "flow_pct": 1.0,
        "oil_ppm": 2.0,
        "travel_error_pct": 0.4,
        "leak_l_min": 0.1,
    },
    "energy": {
        "import_kw": 6.0,
        "load_kw": 6.0,
        "pv_kw": 2.0,
        "battery_kw": 1.0,
        "power_kw": 2.0,
        "soc_pct": 0.7,
        "loading_pct": 1.0,
        "highest_loading_pct": 1.0,
        "voltage_pu": 0.005,
    },
}
"""What a fair gauge is wrong by (one standard deviation, in the field's unit), by scenario and field."""


class Strain:
    """Puts a profile's stressors round one instance. All chance comes from the instance, the stressor and a count."""

    def __init__(self, instance: TaskInstance, profile: StressProfile) -> None:
        self.profile = profile
        self._instance = instance
        self._calm = instance.plant()
        self._tap: Tap | None = None
        self.aftermath = Aftermath(calm=self._calm, own_faults=len(instance.world.faults))

    @cached_property
    def world(self) -> World:
        """The instance's world with the profile's faults in it."""
        return struck(self._instance, self.profile, self._calm)

    def plant(self) -> Twin:
        """Build the plant as the user finds it; later faults are under way and hidden."""
        instance = self._instance
        return build_plant(instance.scenario, instance.plant_seed, self.world)

    def door(self, inner: Door) -> Door:
        """Put the network between the agent and a door."""
        profile, instance = self.profile, self._instance
        self._tap = Tap(inner)
        door: Door = self._tap
        if profile.sensor_noise is not None and profile.sensor_noise.factor > 0:
            errors = USUAL_ERRORS[instance.scenario].items()
            deviations = {field: error * profile.sensor_noise.factor for field, error in errors}
            door = SensorNoise(door, deviations=deviations, seed=self._seed("sensor_noise"))
        if profile.stale_reads is not None and profile.stale_reads.refresh_s > 0:
            door = StaleRead(door, refresh_s=profile.stale_reads.refresh_s)
        if profile.delay is not None and profile.delay.up_to_s > 0:
            door = Delay(door, low_s=0, high_s=profile.delay.up_to_s, seed=self._seed("delay"))
        if profile.timeout is not None:
            lost = profile.timeout
            door = Dropout(door, timeout=lost.share, timeout_s=lost.after_s, seed=self._seed("timeout"))
        if profile.dropout is not None:
            door = Dropout(door, unavailable=profile.dropout.share, seed=self._seed("dropout"))
        return door

    def user(self, inner: User, table: SlotTable) -> User:
        """Give the user their manners."""
        terse, contradictory = self.profile.terse_user, self.profile.contradictory_user
        if terse is not None:
            inner = TerseUser(inner, self._instance, terse.share)
        if contradictory is not None:
            twisted = ContradictoryUser(inner, self._instance, table, contradictory.share)
            self.aftermath.misled = twisted.misled
            inner = twisted
        return inner

    def note(self, call: ToolCall, seen: ToolResult, *, acts: bool) -> None:
        """Note for the verdict what a call came to."""
        true = self._tap.take() if self._tap is not None else seen
        # What never got as far as the network is the door's own answer to a wrong call.
        answered = seen if true is None and seen.code in ("unknown_tool", "bad_arguments", "missing_argument") else true
        self.aftermath.note(call, seen, answered, acts=acts)

    def tokens(self, action: ToolCall | AgentMessage | Malformed, reported: int | None) -> int | None:
        """Say for how many tokens of thought an action is charged; None when thinking costs no plant time."""
        if self.profile.slow_thinking is None:
            return None
        if reported is not None:
            return max(0, reported)
        return math.ceil(_characters(action) / CHARACTERS_PER_TOKEN)

    def thinking_s(self, tokens: int | None) -> float:
        """Say how much plant time so many tokens of thought take."""
        slow = self.profile.slow_thinking
        return 0.0 if slow is None or tokens is None else min(slow.at_most_s, tokens * slow.s_per_token)

    def _seed(self, stressor: str) -> int:
        return stream(self._instance.seed, "stress", self._instance.scenario, self._instance.task, stressor)


def _characters(action: ToolCall | AgentMessage | Malformed) -> int:
    if isinstance(action, ToolCall):
        return len(action.name) + len(json.dumps(action.arguments))
    return len(action.text)

"""Faults: the hidden truth that an agent must find."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from twin.clock import milliseconds


class Fault(BaseModel):
    """One thing that goes wrong by plan.

    `kind` and `target` are the plant's own words (production: `bearing_wear` at `2.weld`). It starts `start_s` plant
    seconds after the epoch, is as bad as `severity` (0 to 1) and lasts `duration_s` seconds, or for good when None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    target: str
    start_s: Annotated[float, Field(ge=0)]
    severity: Annotated[float, Field(ge=0, le=1)] = 0.7
    duration_s: Annotated[float, Field(gt=0)] | None = None

    @property
    def end_s(self) -> float | None:
        """When it is over, in plant seconds; None when it stays."""
        # Whole milliseconds, as the clock has them: else a sum a hair above one would be missed at that instant.
        return None if self.duration_s is None else round(self.start_s + self.duration_s, 3)


class FaultPlan(BaseModel):
    """All faults of a run; several may act on one target at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[Fault, ...] = ()

    def started_by(self, seconds: float) -> FaultPlan:
        """Return the part of the plan that has begun by that time."""
        until = milliseconds(seconds)
        return FaultPlan(faults=tuple(fault for fault in self.faults if milliseconds(fault.start_s) <= until))


def severity(faults: tuple[Fault, ...], kind: str, now_ms: int, ramp_s: float = 0.0, part: str = "") -> float:
    """Return how badly faults of a kind act now, 0 to 1; the worst one counts.

    A fault comes to its full severity over `ramp_s` seconds. With `part` (such as a sensor), a fault whose target ends
    in another part of the same place does not count; `faults` are those of one place.
    """
    worst = 0.0
    now_s = now_ms / 1000
    for fault in faults:
        if fault.kind != kind or now_s < fault.start_s or (fault.end_s is not None and now_s >= fault.end_s):
            continue
        if part and "." in fault.target and not fault.target.endswith(f".{part}"):
            continue
        worst = max(worst, fault.severity * (min(1.0, (now_s - fault.start_s) / ramp_s) if ramp_s else 1.0))
    return worst

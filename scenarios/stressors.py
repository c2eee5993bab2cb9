"""The stressors: what may go wrong round a task, each a document with its size in plain units.

Every stressor is made `at(severity)`, 0 to 1, or written out field by field. At severity 0 none of them does anything.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from scenarios.document import Document

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=3600)]


class Stressor(Document):
    """Base of the stressors. `scenarios` lists where it can act; empty: everywhere."""

    scenarios: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def at(cls, severity: float) -> Self:
        """Make it as bad as `severity`, 0 to 1. Raises `ValueError` outside."""
        if not 0 <= severity <= 1:
            raise ValueError(f"severity {severity:g} is outside 0..1")
        return cls._at(severity)

    @classmethod
    def _at(cls, severity: float) -> Self:
        raise NotImplementedError


class Sensors(Stressor):
    """A fault of sensors: how many, how bad, and when it begins, in seconds after the request at the latest.

    Sensors of what the task is about come first.
    """

    count: Annotated[int, Field(ge=0, le=10)]
    severity: Share
    within_s: Seconds = 0.0


class SensorNoise(Stressor):
    """Gauges tremble: Gaussian noise of `factor` times each quantity's usual error (`scenarios.strain`)."""

    factor: Annotated[float, Field(ge=0, le=10)]

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(factor=4 * severity)


class SensorDrift(Sensors):
    """Sensors say more and more too much: `sensor_drift` of the plant, since half an hour where the plant settles."""

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(count=1 if severity <= 0.5 else 2, severity=severity)


class SensorStuck(Sensors):
    """Sensors stop moving: `sensor_stuck` of the plant, which knows no half measures."""

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(count=round(2 * severity + 0.49), severity=1.0 if severity else 0.0, within_s=10)


class Delay(Stressor):
    """A slow network: each call reaches the plant up to `up_to_s` seconds late."""

    up_to_s: Seconds

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(up_to_s=40 * severity)


class Timeout(Stressor):
    """A share of answers is lost: the plant has done it, the agent is told `timeout` after `after_s` seconds."""

    share: Share
    after_s: Seconds = 30.0

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(share=0.12 * severity)


class Dropout(Stressor):
    """A share of calls never reaches the plant; the agent is told `unavailable`."""

    share: Share

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(share=0.2 * severity)


class StaleReads(Stressor):
    """A gateway remembers: the same look within `refresh_s` seconds gets the old answer."""

    refresh_s: Seconds

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(refresh_s=240 * severity)


class ExtraFaults(Stressor):
    """Something else breaks in mid-episode, by any fault that the plant knows.

    It begins within `within_s` seconds after the request; `elsewhere`: never where the task has to do.
    """

    count: Annotated[int, Field(ge=0, le=10)]
    severity: Share
    within_s: Seconds = 30.0
    where: Literal["elsewhere", "anywhere"] = "elsewhere"

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(count=round(3 * severity + 0.49), severity=severity)


class TariffShock(Stressor):
    """The price jumps, by up to four times, within `within_s` seconds after the request: `price_spike` of the plant."""

    scenarios = ("energy",)

    severity: Share
    within_s: Seconds = 30.0
    duration_s: Annotated[float, Field(gt=0)] = 7200.0

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(severity=severity)


class SlowThinking(Stressor):
    """The agent's thinking takes plant time: `s_per_token` for each token it writes, at most `at_most_s` an action.

    An agent that reports no tokens is charged a token for each four characters of its action.
    """

    s_per_token: Annotated[float, Field(ge=0, le=60)]
    at_most_s: Seconds = 600.0

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(s_per_token=0.4 * severity)


class TerseUser(Stressor):
    """In a share of replies the user says one word for each thing asked, and a bare no where something is wrong."""

    share: Share

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(share=severity)


class ContradictoryUser(Stressor):
    """The first time they tell a thing, in a share of cases, the user tells it wrong.

    They put it right with their next reply, at the latest by themselves when the agent has taken one action since.
    """

    share: Share

    @classmethod
    def _at(cls, severity: float) -> Self:
        return cls(share=severity)

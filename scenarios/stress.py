"""Stress profiles: faults, middleware and a difficult user, as one frozen document that can be named and composed.

`none`, `mild` and `severe` are there; so is every stressor by its name. A profile is written `mild+tariff_shock`,
`severe-dropout`, `timeout:0.8+terse_user` (severity 0 to 1, 0.5 if none is given), or is a YAML file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from scenarios.document import Document, TaskDocumentError, problems_of, read_yaml
from scenarios.stressors import (
    ContradictoryUser,
    Delay,
    Dropout,
    ExtraFaults,
    SensorDrift,
    SensorNoise,
    SensorStuck,
    SlowThinking,
    StaleReads,
    Stressor,
    TariffShock,
    TerseUser,
    Timeout,
)

SEVERITY = 0.5
"""How bad a stressor is that is named alone."""

STRESSORS: Mapping[str, type[Stressor]] = {
    "sensor_noise": SensorNoise,
    "sensor_drift": SensorDrift,
    "sensor_stuck": SensorStuck,
    "delay": Delay,
    "timeout": Timeout,
    "dropout": Dropout,
    "stale_reads": StaleReads,
    "extra_faults": ExtraFaults,
    "tariff_shock": TariffShock,
    "slow_thinking": SlowThinking,
    "terse_user": TerseUser,
    "contradictory_user": ContradictoryUser,
}


class StressNameError(ValueError):
    """No profile or stressor of that name. The message gives the nearest right one."""


class StressProfile(Document):
    """All that stresses an episode; a stressor that is None does not act. `name` is how it was asked for."""

    name: str = "none"
    sensor_noise: SensorNoise | None = None
    sensor_drift: SensorDrift | None = None
    sensor_stuck: SensorStuck | None = None
    delay: Delay | None = None
    timeout: Timeout | None = None
    dropout: Dropout | None = None
    stale_reads: StaleReads | None = None
    extra_faults: ExtraFaults | None = None
    tariff_shock: TariffShock | None = None
    slow_thinking: SlowThinking | None = None
    terse_user: TerseUser | None = None
    contradictory_user: ContradictoryUser | None = None

    @property
    def stressors(self) -> dict[str, Stressor]:
        """The stressors that act, by name."""
        found = {name: getattr(self, name) for name in STRESSORS}
        return {name: stressor for name, stressor in found.items() if stressor is not None}

    def acts_on(self, scenario: str) -> bool:
        """Whether any of its stressors can act in a scenario."""
        return any(not stressor.scenarios or scenario in stressor.scenarios for stressor in self.stressors.values())

    def plus(self, other: StressProfile) -> StressProfile:
        """Add another profile's stressors; of one that both have, the other's counts."""
        return _profile(f"{self.name}+{other.name}", {**self.stressors, **other.stressors})

    def without(self, stressor: str) -> StressProfile:
        """Leave a stressor out. Raises `StressNameError` for one that is not in it."""
        if stressor not in self.stressors:
            raise StressNameError(_no_such("stressor", stressor, self.stressors, f"in profile '{self.name}'"))
        kept = {name: one for name, one in self.stressors.items() if name != stressor}
        return _profile(f"{self.name}-{stressor}", kept)


def _profile(name: str, stressors: Mapping[str, Stressor]) -> StressProfile:
    return StressProfile.model_validate({"name": name, **stressors})


def _all_at(severity: float, names: Iterable[str]) -> dict[str, Stressor]:
    return {name: STRESSORS[name].at(severity) for name in names}


_SOFT = (
    "sensor_noise", "sensor_drift", "delay", "timeout", "dropout", "stale_reads", "slow_thinking", "terse_user",
)  # fmt: skip

PROFILES: Mapping[str, StressProfile] = {
    "none": StressProfile(),
    "mild": _profile("mild", _all_at(0.25, _SOFT)),
    "severe": _profile("severe", _all_at(0.75, STRESSORS)),
}
"""The profiles that have names. Mild: all that is everyday; severe: all there is, three times as bad."""

_FILE = re.compile(r"(?P<file>.*\.ya?ml)(?P<rest>(?:-[a-z_]+)*)")
_TERM = re.compile(r"(?P<name>[a-z_]+)(?::(?P<severity>[\d.]+))?")


def stress_profile(text: str | StressProfile | Iterable[str]) -> StressProfile:
    """Read a profile: names joined by + and -, a YAML file, a list of such to be added, or a profile as it is.

    Raises `StressNameError` with the remedy, `TaskDocumentError` for a file that breaks a rule.
    """
    if isinstance(text, StressProfile):
        return text
    if not isinstance(text, str):
        text = "+".join(text)
    profile = StressProfile()
    for part in text.split("+"):
        file = _FILE.fullmatch(part)
        first, *left_out = part.split("-") if file is None else (file["file"], *file["rest"].split("-")[1:])
        added = _term(first.strip(), text) if file is None else load_profile(Path(first))
        for name in left_out:
            added = added.without(name.strip())
        profile = profile.plus(added)
    return profile.model_copy(update={"name": text})


def load_profile(path: Path) -> StressProfile:
    """Read a profile from a YAML mapping of stressors to a severity or to their fields.

    `base` names a profile to begin with, `without` lists what of it to leave out. Raises `TaskDocumentError` with the
    path of every bad field, its rule and the remedy, and for a file that is not there.
    """
    if not path.is_file():
        raise TaskDocumentError(str(path), ["no such file; give a YAML file of stressors, such as {dropout: 0.5}"])
    fields: dict[str, Any] = dict(read_yaml(path, dict))
    base, without = fields.pop("base", "none"), fields.pop("without", [])
    fields.pop("name", None)
    problems = []
    profile = StressProfile()
    try:
        profile = stress_profile(str(base))
        for name in [without] if isinstance(without, str) else without or []:
            profile = profile.without(str(name))
    except StressNameError as error:
        problems.append(f"base, without: {error}")
    made: dict[str, Stressor] = {}
    for name, value in fields.items():
        if name not in STRESSORS:
            problems.append(_no_such("stressor", str(name), STRESSORS, f"(field {name})"))
            continue
        try:
            made[name] = _made(STRESSORS[name], value)
        except ValidationError as error:
            problems += [
                f"{problem}; its fields are {', '.join(_fields(STRESSORS[name]))}, or give a severity 0..1"
                for problem in problems_of(error, name)
            ]
        except ValueError as error:
            problems.append(f"{name}: {error}; give a severity from 0 to 1, or its fields")
    if problems:
        raise TaskDocumentError(path.name, problems)
    return _profile(path.stem, {**profile.stressors, **made})


def _made(kind: type[Stressor], value: Any) -> Stressor:
    if isinstance(value, bool | str) or value is None:
        raise ValueError(f"{value!r} is neither a number nor a mapping")
    return kind.at(float(value)) if isinstance(value, int | float) else kind.model_validate(value)


def _fields(kind: type[BaseModel]) -> list[str]:
    return list(kind.model_fields)


def _term(text: str, whole: str) -> StressProfile:
    match = _TERM.fullmatch(text)
    if match is None:
        raise StressNameError(
            f"'{text}' in profile '{whole}' is no profile; write names joined by + and -, each perhaps with a "
            "severity, such as mild+timeout:0.8-delay, or a file that ends in .yaml"
        )
    name, severity = match["name"], match["severity"]
    if name in PROFILES:
        if severity is not None:
            raise StressNameError(f"profile '{name}' takes no severity; give it to a stressor, such as dropout:0.8")
        return PROFILES[name]
    if name not in STRESSORS:
        raise StressNameError(_no_such("profile or stressor", name, (*PROFILES, *STRESSORS)))
    try:
        made = STRESSORS[name].at(SEVERITY if severity is None else float(severity))
    except ValueError as error:
        raise StressNameError(f"stressor '{text}': {error}; give a severity from 0 to 1") from None
    return _profile(name, {name: made})


def _no_such(noun: str, name: str, known: Iterable[str], where: str = "") -> str:
    names = list(known)
    near = get_close_matches(name, names, n=1)
    remedy = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(names) or 'none'}"
    return f"no {noun} '{name}'{f' {where}' if where else ''}; {remedy}"

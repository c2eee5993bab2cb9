"""The settings of a data set and of a training run, read from a TOML file in training/configs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from leaf_agent.toml_document import read_toml


class Settings(BaseModel):
    """Base of the settings: closed and immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(Settings):
    """How many demonstrations to make. `episodes` are played for all experts; `plans` are written without playing.

    A plan with branches needs more examples than a look-up, so `plans` counts per step of the reference plan.
    """

    episodes: Annotated[int, Field(ge=1, description="seeds per template played to the end")]
    plans: Annotated[int, Field(ge=0, description="further seeds per template and plan step, planner alone")]
    phrasings: Annotated[int | None, Field(ge=1, description="at most so many ways to say one answer")] = None
    rough: Annotated[float, Field(ge=0, le=1, description="share of requests with surface noise")] = 0.5


class SftSettings(Settings):
    """One expert's fine-tuning. Rank 8 on all linear layers is the paper's; the rest is chosen for 135M parameters."""

    epochs: Annotated[float, Field(gt=0)] = 1.0
    learning_rate: Annotated[float, Field(gt=0)] = 8e-4
    batch_size: Annotated[int, Field(ge=1)] = 16
    rank: Annotated[int, Field(ge=1)] = 8
    alpha: Annotated[int, Field(ge=1)] = 16
    limit: Annotated[int | None, Field(ge=1, description="at most so many demonstrations")] = None


class TrainingConfig(Settings):
    """A whole configuration: the scenarios, one data set, one set of adapters."""

    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    seed: int = 0
    data: DataSettings
    sft: dict[str, SftSettings]


def read_config(path: Path) -> TrainingConfig:
    """Read a configuration. Raises `ValueError` with the path of the bad field and the rule."""
    absent = f"no configuration {path}; the shipped ones are in training/configs"
    return read_toml(TrainingConfig, path, absent=absent)

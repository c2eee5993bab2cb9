"""A TOML file read into a model: one way to say what is wrong in it, and where."""

from __future__ import annotations

import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def read_toml(model: type[Model], path: Path | Traversable, *, absent: str, rule: str = "") -> Model:
    """Read a file into a model.

    Raises `ValueError` with the file's name and the first fault; `absent` says what there is where the file is not,
    `rule` what a file of this kind holds.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise ValueError(absent) from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: no TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        hint = f"; {rule}" if rule else ""
        raise ValueError(f"{path}: {where}: {first['msg']} (found {first['input']!r}){hint}") from error

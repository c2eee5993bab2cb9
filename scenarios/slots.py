"""What users can be asked for: names, phrases, values and answers of each slot, read from a scenario's slots.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError, field_validator

from scenarios.document import Document, TaskDocumentError, problems_of, read_yaml

Some = Annotated[tuple[str, ...], Field(min_length=1)]


class Slot(Document):
    """One slot. See the head of slots.yaml for what each field means."""

    nouns: Some
    phrases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    mention: str | None = None
    questions: Some
    answers: Some

    @field_validator("phrases")
    @classmethod
    def _compile_each(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        for phrase in phrases:
            try:
                re.compile(phrase)
            except re.error as error:
                raise ValueError(f"{phrase!r} is no regular expression: {error}") from error
        return phrases

    @field_validator("answers")
    @classmethod
    def _tell(cls, answers: tuple[str, ...]) -> tuple[str, ...]:
        empty = [answer for answer in answers if "{value}" not in answer]
        if empty:
            raise ValueError(f"the answer {empty[0]!r} tells nothing; put {{value}} into it")
        return answers


SlotTable = Mapping[str, Slot]

_TABLE: TypeAdapter[dict[str, Slot]] = TypeAdapter(dict[str, Slot])


def load_slots(path: Path) -> SlotTable:
    """Read a slots.yaml. Raises `TaskDocumentError` with the path of every bad field and its rule."""
    table = read_yaml(path, dict)
    try:
        return _TABLE.validate_python(table)
    except ValidationError as error:
        raise TaskDocumentError(path.name, problems_of(error, "slots", table)) from error

"""A plant's variables, each declared once; tools, docs and protocol servers derive theirs from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """One number of a plant that can be measured, and perhaps set.

    Only measured values are variables: what a sensor says, never the hidden truth. `low` and `high` bound what may be
    written, or what is usual where it cannot be.
    """

    name: str
    unit: str
    low: float
    high: float
    writable: bool
    description: str

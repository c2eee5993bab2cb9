"""Key figures of manufacturing operations, named and defined as in ISO 22400-2:2014. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence


def availability(production_s: float, busy_s: float) -> float:
    """Actual production time / planned busy time, as a share; 0 when nothing was planned (ISO 22400-2, A)."""
    return production_s / busy_s if busy_s > 0 else 0.0


def effectiveness(planned_s_per_part: float, parts: float, production_s: float) -> float:
    """Planned run time per item x produced quantity / actual production time (ISO 22400-2, E: "performance").

    A share; above 1 when the line ran faster than its recipe plans.
    """
    return planned_s_per_part * parts / production_s if production_s > 0 else 0.0


def quality_ratio(good: float, produced: float) -> float:
    """Good quantity / produced quantity, as a share; 1 when nothing was produced (ISO 22400-2, QR)."""
    return good / produced if produced > 0 else 1.0


def oee(availability_share: float, effectiveness_share: float, quality_share: float) -> float:
    """Overall equipment effectiveness: the product of its three factors, as a share."""
    return availability_share * effectiveness_share * quality_share


def mean_time_between_failures(operating_s: float, failures: int) -> float:
    """Operating time / failures, in seconds; the whole operating time when there was no failure."""
    return operating_s / failures if failures else operating_s


def mean_time_to_repair(repair_s: float, failures: int) -> float:
    """Repair time / failures, in seconds; 0 when there was no failure."""
    return repair_s / failures if failures else 0.0


def time_weighted_mean(times_s: Sequence[float], values: Sequence[float], end_s: float) -> float:
    """Mean of a step function that takes `values[i]` from `times_s[i]` on, up to `end_s`.

    Raises `ValueError` when the lengths differ, there is nothing, or no time passes.
    """
    if len(times_s) != len(values) or not times_s or end_s <= times_s[0]:
        raise ValueError("give as many times as values, at least one, and an end after the first time")
    edges = [*times_s[1:], end_s]
    area = sum(value * (edge - start) for value, start, edge in zip(values, times_s, edges, strict=True))
    return area / (end_s - times_s[0])

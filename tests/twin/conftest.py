"""Plants that the twin's tests share."""

from __future__ import annotations

import pytest

from twin.catalog import warmed_up
from twin.core import Twin
from twin.production.config import OrderConfig, ProductionConfig, StationConfig

WARMUP_S = 14400


@pytest.fixture
def twin() -> Twin:
    """The standard plant after four hours."""
    return warmed_up("production", seed=1, warmup_s=WARMUP_S)


@pytest.fixture(scope="session")
def nervous() -> ProductionConfig:
    """Two lines of three stations where everything happens often: failures, changeovers, orders, crew rounds."""
    stations = tuple(
        StationConfig(name=name, load=load, mtbf_h=0.4, repair_min=4, buffer_after=2, defect=name, defect_rate=0.08)
        for name, load in (("cut", 0.9), ("weld", 1.0), ("inspect", 0.8))
    )
    orders = OrderConfig(quantity_low=4, quantity_high=16, quantity_step=2, interval_h=0.2)
    return ProductionConfig(lines=2, stations=stations, orders=orders, crew_round_h=0.5, stock_batch=6)

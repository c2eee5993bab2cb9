"""What tests of several rooms need."""

from __future__ import annotations

import os

import pytest

from leaf_agent.backends.base_model import BaseModelFolder, locate
from leaf_agent.backends.errors import BaseModelError


@pytest.fixture(scope="session")
def base() -> BaseModelFolder:
    """The pulled base model. It is 98 MB from the network: without it its tests are skipped, never in CI."""
    try:
        return locate()
    except BaseModelError as problem:
        if "CI" in os.environ:
            raise
        pytest.skip(str(problem))

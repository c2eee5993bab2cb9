from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.catalog import load_templates
from scenarios.task import TaskTemplate

SAMPLES = Path(__file__).with_name("sample_tasks.yaml")


@pytest.fixture(scope="session")
def samples() -> dict[str, TaskTemplate]:
    return {task.id: task for task in load_templates(SAMPLES)}

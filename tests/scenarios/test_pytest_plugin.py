"""The plugin as a user meets it: pytest in a repository of theirs, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.rollout import replay
from scenarios.trajectory import read_trajectories

TURNS = Path(__file__).with_name("turn_tasks.yaml")
AGENT = """
from tools_api.messages import AgentMessage, ToolCall

class Idle:
    def __init__(self, specs, seed):
        self.specs, self.seed = specs, seed
    def act(self, observation):
        return AgentMessage(text="Done.", final=True)

class Crashing:
    def act(self, observation):
        raise ZeroDivisionError("the agent's own fault")
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(AGENT)
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": "."}
    done = subprocess.run(
        [Path(sys.executable).with_name("pytest"), "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_reference_passes_its_suite_and_k_chooses(repository: Path) -> None:
    code, out = run(repository, "--leaf-agent", "reference", "--leaf-scenario", "production", "-k", "set_speed")
    assert code == 0, out
    assert "1 passed" in out


def test_seeds_and_families_count(repository: Path) -> None:
    options = ["--leaf-agent", "reference", "--leaf-scenario", "production", "--leaf-family", "control"]
    once, thrice = (
        run(repository, *options, "--leaf-seeds", n, "--collect-only")[1].count("set_speed[") for n in ("1", "3")
    )
    assert (once, thrice) == (1, 3)
    assert "get_order" not in run(repository, *options, "--collect-only")[1]


def test_a_failure_tells_checks_plant_and_trajectory(repository: Path) -> None:
    options = ("--leaf-agent", "mine:Idle", "--leaf-scenario", "production", "-k", "set_speed", "--leaf-out", "kept")
    code, out = run(repository, *options)
    assert code == 1
    assert "FAILED state: speed_per_h is" in out
    assert "agent: Done." in out
    assert "the plant is as if nobody had done anything" in out
    assert "Traceback" not in out
    (path,) = (repository / "kept").iterdir()
    assert f"kept/{path.name}" in out
    (trajectory,) = read_trajectories(path)
    assert replay(trajectory) == trajectory


def test_an_agent_that_crashes_keeps_its_traceback(repository: Path) -> None:
    code, out = run(repository, "--leaf-agent", "mine:Crashing", "--leaf-scenario", "production", "-k", "set_speed")
    assert code == 1
    assert "the agent's own fault" in out
    assert "mine.py" in out


def test_a_file_of_tasks_is_checked_without_an_agent_and_played_with_one(repository: Path) -> None:
    (repository / "own.task.yaml").write_text(TURNS.read_text("utf-8"))
    code, out = run(repository)
    assert code == 0, out
    assert "2 passed" in out
    code, out = run(repository, "--leaf-agent", "mine:Idle", "--leaf-split", "train", "--leaf-seeds", "2")
    assert code == 1
    assert "4 failed" in out


def test_a_broken_file_is_told_with_the_field_and_the_rule(repository: Path) -> None:
    (repository / "own.task.yaml").write_text(TURNS.read_text("utf-8").replace("get_line_status", "get_lane_status"))
    code, out = run(repository)
    assert code == 2
    assert "t_change: reference.0: no tool 'get_lane_status'; did you mean 'get_line_status'?" in out


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--leaf-scenario", "production"), "needs --leaf-agent"),
        (("--leaf-scenario", "productoin", "--leaf-agent", "reference"), "there are production, maintenance, energy"),
        (("--leaf-scenario", "production", "--leaf-agent", "mine:Idel"), "did you mean 'Idle'?"),
        (("--leaf-scenario", "production", "--leaf-agent", "reference", "--leaf-seeds", "0"), "give at least 1"),
    ],
)
def test_bad_options_end_with_a_remedy(repository: Path, options: tuple[str, ...], remedy: str) -> None:
    code, out = run(repository, *options)
    assert code == 4
    assert remedy in out
    assert "Traceback" not in out


def test_a_folder_called_scenarios_breaks_nobodys_pytest(repository: Path) -> None:
    (repository / "scenarios").mkdir()
    (repository / "scenarios" / "__init__.py").touch()
    (repository / "test_own.py").write_text("import scenarios\n\ndef test_own():\n    assert scenarios\n")
    module = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    plain = subprocess.run(module, cwd=repository, capture_output=True, text=True, check=False)
    assert plain.returncode == 0, plain.stdout
    asked = subprocess.run(
        [*module, "--leaf-agent", "reference"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 4
    assert "is hidden by" in asked.stderr

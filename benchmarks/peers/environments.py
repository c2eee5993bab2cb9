"""The peers, each in an environment of its own under `LEAF_HOME/peers`, so that their pins hurt nobody."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
_READY = "ready.json"


class PeerError(Exception):
    """A peer's environment cannot be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A package to be measured beside ours: its worker, and the file that pins all that its environment holds.

    `package` is None for what our own environment has.
    """

    name: str
    script: Path
    about: str
    package: str | None = None

    @property
    def requirements(self) -> Path:
        """Every package of the environment with its version; pip resolves nothing."""
        return HERE / "requirements" / f"{self.name}.txt"


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("simpy", HERE / "simpy_line.py", "the same line written plainly in bare SimPy"),
        Peer("lineflow-rl", HERE / "lineflow_line.py", "LineFlow: assembly lines in SimPy for RL", "lineflow-rl"),
        Peer("grid2op", HERE / "grid2op_grid.py", "Grid2Op on LightSim's power flow: grids for RL", "grid2op"),
        Peer("cps-twin", HERE / "cps_factory.py", "a deterministic factory kernel with fixed ticks", "cps-twin"),
        Peer("eval-mock", HERE / "eval_mock_door.py", "simulated tools and verdicts for agents", "eval-mock"),
        Peer("bfcl-eval", HERE / "bfcl_replay.py", "BFCL: verdicts by replay on simulated backends", "bfcl-eval"),
    )
}


def peers_folder() -> Path:
    """Say where the environments are: `LEAF_HOME/peers`."""
    from leaf_agent.backends.base_model import home_folder

    return home_folder() / "peers"


def interpreter(peer: Peer, folder: Path | None = None) -> Path | None:
    """Give the Python that runs a peer; None while its environment is not there, complete and of today's pins."""
    if peer.package is None:
        return Path(sys.executable)
    home = (folder or peers_folder()) / peer.name
    try:
        ready = json.loads((home / _READY).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    python = _python(home)
    return python if ready == _wanted(peer) and python.exists() else None


def install(peer: Peer, folder: Path | None = None) -> Path:
    """Make a peer's environment and give its Python; what is there already is used, what was begun goes on.

    Raises `PeerError` when it cannot be made.
    """
    found = interpreter(peer, folder)
    if found is not None:
        return found
    home = (folder or peers_folder()) / peer.name
    python = _python(home)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    # Our own pip installs into it: faster than an environment with a pip of its own.
    _run(peer, [sys.executable, "-m", "venv", "--without-pip", str(home)])
    _run(peer, [*pip, "install", "--quiet", "--no-deps", "--requirement", str(peer.requirements)])
    # The mark comes last: an environment without it is not complete.
    (home / _READY).write_text(json.dumps(_wanted(peer)), "utf-8")
    return python


def _python(home: Path) -> Path:
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _wanted(peer: Peer) -> dict[str, str]:
    pins = hashlib.sha256(peer.requirements.read_bytes()).hexdigest()
    return {"pins_sha256": pins, "python": ".".join(map(str, sys.version_info[:3]))}


def _run(peer: Peer, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if line.startswith("ERROR")] or said[-1:] or ["no word of why"]
        raise PeerError(
            f"peer '{peer.name}' cannot be installed: {errors[0]}; "
            "run the same command again to go on, or leave --peers out to measure what is there"
        )

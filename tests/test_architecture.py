"""The shape of the house: who may import whom, no rings, no file that nobody can find or read."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS: dict[str, set[str]] = {
    "twin": set(),
    "tools_api": {"twin"},
    "scenarios": {"tools_api", "twin"},
    "leaf_agent": {"tools_api"},
    "training": {"leaf_agent", "scenarios", "tools_api"},
    "evaluation": {"leaf_agent", "scenarios", "tools_api"},
    "cli": {"twin", "tools_api", "scenarios", "leaf_agent", "training", "evaluation", "benchmarks", "examples"},
}
AGENT_MAY_SEE = {"tools_api.messages", "tools_api.spec", "tools_api.errors"}
HEAVY = {"torch", "transformers", "trl", "peft", "vllm", "openvino_genai", "openvino", "ray", "datasets"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}


def modules() -> dict[str, Path]:
    found = {}
    for package in FLOORS:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path, *, top_level_only: bool = False) -> Iterator[tuple[str, int, int]]:
    """Yield (imported module, relative level, line) of every import, also inside functions and TYPE_CHECKING."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if full in MODULES else base), node.level, node.lineno


@pytest.mark.parametrize("name", MODULES)
def test_module_keeps_to_its_floor(name: str) -> None:
    package = name.split(".")[0]
    for imported, level, line in imports(MODULES[name]):
        assert level == 0, f"{name}:{line} imports relatively"
        other = imported.split(".")[0]
        if other in FLOORS and other != package:
            assert other in FLOORS[package], f"{name}:{line} imports {imported}: {package} may not see {other}"
            if package == "leaf_agent":
                assert imported in AGENT_MAY_SEE, f"{name}:{line} imports {imported}: the agent sees only types"


@pytest.mark.parametrize("name", MODULES)
def test_no_facade_is_imported_from_inside(name: str) -> None:
    facades = {module for module, path in MODULES.items() if path.name == "__init__.py"}
    for imported, _, line in imports(MODULES[name]):
        assert imported not in facades, f"{name}:{line} imports the facade {imported}; import the defining module"


def test_no_ring_of_modules() -> None:
    graph = nx.DiGraph()
    for name, path in MODULES.items():
        for imported, _, _ in imports(path):
            if imported in MODULES and imported != name:
                graph.add_edge(name, imported)
    rings = list(nx.simple_cycles(graph, length_bound=6))
    assert not rings, f"modules import each other in a ring: {rings[:3]}"


@pytest.mark.parametrize("name", MODULES)
def test_file_is_findable_and_readable(name: str) -> None:
    path = MODULES[name]
    assert path.stem not in FORBIDDEN_NAMES, f"{path}: name the file after the noun it holds"
    assert len(path.read_text("utf-8").splitlines()) <= 400, f"{path} is over 400 lines"


@pytest.mark.parametrize("package", ["twin", "tools_api", "scenarios"])
def test_light_packages_never_import_a_heavy_library(package: str) -> None:
    for name, path in MODULES.items():
        if name.split(".")[0] == package:
            for imported, _, line in imports(path):
                assert imported.split(".")[0] not in HEAVY, f"{name}:{line} imports {imported}"


def test_every_package_imports_without_a_heavy_library() -> None:
    """Import every module of the light floors and the agent in a fresh process: no model runtime comes along."""
    names = [name for name in MODULES if name.split(".")[0] in {"twin", "tools_api", "scenarios", "leaf_agent", "cli"}]
    code = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

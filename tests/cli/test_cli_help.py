"""`leaf --help` is light, complete and says the truth."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.main import VERBS

HEAVY = (
    "torch",
    "transformers",
    "openvino_genai",
    "openvino",
    "trl",
    "peft",
    "datasets",
    "gymnasium",
    "simpy",
    "mcp",
    "asyncua",
    "uvicorn",
    "lightsim2grid",
    "pandapower",
)


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint()\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(eval(done.stdout.splitlines()[-1]))  # the list that we print ourselves


CALL = "from cli.main import main\ntry:\n    main({arguments})\nexcept SystemExit as ended:\n    assert not ended.code"


def test_help_imports_no_verb_and_nothing_heavy() -> None:
    loaded = loaded_after(CALL.format(arguments=["--help"]))
    assert not loaded & {*HEAVY, "pydantic", "numpy", "yaml"}
    assert not {name for name in loaded if name.startswith(("scenarios.", "leaf_agent.", "tools_api.", "twin."))}


def test_tools_list_imports_nothing_heavy() -> None:
    loaded = loaded_after(CALL.format(arguments=["tools", "list", "production", "--json"]))
    assert not loaded & {*HEAVY} - {"simpy"}


def test_help_names_every_verb(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf("--help")
    assert ended.code == 0
    for name in VERBS:
        assert name in ended.out


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_help_of_its_own(leaf, name: str) -> None:  # type: ignore[no-untyped-def]
    ended = leaf(name, "--help")
    assert ended.code == 0
    assert f"leaf {name}" in ended.out


def test_no_arguments_show_the_help(leaf) -> None:  # type: ignore[no-untyped-def]
    ended = leaf()
    assert ended.code == 0
    assert "Usage: leaf" in ended.out

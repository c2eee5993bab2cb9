"""The `leaf` command. Each verb's module is imported only when that verb is called."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer

from cli.problem import Problem

BAD_USAGE = 2
"""Exit code of bad usage or input. 0: done; 1: a check or task failed where that is the question."""


OPTIONAL = {
    "openvino_genai": "embedded",
    "openvino": "embedded",
    "gguf": "embedded",
    "safetensors": "embedded",
    "torch": "train",
    "transformers": "train",
    "peft": "train",
    "trl": "train",
    "datasets": "train",
    "mcp": "serve",
    "mcp_types": "serve",
    "uvicorn": "serve",
    "starlette": "serve",
    "asyncua": "serve",
    "cryptography": "serve",
}
"""Libraries that a plain install leaves out, and the extra that brings each."""


INPUT_ERRORS = (
    ("leaf_agent.backends.errors", "BackendError"),
    ("scenarios.factory", "AgentNameError"),
    ("evaluation.ledger", "LedgerError"),
    ("scenarios.document", "TaskDocumentError"),
)
"""Errors that tell a user what to do about their input, wherever they come up."""


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb is: a module and its attribute, a `typer.Typer` with verbs of its own or a single function."""

    module: str
    attribute: str
    help: str

    def load(self) -> typer.Typer | Callable[..., Any]:
        """Import the verb."""
        found: typer.Typer | Callable[..., Any] = getattr(import_module(self.module), self.attribute)
        return found


VERBS: dict[str, Verb] = {
    "tools": Verb(
        "cli.tools", "app", "List a scenario's tools, call one, show the plant, or serve it over MCP or OPC UA."
    ),
    "tasks": Verb("cli.tasks", "app", "List tasks, show one, or check that they are sound."),
    "run": Verb("cli.run", "run", "Play one episode and tell it as it happens."),
    "chat": Verb("cli.chat", "chat", "Talk to an agent about a plant: you are the user."),
    "serve": Verb("cli.serve_agent", "app", "Put an agent on the network, or its model on vLLM."),
    "eval": Verb("cli.eval", "evaluate", "Play many episodes and measure an agent."),
    "stress": Verb("cli.stress", "stress", "Play the same episodes calm and stressed, and compare."),
    "report": Verb("cli.report", "report", "Show evaluations as tables, and compare two."),
    "replay": Verb("cli.replay", "replay", "Play a saved episode again and compare."),
    "bench": Verb("cli.bench", "bench", "Measure speed and memory."),
    "model": Verb("cli.model", "app", "Fetch the base model, or show it."),
    "train": Verb("cli.train", "app", "Make demonstrations and train the experts."),
}


def application(chosen: str | None) -> typer.Typer:
    """Build the command with one verb loaded; the others are there by name and help only."""
    app = typer.Typer(
        name="leaf",
        help="Simulated plants that a language-model agent talks to, acts on and is judged by; and LEAF, an agent.",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name, verb in VERBS.items():
        loaded = verb.load() if name == chosen else _not_loaded
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=name, help=verb.help)
        else:
            app.command(name, help=None if name == chosen else verb.help)(loaded)
    return app


def _not_loaded() -> None:
    """Stand in for a verb that was not asked for."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a check or task failed, 2 bad usage or input."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot write a degree sign should not end an episode.
            stream.reconfigure(errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_run(given or ["--help"]))


def _run(arguments: list[str]) -> int:
    try:
        chosen = next((word for word in arguments if not word.startswith("-")), None)
        result = application(chosen)(args=arguments, prog_name="leaf", standalone_mode=False)
    except typer.Abort:
        return _complain("stopped", 1)
    except Exception as error:
        if "evaluation.agents" in sys.modules and isinstance(error, sys.modules["evaluation.agents"].AgentCrashedError):
            # Whoever wrote the agent needs to see where it broke.
            traceback.print_exception(error.__cause__)
            return _complain(str(error), BAD_USAGE)
        message = _explain(error)
        if message is None:
            raise
        return _complain(message, BAD_USAGE)
    return result if isinstance(result, int) else 0


def _explain(error: Exception) -> str | None:
    """Say what the user can do about an error; None for a fault of the program, which keeps its traceback."""
    if isinstance(error, Problem):
        return str(error)
    if hasattr(error, "format_message"):  # click's own complaints; typer has it under changing names
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the whole help
            return str(error.format_message())
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "leaf"
        return f"{error.format_message().rstrip('.')}; see '{path} --help'"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}; give a path that can be used"
    for module, name in INPUT_ERRORS:
        # An error's class can only have been raised by a module that is loaded.
        if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
            return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name in OPTIONAL:
        return f"'{error.name}' is not installed; it comes with: pip install 'leaf-twin[{OPTIONAL[error.name]}]'"
    return None


def _complain(message: str, code: int) -> int:
    if message.lstrip().startswith("Usage:"):
        print(message, file=sys.stderr)
        return code
    for line in message.splitlines():
        print(f"leaf: {line.strip()}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()

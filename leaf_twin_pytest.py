"""Where pytest finds the plugin: a name that no repository uses for a folder of its own.

Our package is called `scenarios`, and a repository may have a folder of that name which hides it. Then pytest must
still start, and say what is wrong when the plugin is asked for something.
"""

from __future__ import annotations

try:
    from scenarios.pytest_plugin import (
        pytest_addoption,
        pytest_collect_file,
        pytest_collection_modifyitems,
        pytest_configure,
    )
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "scenarios":
        raise
    import pytest

    def pytest_addoption(parser: pytest.Parser) -> None:
        """Take the plugin's options, to refuse them with a reason."""
        group = parser.getgroup("leaf-twin")
        for name in ("agent", "scenario", "split", "seeds", "family", "out"):
            group.addoption(f"--leaf-{name}", action="append", default=[])

    def pytest_configure(config: pytest.Config) -> None:
        """Refuse to go on when the plugin is wanted."""
        import scenarios

        if config.getoption("leaf_agent") or config.getoption("leaf_scenario"):
            where = next(iter(getattr(scenarios, "__path__", [scenarios.__file__])))
            raise pytest.UsageError(
                f"leaf-twin's package 'scenarios' is hidden by {where}; run `pytest` instead of `python -m pytest`, "
                "or start it in another folder"
            )
else:
    __all__ = ["pytest_addoption", "pytest_collect_file", "pytest_collection_modifyitems", "pytest_configure"]

"""The page about the engine is the one its table gives."""

from __future__ import annotations

from pathlib import Path

from leaf_agent.fsm.diagram import page

PAGE = Path(__file__).parents[2] / "docs" / "engine.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m leaf_agent.fsm.diagram > docs/engine.md"

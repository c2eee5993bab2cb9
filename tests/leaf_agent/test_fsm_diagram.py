"""The page about the engine is the one its table gives, and any run can be drawn."""

from __future__ import annotations

from pathlib import Path

from leaf_agent.fsm.diagram import page, run_mermaid, run_picture
from leaf_agent.fsm.engine import Engine
from leaf_agent.fsm.events import ArgumentsReady, CallReturned, PlanReady, RequestArrived, UtteranceReady
from leaf_agent.plan.parser import parse_plan

PAGE = Path(__file__).parents[2] / "docs" / "engine.md"
PLAN = parse_plan("1 ** Tool (get_order) :: a ** <<next>>\n2 ** Dialog :: b ** <<END>>")


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m leaf_agent.fsm.diagram > docs/engine.md"


def walked() -> Engine:
    engine = Engine()
    for event in (
        RequestArrived("when is it due? " * 20),
        PlanReady(PLAN),
        ArgumentsReady({}),
        CallReturned(True),
        UtteranceReady("now"),
    ):
        engine.handle(event)
    return engine


def test_a_run_in_mermaid_has_every_step_in_its_place() -> None:
    assert run_mermaid(walked().trace).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> Start",
        "    Start --> Planning: 1 request arrived",
        "    Planning --> Deciding: 2 plan ready",
        "    Deciding --> Executing: 3 tool step",
        "    Executing --> Executing: 4 arguments ready",
        "    Executing --> Deciding: 5 call returned",
        "    Deciding --> Interacting: 6 dialog step",
        "    Interacting --> Deciding: 7 utterance ready",
        "    Deciding --> End: 8 plan complete",
        "    End --> [*]",
    ]
    assert run_mermaid([]) == "stateDiagram-v2"


def test_a_run_for_the_terminal_has_a_line_for_each_step() -> None:
    engine = walked()
    head, *lines = run_picture(engine.trace).splitlines()
    assert head.split() == ["Start", "Planning", "Deciding", "Executing", "Interacting", "End"]
    assert len(lines) == len(engine.trace)
    for line, step in zip(lines, engine.trace, strict=True):
        assert str(step.signal) in line
        assert len(line) < 170
        drawing = line[: len(head)]
        if step.source is step.target:
            assert drawing.count("@") == 1
        else:
            assert drawing.count("o") == 1
            assert drawing.count(">") + drawing.count("<") == 1
    assert lines[4].index("<") < lines[4].index("o"), "back to Deciding is to the left"
    assert run_picture([]) == ""

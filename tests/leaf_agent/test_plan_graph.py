"""A plan as a graph."""

from __future__ import annotations

from leaf_agent.plan.graph import PlanGraph
from leaf_agent.plan.parser import parse_plan

POLL = PlanGraph(
    parse_plan(
        """\
1 ** Tool (start_line) :: start line 2 ** <<if error(interlock), goto 5; if error, goto 5; next>>
2 ** Tool (get_line_status) :: look at line 2 ** <<if state == running, goto 4; next>>
3 ** Tool (wait) :: wait a minute ** <<goto 2>>
4 ** Dialog :: say that line 2 runs ** <<END>>
5 ** Dialog :: say why it does not ** <<END>>
6 ** Dialog :: nobody comes here ** <<next>>"""
    )
)


def test_edges_carry_their_clauses() -> None:
    assert POLL.clauses(1, 5) == ("if error(interlock), goto 5", "if error, goto 5")
    assert POLL.clauses(1, 2) == ("next",)
    assert POLL.clauses(4, None) == ("END",)
    assert POLL.clauses(6, None) == ("next",)
    assert POLL.clauses(4, 1) == ()


def test_reachable_steps_and_loops() -> None:
    assert POLL.reachable() == {1, 2, 3, 4, 5}
    assert POLL.loops() == (frozenset({2, 3}),)


def test_shortest_and_dearest_way() -> None:
    assert POLL.shortest_path() == (1, 5)
    assert POLL.critical_path() == (1, 2, 3, 4)
    assert POLL.critical_path({1: 5.0, 5: 100.0}) == (1, 5)


def test_a_single_step() -> None:
    graph = PlanGraph(parse_plan("1 ** Dialog :: hello ** <<END>>"))
    assert graph.reachable() == {1}
    assert graph.loops() == ()
    assert graph.shortest_path() == graph.critical_path() == (1,)

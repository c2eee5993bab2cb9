"""A plan as a graph."""

from __future__ import annotations

import pytest

from leaf_agent.plan.graph import PlanGraph, remarks, step_seconds
from leaf_agent.plan.neighbours import side_by_side
from leaf_agent.plan.parser import parse_plan
from tools_api.catalog import specs

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


READS = {"get_line_status", "get_kpi", "list_orders"}
LOOKS = PlanGraph(
    parse_plan(
        """\
1 ** Tool (get_line_status) :: look at line 1 ** <<next>>
2 ** Tool (get_line_status) :: look at line 2 ** <<next>>
3 ** Tool (get_kpi) :: look at the figures ** <<if oee_pct < 50, goto 6; next>>
4 ** Tool (list_orders) :: list orders ** <<next>>
5 ** Tool (stop_line) :: stop line 2 ** <<next>>
6 ** Tool (list_orders) :: list orders ** <<if error, goto 7; next>>
7 ** Tool (get_kpi) :: look again ** <<goto 8>>
8 ** Dialog :: tell it ** <<END>>"""
    )
)


def test_a_loop_has_its_ways_out() -> None:
    assert POLL.guards(POLL.loops()[0]) == ("if state == running, goto 4",)


def test_steps_that_may_run_at_once_read_and_follow_by_nothing_but_next() -> None:
    assert LOOKS.at_once(READS) == ((1, 2, 3),)
    assert LOOKS.at_once({"stop_line"}) == ()
    first = LOOKS.plan.steps[1]
    assert [step.number for step in side_by_side(LOOKS.plan, first, READS)] == [2, 3]
    assert side_by_side(LOOKS.plan, LOOKS.plan.steps[4], READS) == ()


def test_the_critical_path_in_seconds_of_plant_time() -> None:
    tools = {spec.name: spec for spec in specs("production")}
    seconds = step_seconds(LOOKS.plan, tools)
    assert set(seconds) == {1, 2, 3, 4, 5, 6, 7}
    assert all(seconds[number] == tools[str(LOOKS.plan.steps[number - 1].tool)].duration_s for number in seconds)
    path = LOOKS.critical_path(seconds)
    assert path == (1, 2, 3, 4, 5, 6, 7, 8)
    assert sum(seconds.get(number, 0.0) for number in path) == pytest.approx(sum(seconds.values()))


def test_the_graph_in_words() -> None:
    tools = {spec.name: spec for spec in specs("production")}
    assert remarks(POLL.plan, tools)[1:] == ("loop: steps 2, 3, left by: if state == running, goto 4",)
    assert remarks(LOOKS.plan, tools)[-1] == "may run at once: steps 1, 2, 3"
    assert remarks(LOOKS.plan, tools)[0].startswith("longest way: steps 1, 2, 3, 4, 5, 6, 7, 8, ")

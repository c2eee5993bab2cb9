"""A plan as a directed graph: what leads where, what repeats, what is longest, what may run at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import networkx as nx

from leaf_agent.plan.checks import successors
from leaf_agent.plan.language import Plan
from leaf_agent.plan.neighbours import side_by_side
from tools_api.spec import ToolSpec

END_NODE: Final = "END"


class PlanGraph:
    """The graph of a plan that passes `check_plan`.

    Nodes of `graph` are the steps' numbers and "END"; an edge carries `clauses`, the texts of the clauses that it
    stands for. `next` from the last step leads to END.
    """

    __slots__ = ("graph", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.graph: Any = nx.DiGraph()  # networkx ships no types
        self.graph.add_nodes_from(range(1, len(plan) + 1))
        self.graph.add_node(END_NODE)
        for step in plan.steps:
            for clause, target in zip(step.clauses, successors(plan, step), strict=True):
                node = END_NODE if target is None else target
                before = self.graph.get_edge_data(step.number, node, {"clauses": ()})["clauses"]
                self.graph.add_edge(step.number, node, clauses=(*before, str(clause)))

    def clauses(self, source: int, target: int | None) -> tuple[str, ...]:
        """List the clauses that lead from one step to another (None: to the end); none when nothing does."""
        found: tuple[str, ...] = self.graph.get_edge_data(source, target or END_NODE, {"clauses": ()})["clauses"]
        return found

    def reachable(self) -> frozenset[int]:
        """List the steps that can be reached from the first, itself included."""
        return frozenset({1, *nx.descendants(self.graph, 1)} - {END_NODE})

    def loops(self) -> tuple[frozenset[int], ...]:
        """List the groups of steps that can lead back to themselves, by their first step."""
        groups = [frozenset(group) for group in nx.strongly_connected_components(self.graph) if len(group) > 1]
        return tuple(sorted(groups, key=min))

    def guards(self, loop: Collection[int]) -> tuple[str, ...]:
        """List the clauses that lead out of a loop, by its steps; `check_plan` has seen that there are some.

        How often a loop may turn is a bound of the engine (`fsm.budget`), since a plan cannot count.
        """
        return tuple(
            clause
            for step in sorted(loop)
            for target in self.graph.successors(step)
            if target not in loop
            for clause in self.graph.edges[step, target]["clauses"]
        )

    def at_once(self, reads: Collection[str]) -> tuple[tuple[int, ...], ...]:
        """List the groups of two or more steps that may run at once, where the tools in `reads` change nothing.

        Such steps follow each other whatever happens, and no condition stands between them. Whether one needs what
        another brings cannot be seen in a plan: that is for whoever fills the arguments to find out.
        """
        groups = []
        done: set[int] = set()
        for step in self.plan.steps:
            group = [one.number for one in side_by_side(self.plan, step, reads)]
            if len(group) > 1 and step.number not in done:
                groups.append(tuple(group))
                done.update(group)
        return tuple(groups)

    def shortest_path(self) -> tuple[int, ...]:
        """List the steps of a way from the first step to END that has the fewest."""
        path: list[Any] = nx.shortest_path(self.graph, 1, END_NODE)
        return tuple(path[:-1])

    def critical_path(self, cost: Mapping[int, float] | None = None) -> tuple[int, ...]:
        """List the steps of the dearest way from the first step to END, each loop on it walked once and whole.

        `cost` is what a step costs (a missing one nothing, whatever the unit); without it every step costs 1.
        """
        whole: Any = nx.condensation(self.graph)
        start = whole.graph["mapping"][1]
        end = whole.graph["mapping"][END_NODE]
        best: dict[int, tuple[float, tuple[int, ...]]] = {}
        for group in nx.topological_sort(whole):
            steps = tuple(sorted(step for step in whole.nodes[group]["members"] if step != END_NODE))
            own = sum(1.0 if cost is None else cost.get(step, 0.0) for step in steps)
            ways = [best[before] for before in whole.predecessors(group) if before in best]
            if group == start:
                best[group] = (own, steps)
            elif ways:
                dearest = max(ways, key=lambda way: way[0])
                best[group] = (dearest[0] + own, dearest[1] + steps)
        return best[end][1]


def remarks(plan: Plan, specs: Mapping[str, ToolSpec]) -> tuple[str, ...]:
    """Say what the graph of a plan shows: its longest way, its loops with their guards, what may run at once."""
    graph = PlanGraph(plan)
    seconds = step_seconds(plan, specs)
    longest = graph.critical_path(seconds) if any(seconds.values()) else graph.critical_path()
    least_s = sum(seconds.get(step, 0.0) for step in longest)
    time = f", {least_s:g} s of plant time at least" if least_s else ""
    found = [f"longest way: steps {_steps(longest)}{time}"]
    found += [f"loop: steps {_steps(sorted(loop))}, left by: {'; '.join(graph.guards(loop))}" for loop in graph.loops()]
    reads = [name for name, spec in specs.items() if not spec.mutates and spec.duration_argument is None]
    found += [f"may run at once: steps {_steps(group)}" for group in graph.at_once(reads)]
    return tuple(found)


def _steps(numbers: Collection[int]) -> str:
    return ", ".join(map(str, numbers))


def step_seconds(plan: Plan, specs: Mapping[str, ToolSpec]) -> dict[int, float]:
    """Say what plant time each tool step takes at least, for `critical_path`; a wait's own length is not in a plan."""
    return {step.number: specs[step.tool].duration_s for step in plan.steps if step.tool and step.tool in specs}

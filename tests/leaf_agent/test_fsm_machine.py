"""A machine with a trap, an unreachable state or an event that nobody takes is refused when it is built."""

from __future__ import annotations

import pytest

from leaf_agent.fsm.diagram import mermaid
from leaf_agent.fsm.machine import ENGINE, TABLE, Machine, MachineError, Row, Signal, State

S, G = State, Signal
STATES = (S.START, S.DECIDING, S.END)
SIGNALS = (G.REQUEST_ARRIVED, G.PLAN_COMPLETE)
SOUND = (Row(S.START, G.REQUEST_ARRIVED, "", S.DECIDING), Row(S.DECIDING, G.PLAN_COMPLETE, "", S.END))


def build(*rows: Row) -> Machine:
    return Machine(rows, states=STATES, signals=SIGNALS)


def test_a_sound_machine_is_walked() -> None:
    machine = build(*SOUND)
    assert machine.target(S.START, G.REQUEST_ARRIVED) is S.DECIDING
    assert machine.signals(S.DECIDING) == {G.PLAN_COMPLETE}
    assert machine.signals(S.END) == frozenset()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((*SOUND, SOUND[0]), "stands twice"),
        ((*SOUND, Row(S.DECIDING, G.PLAN_COMPLETE, "told", S.END)), "both with and without guard"),
        ((*SOUND, Row(S.END, G.REQUEST_ARRIVED, "", S.START)), "End is the last state but takes"),
        ((SOUND[0], Row(S.DECIDING, G.PLAN_COMPLETE, "", S.DECIDING)), "Start is a trap"),
        ((Row(S.START, G.REQUEST_ARRIVED, "", S.END), SOUND[1]), "Deciding cannot be reached"),
        (
            (*SOUND[:1], Row(S.START, G.PLAN_COMPLETE, "", S.END), Row(S.DECIDING, G.PLAN_COMPLETE, "", S.DECIDING)),
            "Deciding is a trap",
        ),
        ((Row(S.START, G.REQUEST_ARRIVED, "", S.DECIDING), Row(S.DECIDING, G.REQUEST_ARRIVED, "", S.END)), "no row"),
        ((*SOUND, Row(S.START, G.CANCELLED, "", S.END)), "not among the signals"),
        ((*SOUND, Row(S.PLANNING, G.PLAN_COMPLETE, "", S.END)), "not among the states"),
    ],
)
def test_an_unsound_machine_is_refused(rows: tuple[Row, ...], message: str) -> None:
    with pytest.raises(MachineError, match=message):
        build(*rows)


def test_a_signal_out_of_place_is_an_error() -> None:
    with pytest.raises(MachineError, match=r"Start takes no .*it takes request arrived"):
        build(*SOUND).target(S.START, G.PLAN_COMPLETE)
    with pytest.raises(MachineError, match="only under"):
        ENGINE.target(S.PLANNING, G.PLAN_FAILED, "perhaps")


def test_the_engine_has_the_paper_s_states_and_edges() -> None:
    assert [str(state) for state in State] == [
        "Start",
        "Planning",
        "Deciding",
        "Executing",
        "Interacting",
        "AwaitingInput",
        "End",
    ]
    edges = {(row.source, row.target) for row in TABLE}
    paper = {
        (S.START, S.PLANNING),
        (S.PLANNING, S.DECIDING),
        (S.DECIDING, S.EXECUTING),
        (S.DECIDING, S.INTERACTING),
        (S.DECIDING, S.END),
        (S.EXECUTING, S.DECIDING),
        (S.INTERACTING, S.DECIDING),
        (S.INTERACTING, S.AWAITING_INPUT),
        (S.AWAITING_INPUT, S.EXECUTING),
        (S.AWAITING_INPUT, S.DECIDING),
    }
    ours = {(S.DECIDING, S.PLANNING), (S.AWAITING_INPUT, S.PLANNING)}
    assert paper | ours <= edges
    for state in set(State) - {S.END}:
        assert ENGINE.target(state, G.CANCELLED) is S.END


def test_every_row_is_in_the_diagram_but_what_any_state_takes() -> None:
    lines = mermaid().splitlines()
    assert len(lines) == 3 + sum(row.signal not in (G.CANCELLED, G.BUDGET_SPENT) for row in TABLE)
    assert lines[1].strip() == "[*] --> Start"
    assert lines[-1].strip() == "End --> [*]"

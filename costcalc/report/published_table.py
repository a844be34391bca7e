"""The report of the printed tables: each cell beside the computed figure, with a verdict and a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from costcalc.analysis.printed import Agreement
from costcalc.analysis.published import PrintedTable
from costcalc.report.report import Report
from costcalc.report.table import Cell, Table

AGREEMENTS: tuple[Agreement, ...] = ("exact", "rounded", "truncated", "differs")


def published_report(network: str, tables: Sequence[PrintedTable]) -> Report:
    """A table per table of a paper."""
    return Report(lambda _: published_tables(network, tables), lambda: published_data(network, tables))


def published_tables(network: str, tables: Sequence[PrintedTable]) -> list[Table]:
    """A Table per table of a paper, with the verdicts and the meaning of each column below."""
    return [_table(network, table) for table in tables]


def _table(network: str, printed: PrintedTable) -> Table:
    columns = [printed.by, "quantity", "printed", "computed", "in its unit", "verdict", "reason"]
    numbers = [column in ("printed", "computed", "in its unit") for column in columns]
    notes = [f"{column}: {_counted(printed, column)}" for column in dict.fromkeys(c.column for c in printed.cells)]
    if printed.note:
        notes.append(f"Note: {printed.note}.")
    rows: list[list[Cell]] = [
        [c.row, c.column, c.printed, c.computed, c.in_unit, c.verdict, c.reason] for c in printed.cells
    ]
    keys = [printed.by, "quantity", "printed", "computed", "in_unit", "verdict", "reason"]
    return Table(f"{network}: {printed.source}", columns, rows, numbers, notes=notes, keys=keys)


def _counted(printed: PrintedTable, column: str) -> str:
    verdicts = Counter(c.verdict for c in printed.cells if c.column == column)
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in AGREEMENTS if verdicts[verdict])
    return f"{counts}; counts {printed.about[column]}."


def published_data(network: str, tables: Sequence[PrintedTable]) -> dict[str, Any]:
    """The same as data. `computed` is an integer; for an output size its number of elements."""
    return {
        "schema": 1,
        "model": network,
        "tables": [
            {
                "source": table.source,
                "counts": table.about,
                "rows": [
                    {
                        table.by: c.row,
                        "quantity": c.column,
                        "printed": c.printed,
                        "computed": c.computed,
                        "in_unit": c.in_unit,
                        "verdict": c.verdict,
                        "reason": c.reason or None,
                    }
                    for c in table.cells
                ],
            }
            for table in tables
        ],
    }

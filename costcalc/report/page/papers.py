"""What papers print of a network, for its page: each cell beside the computed figure, with a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.published import Cell, PrintedTable
from costcalc.report.page.exact_json import integer

BESIDE = {
    "output": "output", "params": "params", "weights": "params", "mult-adds": "mult_adds",
    "mult-adds and biases": "mult_adds",
}  # fmt: skip
"""The column of the page that a paper's column stands beside, by what it counts; another one stands last."""


def papers_data(tables: Sequence[PrintedTable]) -> list[dict[str, Any]]:
    """The tables, with their columns as [name, the column that it stands beside, what it counts].

    cells  [row, place, column, printed, computed, computed in the unit, verdict, reason]; `place` is the block,
           "total" for the network at its own input, or empty for it at another one
    """
    return [
        {
            "source": table.source,
            "byBlock": table.by == "block",
            "columns": [
                *{c.column: (c.column, BESIDE.get(c.counts, ""), table.about[c.column]) for c in table.cells}.values()
            ],
            "cells": [
                [c.row, _place(table, c), c.column, c.printed, integer(c.computed), c.in_unit, c.verdict, c.reason]
                for c in table.cells
            ],
        }
        for table in tables
    ]


def _place(table: PrintedTable, cell: Cell) -> str:
    if table.by == "block":
        return cell.row
    return "total" if cell.own_input else ""

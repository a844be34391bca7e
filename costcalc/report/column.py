"""Column: a column of a Table: heading, cells, alignment and total."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from costcalc.report.table import Cell, Table

Item = TypeVar("Item")
"""The object that a row shows."""


class Column(Generic[Item]):
    """A heading, and the cell of each row; `number` aligns it right; `total` is its cell in the row of totals."""

    def __init__(self, heading: str, cell: Callable[[Item], Cell], number: bool = False, total: Cell = "") -> None:
        self.heading, self.cell, self.number, self.total = heading, cell, number, total


def tabulated(
    title: str, columns: Sequence[Column[Item]], items: Sequence[Item], notes: list[str], totals: bool = False
) -> Table:
    """A Table with a row per item; with `totals`, a row of totals below."""
    return Table(
        title,
        [column.heading for column in columns],
        [[column.cell(item) for column in columns] for item in items],
        [column.number for column in columns],
        [column.total for column in columns] if totals else None,
        notes,
    )

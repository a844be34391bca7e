"""Column: a column of a Table: heading, key, cells, alignment and total."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from costcalc.report.table import Cell, Table, key_of

Item = TypeVar("Item")
"""The object that a row shows."""


class Column(Generic[Item]):
    """A heading, and the cell of each row.

    number  True aligns it right
    total   its cell in the row of totals
    key     its name in CSV and in frames; by default made from the heading
    printed False for a column of CSV and frames alone
    proper  True for a heading that is the name of a tool
    """

    def __init__(
        self, heading: str, cell: Callable[[Item], Cell], number: bool = False, total: Cell = "", key: str = "",
        printed: bool = True, proper: bool = False,
    ) -> None:  # fmt: skip
        self.heading, self.cell, self.number, self.total, self.printed = heading, cell, number, total, printed
        self.key, self.proper = key or key_of(heading), proper


def tabulated(
    title: str, columns: Sequence[Column[Item]], items: Sequence[Item], notes: list[str], totals: bool = False
) -> Table:
    """A Table with a row per item; with `totals`, a row of totals below."""
    return Table(
        title,
        [column.heading if column.printed else None for column in columns],
        [[column.cell(item) for column in columns] for item in items],
        [column.number for column in columns],
        [column.total for column in columns] if totals else None,
        notes,
        [column.key for column in columns],
        [column.heading for column in columns if column.proper],
    )

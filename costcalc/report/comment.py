"""Comment: a report whose Markdown is made for a comment that is edited in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from costcalc.report.report import Report
from costcalc.report.table import Cell, Table, Value

LONGEST = 65_000
"""Characters of a comment; GitHub refuses one of more than 65,536."""

LONGEST_CELL = 200
"""Characters of a name or a formula in a comment."""


class Comment(Report):
    """A Report that begins, in Markdown, with a line that is not shown, by which a script finds the comment again.

    marker  what the comment is about; the same from run to run
    tables  returns the tables in a format; of each at most so many rows, the largest ones. None: all rows
    """

    def __init__(
        self, marker: str, tables: Callable[[str, int | None], Sequence[Table]], data: Callable[[], dict[str, Any]],
        ok: bool,
    ) -> None:  # fmt: skip
        super().__init__(lambda format: tables(format, None), data, ok)
        self.marker, self._some = f"<!-- {re.sub(r'[^A-Za-z0-9_.:/=+ ]+', '-', marker)[:LONGEST_CELL]} -->", tables

    def render(self, format: str = "text", width: int | None = None) -> str:
        """As Report does. Markdown takes at most LONGEST characters: it leaves out rows, and says so."""
        if format != "markdown":
            return super().render(format, width)
        rows = 256
        while True:
            short = Report(partial(self._short, rows), self.data)
            text = f"{self.marker}\n{short.render(format)}"
            if len(text) <= LONGEST or not rows:
                return text
            rows //= 2

    def _short(self, rows: int, format: str) -> list[Table]:
        return [*map(_short, self._some(format, rows))]


def _short(table: Table) -> Table:
    """The table with its long texts cut."""
    notes = [_cut(note, 3 * LONGEST_CELL) for note in table.notes]
    return Table(
        _cut(table.title, 3 * LONGEST_CELL), table.columns, [[*map(_cell, row)] for row in table.rows], table.numbers,
        table.total, notes, table.keys, table.proper,
    )  # fmt: skip


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, Value):
        return Value(_cut(cell.text, LONGEST_CELL), cell.data)
    return _cut(cell, LONGEST_CELL) if isinstance(cell, str) else cell


def _cut(text: str, most: int) -> str:
    from costcalc.report.escape import visible

    text = visible(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"

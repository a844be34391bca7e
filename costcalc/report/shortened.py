"""Tables with their long texts cut, for readers that take only so much: a comment, a notebook."""

from __future__ import annotations

from dataclasses import replace

from costcalc.report.table import Cell, Table, Value
from costcalc.spec.printable import visible

LONGEST = 200
"""Characters of a name or a formula; titles and notes may be three times as long."""


def shortened(table: Table) -> Table:
    """The table with its long texts cut."""
    return replace(
        table,
        title=cut(table.title, 3 * LONGEST),
        rows=[[*map(_cell, row)] for row in table.rows],
        notes=[cut(note, 3 * LONGEST) for note in table.notes],
    )


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, Value):
        return Value(cut(cell.text, LONGEST), cell.data)
    return cut(cell, LONGEST) if isinstance(cell, str) else cell


def cut(text: str, most: int) -> str:
    """The beginning of a long text."""
    text = visible(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"

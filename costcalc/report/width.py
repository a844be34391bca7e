"""Fit a table into the width of a terminal: long texts are wrapped, long names are cut with a mark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tabulate import MIN_PADDING

from costcalc.report.table import Cell, Table, shown

GAP = 2
"""Blanks between columns."""

NARROWEST = 12
"""Smallest width of a column of text, unless all of its cells are shorter."""

NAME = re.compile(r"\S+\.\S+( \(\d+x\))?")
"""A layer or block, which is cut at the front: its end says most."""

NARROWEST_NAME = 20
"""Smallest width of the first column."""

PIECES = re.compile(r"\S+?(?:[+·/:._-]|,(?!\d))(?=\S)|\S+|\s+")
"""Parts between which a line may break: after a blank, and after a sign that joins words."""


def fitted(table: Table, width: int) -> Table:
    """The table with long texts wrapped, and long names cut, so that a row takes at most `width` characters.

    Numbers are never wrapped: a table of many numbers can stay wider.
    """
    rows = [[*map(shown, row)] for row in table.rows]
    total = [*map(shown, table.total)] if table.total else None
    every: list[Sequence[str]] = [*rows, *([total] if total else [])]
    least = [len(heading or "") + MIN_PADDING for heading in table.columns]
    widths = [max([least[at], *(len(row[at]) for row in every)]) for at in range(len(table.columns))]
    texts = [at for at, number in enumerate(table.numbers) if not number]
    while sum(widths) + GAP * (len(widths) - 1) > width:
        wide = [at for at in texts if widths[at] > max(NARROWEST if at else NARROWEST_NAME, least[at])]
        if not wide:
            break
        widest = max(wide, key=lambda at: widths[at])
        widths[widest] -= 1

    def wrapped(row: Sequence[str]) -> list[Cell]:
        return [_fitted(cell, widths[at]) if at in texts else cell for at, cell in enumerate(row)]

    notes = [line for note in table.notes for line in (_lines(note, width) if len(note) > width else [note])]
    return replace(table, rows=[wrapped(row) for row in rows], total=wrapped(total) if total else None, notes=notes)


def _lines(note: str, width: int) -> list[str]:
    """The lines of a note, those after the first indented. Blanks inside of a line stay as they are."""
    from textwrap import TextWrapper

    indent = " " * (len(note) - len(note.lstrip()) + 2)
    return TextWrapper(width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False).wrap(note)


def _fitted(cell: str, width: int) -> str:
    if len(cell) > width and NAME.fullmatch(cell):
        return "…" + cell[1 - width :]
    return wrap(cell, width)


def wrap(text: str, width: int) -> str:
    """Lines of at most `width` characters, broken at blanks or after signs; a longer part is cut."""
    parts = (piece[at : at + width] for piece in PIECES.findall(text) for at in range(0, len(piece), width))
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part.rstrip()) > width:
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return "\n".join(line.rstrip() for line in lines)

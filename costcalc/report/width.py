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

    Numbers are never wrapped, only the headings above them: a table of many numbers can stay wider.
    """
    headings = [heading or "" for heading in table.columns]
    rows = [[*map(shown, row)] for row in table.rows]
    total = [*map(shown, table.total)] if table.total else None
    every = [*rows, *([total] if total else [])]
    cells = [max((len(row[at]) for row in every), default=0) for at in range(len(headings))]
    if _taken(headings, cells) > width:
        headings = [
            wrap(heading, max(cells[at], *map(len, heading.split(" ")))) if number else heading
            for at, (heading, number) in enumerate(zip(headings, table.numbers, strict=True))
        ]
    least = _least(headings)
    texts = [at for at, number in enumerate(table.numbers) if not number]
    while _taken(headings, cells) > width:
        wide = [at for at in texts if cells[at] > max(NARROWEST if at else NARROWEST_NAME, least[at])]
        if not wide:
            break
        cells[max(wide, key=lambda at: cells[at])] -= 1

    def wrapped(row: Sequence[str]) -> list[Cell]:
        return [_fitted(cell, cells[at]) if at in texts else cell for at, cell in enumerate(row)]

    notes = [line for note in table.notes for line in (_lines(note, width) if len(note) > width else [note])]
    last = wrapped(total) if total else None
    return replace(table, columns=headings, rows=[wrapped(row) for row in rows], total=last, notes=notes)


def _least(headings: Sequence[str]) -> list[int]:
    """The smallest width of each column, which its heading asks for."""
    return [max(map(len, heading.split("\n"))) + MIN_PADDING for heading in headings]


def _taken(headings: Sequence[str], cells: Sequence[int]) -> int:
    """Characters of a line."""
    return sum(map(max, _least(headings), cells)) + GAP * (len(cells) - 1)


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

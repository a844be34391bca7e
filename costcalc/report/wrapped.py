"""A Table whose lines fit a width: long texts go on in rows of their own below, and notes in lines of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from textwrap import TextWrapper

from costcalc.report.table import Cell, Table, shown

WIDTH = 100
LEAST = 20
"""A column of text is not made narrower."""

INDENT = " " * 10
"""Before the further lines of a note, whose first word is a heading."""


def wrapped(table: Table, width: int = WIDTH) -> Table:
    """The Table, with its columns of text made narrower, the widest first, until a line fits the width."""
    texts = [list(table.columns), *([shown(cell) for cell in row] for row in (*table.rows, table.total or []))]
    widths = [max(len(row[i]) for row in texts if row) for i in range(len(table.columns))]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        most, at = max((-1, 0) if number else (each, -i) for i, (each, number) in enumerate(_pairs(widths, table)))
        if most <= LEAST:
            break
        widths[-at] -= 1
    rows = [line for row in table.rows for line in _lines(row, widths)]
    notes = [line for note in table.notes for line in _wrap(note, width, INDENT)]
    return replace(table, rows=rows, notes=notes)


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    """The lines of a text, cut at spaces. Spaces inside of a line stay as they are."""
    return TextWrapper(width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False).wrap(text)


def _pairs(widths: Sequence[int], table: Table) -> list[tuple[int, bool]]:
    return list(zip(widths, table.numbers, strict=True))


def _lines(row: Sequence[Cell], widths: Sequence[int]) -> list[list[Cell]]:
    """The row, and the rows below it with the rest of its texts."""
    parts = [
        _wrap(cell, width) or [""] if isinstance(cell, str) else [cell] for cell, width in zip(row, widths, strict=True)
    ]
    return [list(line) for line in zip_longest(*parts, fillvalue="")]

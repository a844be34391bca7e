"""Table: a report before it is rendered in a format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | int | None
"""Text; an integer, formatted by the renderer; or None for a blank cell."""


@dataclass(slots=True)
class Table:
    """A title, named columns, rows, a total below them, and notes.

    `numbers` marks numeric columns (aligned right). CSV has only the rows, as data.
    """

    title: str
    columns: Sequence[str]
    rows: list[list[Cell]]
    numbers: Sequence[bool]
    total: list[Cell] | None = None
    notes: list[str] = field(default_factory=list)


def shown(cell: Cell) -> str:
    """A cell as it is printed: ``1,582``."""
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int) else cell


def times(a: float, b: float) -> str:
    """The ratio a / b to three digits: ``9.77x``, ``0.00857x``; empty if b is 0."""
    if not b:
        return ""
    ratio = a / b
    if ratio < 1:
        return f"{ratio:.3g}x"
    digits = 2 if ratio < 10 else 1 if ratio < 100 else 0
    return f"{ratio:,.{digits}f}x"


def at_least(number: int, complete: bool) -> Cell:
    """A total; a lower bound, if it is not complete, as ``≥ 1,582``."""
    return number if complete else f"≥ {number:,}"

"""Table: what every report is before it has a format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | int | None
"""Text; a number, kept as an integer until a format writes it; None: nothing to say."""


@dataclass(slots=True)
class Table:
    """A title, named columns, rows, a total below them, and notes.

    `numbers` says which columns are numeric (aligned right). CSV has the rows alone, as data.
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
    """How many times b goes into a, to three digits: ``9.77x``, ``0.00857x``; empty where b is 0."""
    if not b:
        return ""
    ratio = a / b
    if ratio < 1:
        return f"{ratio:.3g}x"
    digits = 2 if ratio < 10 else 1 if ratio < 100 else 0
    return f"{ratio:,.{digits}f}x"


def at_least(number: int, complete: bool) -> Cell:
    """A total, or, where something in it is unknown, its lower bound: ``≥ 1,582``."""
    return number if complete else f"≥ {number:,}"

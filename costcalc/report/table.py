"""Table: a report before it is rendered in a format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from costcalc.spec.numbers import is_open


class Value(NamedTuple):
    """A cell that is printed as a text, and whose data in CSV and in frames are other: a number, or missing."""

    text: str
    data: int | float | str | None


Cell = str | int | Value | None
"""Text; an integer, formatted by the renderer; a Value; or None for a blank cell."""


@dataclass(slots=True)
class Table:
    """A title, named columns, rows, a total below them, and notes.

    columns  headings; a column without one (None) is in CSV and in frames alone
    numbers  marks numeric columns, which are aligned right
    keys     names of the columns in CSV and in frames, which have only the rows, as data
    proper   headings that are names of tools, which LaTeX does not begin with a capital letter
    """

    title: str
    columns: Sequence[str | None]
    rows: list[list[Cell]]
    numbers: Sequence[bool]
    total: list[Cell] | None = None
    notes: list[str] = field(default_factory=list)
    keys: Sequence[str] = ()
    proper: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.keys = self.keys or [key_of(heading or "") for heading in self.columns]


def key_of(heading: str) -> str:
    """The key of a column that has none of its own: ``in its unit`` -> ``in_its_unit``."""
    return heading.replace(" ", "_").replace("-", "_")


def shown(cell: Cell) -> str:
    """A cell as it is printed: ``1,582``."""
    if isinstance(cell, Value):
        return cell.text
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int) else cell


def data(cell: Cell) -> str | int | float | None:
    """A cell as data: the number of a Value."""
    return cell.data if isinstance(cell, Value) else cell


def times(a: float, b: float) -> str:
    """The ratio a / b to three digits: ``9.77x``, ``0.00857x``; empty if b is 0."""
    if not b:
        return ""
    ratio = float(a / b)
    if ratio < 1:
        return f"{ratio:.3g}x"
    digits = 2 if ratio < 10 else 1 if ratio < 100 else 0
    return f"{ratio:,.{digits}f}x"


def percentage(part: float, whole: float) -> Cell:
    """A share as ``12.3 %``; as data the fraction ``part / whole``. Blank if the whole is 0, an array or a symbol."""
    if is_open(whole) or not whole:
        return None
    tenths = int((2000 * part + whole) // (2 * whole))  # rounded half up
    return Value(f"{tenths // 10}.{tenths % 10} %", part / whole)


def at_least(number: int, complete: bool) -> Cell:
    """A total; a lower bound, if it is not complete, as ``≥ 1,582``."""
    return number if complete else Value(f"≥ {number:,}", number)

"""Report: what a command prints, in every format, and as a frame."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from costcalc.report import FORMATS
from costcalc.report.table import Table, data
from costcalc.spec import arguments

if TYPE_CHECKING:
    import pandas


WIDTH = 100
"""Characters in a line of text, unless a terminal or the variable COLUMNS says otherwise."""


def terminal_width() -> int:
    """Characters in a line: of the variable COLUMNS, otherwise of the terminal on standard output, otherwise WIDTH."""
    with suppress(ValueError, OSError, AttributeError):  # shutil has this too, and takes 2 ms to import
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
        return columns if columns > 0 else WIDTH
    return WIDTH


class Report:
    """Tables, and the numbers in them. It shows itself as text, and in a notebook as HTML.

    tables   returns the tables as they stand in a format
    data     returns the numbers as JSON has them
    ok       False if something is checked and does not hold
    picture  draws an SVG file that a notebook shows below the tables; None if there is none
    """

    picture: Callable[[], str] | None = None

    def __init__(
        self, tables: Callable[[str], Sequence[Table]], data: Callable[[], dict[str, Any]], ok: bool = True
    ) -> None:
        self.tables, self.data, self.ok = tables, data, ok

    def render(self, format: str = "text", width: int | None = None) -> str:
        """The report in one of text, markdown, csv, latex, html and json; text wrapped to `width` characters.

        Raises SpecError for another format.
        """
        format = arguments.one_of("format", format, FORMATS)
        if format == "json":
            from costcalc.report.json_text import to_json

            return to_json(self.data(), indent=2)
        from costcalc.report.formats import render

        return render(self.tables(format), format, width)

    def to_pandas(self) -> pandas.DataFrame:
        """A frame with a row per row of the tables, and columns as in CSV. Integers have dtype Int64.

        The first column names the table if there are several.
        """
        import pandas

        tables = self.tables("csv")
        rows = [[table.title, *map(data, row)] for table in tables for row in table.rows]
        frame = pandas.DataFrame(rows, columns=["table", *tables[0].keys])
        for key in frame:
            whole = [each is None or type(each) is int for each in frame[key]]
            if all(whole) and not frame[key].isna().all():
                try:
                    frame[key] = pandas.array(frame[key].tolist(), dtype="Int64")
                except OverflowError:  # a number of more than 64 bits
                    frame[key] = frame[key].astype("object")
        return frame if len(tables) > 1 else frame.drop(columns="table")

    def __repr__(self) -> str:
        return self.render(width=terminal_width()).rstrip("\n")

    def _repr_html_(self) -> str:
        from costcalc.report.notebook import report_html

        return report_html(self)

"""Comment: a report whose Markdown is made for a comment that is edited in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from costcalc.report.report import Report
from costcalc.report.shortened import LONGEST as LONGEST_CELL
from costcalc.report.shortened import shortened
from costcalc.report.table import Table

LONGEST = 65_000
"""Characters of a comment; GitHub refuses one of more than 65,536."""


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
        return [*map(shortened, self._some(format, rows))]

"""What a notebook shows: tables, and below them a picture. At most 100 kB, also for a large network."""

from __future__ import annotations

import base64
import html
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from costcalc.report.formats import render
from costcalc.report.shortened import shortened
from costcalc.report.table import Table
from costcalc.spec.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.report.report import Report

MOST_ROWS = 60
"""Rows of a table."""

MOST_TABLES, MOST = 25_000, 100_000
"""Bytes of the tables, and of all that a cell shows."""


def report_html(report: Report) -> str:
    """The tables of a report, and its picture if it has one that can be drawn."""
    tables = tables_html(report.tables("html"))
    return tables + picture_html(report.picture, MOST - len(tables))


def tables_html(tables: Sequence[Table]) -> str:
    """The tables as HTML. Long ones lose their last rows, which a note says."""
    tables, rows = [*map(shortened, tables)], MOST_ROWS
    while True:
        text = render([_first(table, rows) for table in tables], "html")
        text = text.replace("h2>", "h4>")  # a notebook's own headings are larger
        if len(text) <= MOST_TABLES or rows == 1:
            return text
        rows = max(rows // 2, 1)


def _first(table: Table, rows: int) -> Table:
    if len(table.rows) <= rows:
        return table
    note = f"The first {rows:,} of {len(table.rows):,} rows; to_pandas() and render() give all."
    return replace(table, rows=table.rows[:rows], notes=[note, *table.notes])


def picture_html(draw: Callable[[], str] | None, most: int) -> str:
    """The SVG file that a function draws, as an image of at most so many bytes: its names and styles stay inside.

    Empty if there is none, if its numbers cannot be drawn, and without matplotlib.
    """
    if draw is None:
        return ""
    try:
        file = base64.b64encode(draw().encode()).decode()
    except (CostcalcError, ModuleNotFoundError):
        return ""
    source = f"data:image/svg+xml;base64,{file}"
    image = f'<img alt="the costs as a picture" style="max-width: 100%; height: auto" src="{source}">\n'
    return image if len(image) <= most else "<p>The picture is too large for a notebook.</p>\n"


def in_a_frame(page: str, height: int) -> str:
    """A page in a frame, deflated: a notebook keeps a fourth of it."""
    packed = base64.b64encode(zlib.compress(page.encode(), 9)).decode()
    opened = (
        f"<script>const bytes = Uint8Array.from(atob('{packed}'), (sign) => sign.charCodeAt(0));"
        "new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).text()"
        ".then((page) => { document.open(); document.write(page); document.close(); });</script>"
    )
    return f'<iframe style="width: 100%; height: {height}px; border: 0" srcdoc="{html.escape(opened)}"></iframe>'

"""Render a Table as text, markdown, csv, latex or html. JSON is made from the numbers, not from a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from tabulate import tabulate

from costcalc.report.escape import csv_text, markdown, markdown_line, visible
from costcalc.report.table import Cell, Table, Value, data, shown
from costcalc.report.width import fitted


def render(tables: Sequence[Table], format: str, width: int | None = None) -> str:
    """The tables in one of FORMATS except json. CSV has one header; a first column names each of several tables.

    width  of text: long cells are wrapped, so that rows have at most so many characters where that is possible
    """
    tables = [_visible(table) for table in tables]
    if format == "csv":
        return _csv(tables)
    tables = [_printed(table) for table in tables]
    if format == "text":
        tables = [fitted(table, width) for table in tables] if width else tables
    one = {"text": _text, "markdown": _markdown, "latex": _latex, "html": _html}[format]
    return "\n".join(one(table) for table in tables)


def _visible(table: Table) -> Table:
    """The table with every text escaped by `visible`."""

    def safe(row: Sequence[Cell]) -> list[Cell]:
        return [
            visible(cell) if isinstance(cell, str)
            else Value(visible(cell.text), cell.data) if isinstance(cell, Value)
            else cell
            for cell in row
        ]  # fmt: skip

    return replace(
        table,
        title=visible(table.title),
        columns=[None if column is None else visible(column) for column in table.columns],
        rows=[safe(row) for row in table.rows],
        total=safe(table.total) if table.total else None,
        notes=[visible(note) for note in table.notes],
        keys=[visible(key) for key in table.keys],
        proper=[visible(name) for name in table.proper],
    )


def _printed(table: Table) -> Table:
    """The table without the columns that are data alone."""
    kept = [at for at, heading in enumerate(table.columns) if heading is not None]
    if len(kept) == len(table.columns):
        return table
    return replace(
        table,
        columns=[table.columns[at] for at in kept],
        rows=[[row[at] for at in kept] for row in table.rows],
        numbers=[table.numbers[at] for at in kept],
        total=[table.total[at] for at in kept] if table.total else None,
        keys=[table.keys[at] for at in kept],
    )


def _grid(table: Table, style: str) -> str:
    rows = [*table.rows, *([table.total] if table.total else [])]
    return tabulate(
        [[shown(cell) for cell in row] for row in rows],
        headers=[heading or "" for heading in table.columns],
        tablefmt=style,
        disable_numparse=True,
        colalign=["right" if number else "left" for number in table.numbers] if rows else None,
    )


def _text(table: Table) -> str:
    lines = [line.rstrip() for line in _grid(table, "simple").splitlines()]
    if table.total:
        rule = next(line for line in lines if line and set(line) <= {"-", " "})
        lines.insert(len(lines) - max(shown(cell).count("\n") + 1 for cell in table.total), rule)
    return "\n".join([table.title, "", *lines, *(["", *table.notes] if table.notes else [])]) + "\n"


def _markdown(table: Table) -> str:
    def escaped(cell: Cell) -> str:
        return markdown(shown(cell))

    plain = Table(
        table.title,
        [escaped(column) for column in table.columns],
        [[escaped(cell) for cell in row] for row in table.rows],
        table.numbers,
        [f"**{escaped(cell)}**" if shown(cell) else "" for cell in table.total] if table.total else None,
    )
    notes = "\n".join(f"{markdown_line(note)}  " for note in table.notes)
    return f"**{escaped(table.title.strip())}**\n\n{_grid(plain, 'pipe')}\n" + (f"\n{notes}\n" if notes else "")


def _csv(tables: Sequence[Table]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")

    def write(title: str, cells: Sequence[Cell]) -> None:
        row = [title, *map(data, cells)] if len(tables) > 1 else [*map(data, cells)]
        writer.writerow([csv_text(cell) if isinstance(cell, str) else cell for cell in row])  # None is empty

    write("table", tables[0].keys)
    for table in tables:
        for row in table.rows:
            write(table.title, row)
    return out.getvalue()


def _latex(table: Table) -> str:
    names = [heading or "" for heading in table.columns]
    headings = [name if name in table.proper else name[:1].upper() + name[1:] for name in names]
    total = ["Total" if cell == "total" else cell for cell in table.total] if table.total else None
    lines = _grid(replace(table, columns=headings, total=total), "latex_booktabs").splitlines()
    if table.total:
        lines.insert(lines.index("\\bottomrule") - 1, "\\midrule")
    comments = [f"% {line}" for line in (table.title, *table.notes)]
    return "\n".join([*comments, "\n".join(lines).translate(LATEX)]) + "\n"


LATEX = str.maketrans(
    {"·": "$\\cdot$", "≥": "$\\geq$", "→": "$\\to$", "×": "$\\times$", "[": "{[}", "*": "{*}", "|": "\\textbar{}"}
)
"""Characters that tabulate does not escape: signs missing in LaTeX's fonts, and arguments of a ``\\\\`` before them."""


def _html(table: Table) -> str:
    from html import escape

    marked = replace(
        table,
        columns=[escape(heading or "") for heading in table.columns],
        rows=[[escape(shown(cell)) for cell in row] for row in table.rows],
        total=[f"<b>{escape(shown(cell))}</b>" for cell in table.total] if table.total else None,
    )
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in table.notes)
    grid = _grid(marked, "unsafehtml")
    for cell in ("th", "td"):  # notebooks align to the right what says nothing
        grid = grid.replace(f"<{cell}>", f'<{cell} style="text-align: left;">')
    page = f"<h2>{escape(table.title)}</h2>\n{grid}\n{notes}"
    return page.encode("ascii", "xmlcharrefreplace").decode()  # the same in a page of any encoding

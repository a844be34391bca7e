"""A Table -> a format: text, markdown, csv, latex, html. JSON is made from the numbers, not from a table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from tabulate import tabulate

from costcalc.report.table import Cell, Table, shown

FORMATS = ("text", "markdown", "csv", "latex", "json", "html")


def render(tables: Sequence[Table], format: str) -> str:
    """The tables in one of FORMATS, but for json. CSV has one header: a first column then names the table."""
    if format == "csv":
        return _csv(tables)
    one = {"text": _text, "markdown": _markdown, "latex": _latex, "html": _html}[format]
    return "\n".join(one(table) for table in tables)


def _grid(table: Table, style: str) -> str:
    rows = [*table.rows, *([table.total] if table.total else [])]
    return tabulate(
        [[shown(cell) for cell in row] for row in rows],
        headers=list(table.columns),
        tablefmt=style,
        disable_numparse=True,
        colalign=["right" if number else "left" for number in table.numbers] if rows else None,
    )


def _text(table: Table) -> str:
    lines = [line.rstrip() for line in _grid(table, "simple").splitlines()]
    if table.total:
        lines.insert(len(lines) - 1, lines[1])
    return "\n".join([table.title, "", *lines, *(["", *table.notes] if table.notes else [])]) + "\n"


MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$])")
"""Characters that Markdown may take for its own, anywhere in a line."""


def _markdown(table: Table) -> str:
    def escaped(cell: Cell) -> str:
        return MARKDOWN.sub(r"\\\1", shown(cell))

    plain = Table(
        table.title,
        [escaped(column) for column in table.columns],
        [[escaped(cell) for cell in row] for row in table.rows],
        table.numbers,
        [f"**{escaped(cell)}**" if shown(cell) else "" for cell in table.total] if table.total else None,
    )
    notes = "\n".join(f"{escaped(note)}  " for note in table.notes)
    return f"**{escaped(table.title)}**\n\n{_grid(plain, 'pipe')}\n" + (f"\n{notes}\n" if notes else "")


def _csv(tables: Sequence[Table]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    several = len(tables) > 1
    writer.writerow([*(["table"] if several else []), *tables[0].columns])
    for table in tables:
        for row in table.rows:
            writer.writerow([*([table.title] if several else []), *("" if cell is None else cell for cell in row)])
    return out.getvalue()


def _latex(table: Table) -> str:
    lines = _grid(table, "latex_booktabs").splitlines()
    if table.total:
        lines.insert(lines.index("\\bottomrule") - 1, "\\midrule")
    comments = [f"% {line}" for line in (table.title, *table.notes)]
    return "\n".join([*comments, "\n".join(lines).translate(LATEX)]) + "\n"


LATEX = str.maketrans({"·": "$\\cdot$", "≥": "$\\geq$", "→": "$\\to$", "×": "$\\times$"})
"""Signs that LaTeX's fonts lack, after tabulate has escaped its own characters."""


def _html(table: Table) -> str:
    from html import escape

    notes = "".join(f"<p>{escape(note)}</p>\n" for note in table.notes)
    page = f"<h2>{escape(table.title)}</h2>\n{_grid(table, 'html')}\n{notes}"
    return page.encode("ascii", "xmlcharrefreplace").decode()  # the same in a page of any encoding

"""Printed tables, read back: each format by its own rules, not by costcalc's."""

import csv
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from unicodedata import east_asian_width

import tabulate

Grid = list[list[str]]


def read(text: str, format: str) -> Grid:
    """The cells of the first table of a report, its header first, its total (where it prints one) last."""
    rows = {"text": _text, "markdown": _markdown, "latex": _latex, "html": _html, "csv": _csv}[format](text)
    assert len({len(row) for row in rows}) == 1, "rows of different lengths"
    return rows


def column(grid: Grid, name: str) -> list[int]:
    """The numbers in a column, without the total; empty cells left out."""
    at = grid[0].index(name)
    body = grid[1:-1] if grid[-1][0] == "total" else grid[1:]
    return [number(row[at]) for row in body if row[at]]


def total(grid: Grid, name: str) -> int:
    """The number that the total row prints in a column."""
    assert grid[-1][0] == "total"
    return number(grid[-1][grid[0].index(name)])


def number(cell: str) -> int:
    """``1,582,671,872`` as an integer."""
    assert re.fullmatch(r"\d{1,3}(,\d{3})*|\d+", cell), cell
    return int(cell.replace(",", ""))


def _text(text: str) -> Grid:
    """The rule below the header says where columns begin and end."""
    lines = text.splitlines()
    rule = next(i for i, line in enumerate(lines) if line.startswith("---") or re.match(r" *--", line))
    spans = [match.span() for match in re.finditer("-+", lines[rule])]
    end = lines.index("", rule) if "" in lines[rule:] else len(lines)
    rows = [_spread(row) for row in (lines[rule - 1], *(line for line in lines[rule:end] if set(line) - {"-", " "}))]
    for row in rows:
        gaps = (row[a:b] for (_, a), (b, _) in pairwise(spans))
        assert not "".join(gaps).strip(), f"a cell sticks out: {row}"
    return [[row[a:b].replace("\0", "").strip() for a, b in spans] for row in rows]


def _spread(row: str) -> str:
    """The row with a mark behind each letter that takes two columns: tabulate counts so if wcwidth is installed."""
    if not tabulate.WIDE_CHARS_MODE:
        return row
    return "".join(f"{letter}\0" if east_asian_width(letter) in "WF" else letter for letter in row)


def _markdown(text: str) -> Grid:
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    assert all(re.fullmatch(r":?-+:?", cell) for cell in rows[1])
    return [[_plain(cell) for cell in row] for row in [rows[0], *rows[2:]]]


def _plain(cell: str) -> str:
    """Without the backslashes of the escapes, and without bold."""
    bold = re.fullmatch(r"\*\*(.*)\*\*", cell.strip())
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", bold[1] if bold else cell.strip())


def _latex(text: str) -> Grid:
    body = re.search(r"\\toprule\n(.*)\\bottomrule", text, re.DOTALL)
    assert body
    rows = [line.removesuffix("\\\\") for line in body[1].splitlines() if line != "\\midrule"]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)&", row)] for row in rows]
    signs = re.compile("|".join(map(re.escape, LATEX)))
    grid = [[signs.sub(lambda sign: LATEX[sign[0]], cell) for cell in row] for row in cells]
    small = [cell[:1].lower() + cell[1:] for cell in grid[0]]  # LaTeX alone has headings with a capital letter
    last = [cell.replace("Total", "total") for cell in grid[-1]]
    return [small, *grid[1:-1], last]


LATEX = {f"\\{sign}": sign for sign in "&%$#_{}"}
LATEX |= {
    "\\textbackslash{}": "\\",
    "\\textasciitilde{}": "~",
    "\\textbar{}": "|",
    "\\^{}": "^",
    "{[}": "[",
    "{*}": "*",
}
LATEX |= {
    "\\ensuremath{<}": "<",
    "\\ensuremath{>}": ">",
    "$\\cdot$": "·",
    "$\\geq$": "≥",
    "$\\to$": "→",
    "$\\times$": "×",
}
"""LaTeX's spelling of special characters."""


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: Grid = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.open = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][-1] += data


def _html(text: str) -> Grid:
    parser = _Cells()
    parser.feed(text)
    return [[cell.strip() for cell in row] for row in parser.rows]


def _csv(text: str) -> Grid:
    return list(csv.reader(io.StringIO(text)))

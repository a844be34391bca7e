"""Text from models and files, made safe to show: names may hold terminal escapes, newlines, markup and formulas.

`render` passes every title, heading, cell and note through here, so that no report has to.
"""

from __future__ import annotations

import json
import re
from typing import Any

from costcalc.spec.printable import visible as visible

_UNUSUAL_IN_JSON = re.compile(r"[^ -~\n]")  # there, a newline is layout: in a text it is escaped already

MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$])")
"""Characters that Markdown may interpret, anywhere in a line."""

MARKDOWN_LINE = re.compile(r"^(\d*)(?=[-+]( |$)|[-=:][-=: ]*$|(?<=\d)[.)])")
"""Beginnings of a line that make it an item of a list, a rule, an underline of a heading or of a table."""

FORMULA = re.compile(r"^(?![+-][\d,.]+( %)?$)[\s']*[=+\-@＝＋－＠]")
"""Cells that spreadsheets run as a formula, unless they are a signed number, or percentage.

With the same behind the quote that `csv_text` puts before them, so that a reader can take it away again.
"""


def to_json(data: Any, indent: int | None = None) -> str:
    """JSON that ends in a newline. Characters that are not printable are escaped: it reads back equal."""
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False)
    return _UNUSUAL_IN_JSON.sub(lambda m: m[0] if m[0].isprintable() else json.dumps(m[0])[1:-1], text) + "\n"


def markdown(text: str) -> str:
    """The text as Markdown that renders as it, within a line."""
    return MARKDOWN.sub(r"\\\1", text)


def markdown_line(text: str) -> str:
    """The text as a line of Markdown of its own, which begins no list, heading, table or block of code."""
    return MARKDOWN_LINE.sub(r"\1\\", markdown(text.strip()))


def csv_text(text: str) -> str:
    """The text as a cell of CSV: with a quote before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if FORMULA.match(text) else text

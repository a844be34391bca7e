"""Escape text from models and files: names may hold terminal escapes, newlines, markup and formulas.

`render` escapes every title, heading, cell and note, so that reports need not.
"""

from __future__ import annotations

import re

from costcalc.spec.printable import visible as visible

MARKDOWN = r"([\\`*_\[\]<>#|~&$])"
"""Characters that Markdown may interpret, anywhere in a line."""

MARKDOWN_LINE = r"^(\d*)(?=[-+]( |$)|[-=:][-=: ]*$|(?<=\d)[.)])"
"""Beginnings of a line that Markdown reads as a list item, a rule, or the underline of a heading or a table."""

FORMULA = r"^(?![+-][\d,.]+( %)?$)[\s']*[=+\-@＝＋－＠]"
"""Cells that spreadsheets run as a formula, except signed numbers and percentages.

It also matches such cells after a leading quote, so that the quote of `csv_text` can be removed without ambiguity.
"""


def markdown(text: str) -> str:
    """Escape a text for use within a line of Markdown."""
    return re.sub(MARKDOWN, r"\\\1", text)


def markdown_line(text: str) -> str:
    """Escape a text as a separate line of Markdown, not a list, heading, table or code block."""
    return re.sub(MARKDOWN_LINE, r"\1\\", markdown(text.strip()))


def csv_text(text: str) -> str:
    """A CSV cell, with a quote before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if re.match(FORMULA, text) else text

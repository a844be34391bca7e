"""Escape text from models and files: names may hold terminal escapes, newlines, markup and formulas.

`render` escapes every title, heading, cell and note, so that reports need not.
"""

from __future__ import annotations

import re

from costcalc.spec.printable import visible as visible

MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$])")
"""Characters that Markdown may interpret, anywhere in a line."""

MARKDOWN_LINE = re.compile(r"^(\d*)(?=[-+]( |$)|[-=:][-=: ]*$|(?<=\d)[.)])")
"""Beginnings of a line that Markdown reads as a list item, a rule, or the underline of a heading or a table."""

FORMULA = re.compile(r"^(?![+-][\d,.]+( %)?$)[\s']*[=+\-@＝＋－＠]")
"""Cells that spreadsheets run as a formula, except signed numbers and percentages.

It also matches such cells after a leading quote, so that the quote of `csv_text` can be removed without ambiguity.
"""


def markdown(text: str) -> str:
    """Escape a text for use within a line of Markdown."""
    return MARKDOWN.sub(r"\\\1", text)


def markdown_line(text: str) -> str:
    """Escape a text as a separate line of Markdown, not a list, heading, table or code block."""
    return MARKDOWN_LINE.sub(r"\1\\", markdown(text.strip()))


def csv_text(text: str) -> str:
    """A CSV cell, with a quote before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if FORMULA.match(text) else text

"""Names of files or modules that a terminal, a table or a spreadsheet must not interpret."""

import json
from pathlib import Path
from typing import Any

CONTROL = {
    "a title for the terminal": "\x1b]0;owned\x07",
    "a colour": "\x1b[31mred",
    "a colour of C1": "\x9b31mred",
    "NUL": "a\0b",
    "backspaces": "good\x08\x08\x08\x08evil",
    "DEL": "a\x7fb",
    "a newline": "a\nb",
    "a return": "a\rb",
    "a Windows newline": "a\r\nb",
    "a tab": "a\tb",
    "a vertical tab": "a\x0bb",
    "a separator of records": "a\x1eb",
    "a next line": "a\x85b",
    "a line separator": "a\u2028b",
    "a paragraph separator": "a\u2029b",
    "from right to left": "\u202egnp.exe",
    "an isolate": "a\u2066b",
    "a mark of direction": "a\u200fb",
    "no width": "a\u200bb",
    "a byte order mark": "\ufeffa",
    "a tag": "a\U000e0041b",
    "a private character": "a\ue000b",
    "a space that does not break": "a\xa0b",
}
"""Characters that are not printable, by what they do."""

MARKUP = {
    "a pipe": "a|b",
    "a quoted pipe": "a\\|b",
    "code": "`a`",
    "emphasis": "*a* _b_ __c__ **d**",
    "a link": "[a](http://b)",
    "an image": "![a](b)",
    "a heading": "# a",
    "a quote": "> a",
    "a list": "- a",
    "a list of pluses": "+ a",
    "a numbered list": "1) a",
    "a rule": "---",
    "an underline": "===",
    "a table": ":-:",
    "struck out": "~~a~~",
    "a fence": "~~~",
    "code by its indentation": "     a",
    "tags": "<b>a</b>",
    "a script": "<script>alert(1)</script>",
    "a comment": "<!-- a",
    "an entity": "&amp;",
    "quotes": "'a' \"b\"",
    "a length": "[3em] a",
    "a star": "* a",
    "a command": "\\input{/etc/passwd}",
    "a backslash": "a\\",
    "braces": "{a}} {",
    "mathematics": "$a$ ^b^ #1 50%",
    "commas": "a,b;c",
}
"""Characters with a meaning in Markdown, HTML, LaTeX and CSV."""

FORMULAS = {
    "a formula": "=1+1",
    "a command of DDE": "=cmd|' /C calc'!A0",
    "a plus": "+1+1",
    "a minus": "-1+1",
    "an at": "@SUM(1)",
    "a formula after a space": " =1+1",
    "a formula of full width": "＝1+1",
    "a quoted formula": "'=1+1",
}
"""Texts that a spreadsheet would run."""

NAMES = [*CONTROL.values(), *MARKUP.values(), *FORMULAS.values(), "\ud800", "a\udcffb"]
"""All of these, and lone surrogates, which no encoding has."""


def shown(name: str) -> str:
    """How a report shows a name: what is not printable as Python's repr has it, and no blanks around it."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in name).strip()


def network(folder: Path) -> str:
    """A JSON network of ReLUs with these names, and an unknown op, whose texts hold them all."""
    every = "|".join(NAMES)
    nodes: list[dict[str, Any]] = [
        {"name": name, "op": "relu", "inputs": [[i - 1, 0]], "settings": {}, "block": 0, "weights": []}
        for i, name in enumerate(NAMES)
    ]
    settings = {"aten": every, "shapes": [[1, 4]], "weights": {every: [2, 2]}}
    unknown = {"name": "the unknown", "op": "unknown", "inputs": [[len(nodes) - 1, 0]], "settings": settings}
    nodes.append({**unknown, "block": 0, "weights": [every], "kernel": every})
    data = {"format": "costcalc", "version": 1, "name": every, "note": "\n".join(NAMES), "inputs": [], "nodes": nodes}
    data |= {"blocks": [[every, -1, every, False, []]], "outputs": [[len(nodes) - 1, 0]], "train_outputs": []}
    data |= {"inputs": [{"shape": [1, 4], "integer": False}], "buffers": {every: [1]}, "frozen": [every]}
    file = folder / "hostile.json"
    file.write_text(json.dumps(data))
    return str(file)

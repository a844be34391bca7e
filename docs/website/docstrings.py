"""Arguments in costcalc's docstrings, as sections that mkdocstrings reads.

A line of a docstring is ``name  what it is``, with further lines indented; names with one meaning are joined by commas.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

ENTRY = re.compile(r"(\w+(?:, \w+)*) +(\S.*)")
STARS = {"variadic positional": "*", "variadic keyword": "**"}


class Arguments(griffe.Extension):
    """Turn the paragraphs about arguments into sections of Google's style, and examples into code."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Of a function, its parameters."""
        if func.docstring:
            func.docstring.value = sections(func.docstring.value, "Args", _named(func.parameters))

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Of a class, what it is made from, and what it has."""
        if cls.docstring:
            made_from = _named(cls.members["__init__"].parameters) if "__init__" in cls.members else {}
            members = {name: name for name in cls.members}
            cls.docstring.value = sections(cls.docstring.value, "Attributes", members | made_from)


def _named(parameters: griffe.Parameters) -> dict[str, str]:
    """Names of parameters, each as a section has it: with its stars."""
    return {each.name: STARS.get(each.kind.value if each.kind else "", "") + each.name for each in parameters}


def sections(text: str, heading: str, names: dict[str, str]) -> str:
    """A docstring with the paragraphs about these names as sections."""
    return "\n\n".join(_section(paragraph, heading, names) for paragraph in text.split("\n\n"))


def _section(paragraph: str, heading: str, names: dict[str, str]) -> str:
    if paragraph.startswith("    >>> "):
        code = "\n".join(line.removeprefix("    ") for line in paragraph.splitlines())
        return f"```pycon\n{code}\n```"
    lines: list[str] = []
    for line in paragraph.splitlines():
        entry = ENTRY.fullmatch(line)
        if entry and all(name in names for name in entry[1].split(", ")):
            lines += [f"    {names[name]}: {entry[2]}" for name in entry[1].split(", ")]
        elif lines and line.startswith(" "):
            lines[-1] += f" {line.strip()}"
        else:
            return paragraph
    return "\n".join([f"{heading}:", *lines])

"""Text that is safe to print: names from models and files may hold terminal escapes and newlines."""

from __future__ import annotations

import re

_UNUSUAL = re.compile(r"[^ -~]")


def visible(text: str) -> str:
    """The text, with each character that is not printable escaped as in Python's ``repr``: ``\\x1b``, ``\\n``.

    Characters that are not printable are control characters, line separators, marks of direction, lone surrogates,
    unassigned code points, and all spaces except U+0020.
    """
    return _UNUSUAL.sub(lambda match: match[0] if match[0].isprintable() else _escaped(match[0]), text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")

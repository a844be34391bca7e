"""Text that is safe to print: names from models and files may hold terminal escapes and newlines."""

from __future__ import annotations

import re
from reprlib import Repr
from typing import Any

_UNUSUAL = re.compile(r"[^ -~]")


def visible(text: str) -> str:
    """The text, with each character that is not printable escaped as in Python's ``repr``: ``\\x1b``, ``\\n``.

    Characters that are not printable are control characters, line separators, marks of direction, lone surrogates,
    unassigned code points, and all spaces except U+0020.
    """
    return _UNUSUAL.sub(lambda match: match[0] if match[0].isprintable() else _escaped(match[0]), text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class _Repr(Repr):
    """Shows a tensor by its class and shape, and never its numbers."""

    def repr1(self, x: Any, level: int) -> str:
        """As Repr does, with another text for tensors, arrays and objects that hold them."""
        if _has_numbers(x):
            return f"<{type(x).__name__} {'x'.join(map(str, x.shape))}>"
        said = super().repr1(x, level)
        plain = type(x).__name__ in ("str", "bytes", "list", "tuple", "dict", "set", "frozenset", "deque")
        return f"<{type(x).__name__}>" if not plain and ("tensor(" in said or "array(" in said) else said


def _has_numbers(x: Any) -> bool:
    """True for a tensor or an array of a library; a tensor of a Graph has none."""
    try:
        own = isinstance(x, int | type) or type(x).__module__.startswith("costcalc.")
        return not own and hasattr(x, "dtype") and bool(getattr(x, "shape", None))
    except Exception:  # of its own __getattr__
        return False


_REPR = _Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60


def shown(value: Any) -> str:
    """The value as text for an error, shortened to one line."""
    try:
        return " ".join(_REPR.repr(value).split())
    except Exception:  # its own __repr__, or an integer of more digits than Python prints
        return f"<{type(value).__name__}>"

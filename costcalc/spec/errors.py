"""The one error that a user's input can cause. Its text is one line: what was wrong, what would be right."""

from __future__ import annotations


class CostcalcError(Exception):
    """Bad input: a one-line message. The command line prints it and exits 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message if message.isprintable() else _in_a_line(message))


class SpecError(CostcalcError):
    """A layer, or an argument, that cannot be: a setting, or an input shape, that does not fit."""


def _in_a_line(message: str) -> str:
    """The message in one line, with control characters written as Python writes them: ``\\x1b``."""
    return "".join([c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(message.split())])

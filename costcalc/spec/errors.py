"""The one error that a user's input can cause, whose text is one line, and the text of any other exception."""

from __future__ import annotations


class CostcalcError(Exception):
    """Bad input: a one-line message, what was wrong and what would be right. The command line prints it and exits 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message if message.isprintable() else _in_a_line(message))


class SpecError(CostcalcError):
    """A layer, or an argument, that cannot be: a setting, or an input shape, that does not fit."""


def message(error: BaseException) -> str:
    """The text of any exception; empty if its own ``__str__`` fails."""
    try:
        return str(error)
    except Exception:
        return ""


def first_line(error: BaseException) -> str:
    """The first line of an exception's text, its words one space apart; empty if there is no text."""
    lines = message(error).strip().splitlines()
    return " ".join(lines[0].split()) if lines else ""


def _in_a_line(message: str) -> str:
    """The message in one line, with control characters written as Python writes them: ``\\x1b``."""
    return "".join([c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(message.split())])

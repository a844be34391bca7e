"""The one error that a user's input can cause, whose text is one line, and the text of any other exception."""

from __future__ import annotations

from costcalc.spec.printable import visible


class CostcalcError(Exception):
    """Bad input: a one-line message, what was wrong and what would be right. The command line prints it and exits 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message if message.isprintable() else visible(" ".join(message.split())))


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

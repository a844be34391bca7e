"""The error for bad input, whose text is one line; and the text of any other exception."""

from __future__ import annotations

from costcalc.spec.printable import visible


class CostcalcError(Exception):
    """Bad input, in one line: the given and the expected value. The command line prints it and exits with code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message if message.isprintable() else visible(" ".join(message.split())))


class SpecError(CostcalcError):
    """An invalid layer or argument: a setting or an input shape that does not fit."""


class WrongSize(CostcalcError):
    """A size of the input at which a network cannot be built. `works` says which sizes it takes."""

    def __init__(self, message: str, works: str) -> None:
        super().__init__(message)
        self.works = works


class NeedsInput(CostcalcError):
    """A model that has no usual input was given without one."""


def message(error: BaseException) -> str:
    """The text of any exception; empty if its own ``__str__`` fails."""
    try:
        return str(error)
    except Exception:
        return ""


def first_line(error: BaseException) -> str:
    """The first line of an exception's text, with single spaces between words; empty if there is no text."""
    lines = message(error).strip().splitlines()
    return " ".join(lines[0].split()) if lines else ""

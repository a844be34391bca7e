"""The one error that a user's input can cause. Its text is one line: what was wrong, what would be right."""

from __future__ import annotations


class CostcalcError(Exception):
    """Bad input: a one-line message. The command line prints it and exits 2."""


class SpecError(CostcalcError):
    """A layer that cannot be: a setting, or an input shape, that does not fit."""

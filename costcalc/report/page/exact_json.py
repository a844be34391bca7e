"""Integers in the page's data: as text beyond those that JavaScript's numbers hold exactly."""

from __future__ import annotations

EXACT = 2**53
"""From here on JavaScript's numbers are not exact; the page makes a BigInt of either form."""


def integer(number: int) -> int | str:
    """An integer as JSON: a number, or a text of digits."""
    return number if -EXACT < number < EXACT else str(number)

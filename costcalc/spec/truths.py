"""Results of elementwise comparisons of arrays, and the error for a condition without a single answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from costcalc.spec.errors import SpecError

Index = tuple[int, ...]


class Undecided(SpecError):
    """A condition without a single answer: elements of an array differ, or a symbol leaves it open.

    `elements` are indices of the array where the answers differ, false ones first.
    """

    def __init__(self, message: str, elements: Sequence[Index] = ()) -> None:
        super().__init__(message)
        self.elements = tuple(elements)


class Truths:
    """The elementwise result of a comparison of arrays. It has a truth value only if all elements agree."""

    __slots__ = ("values",)

    def __init__(self, values: Any) -> None:
        self.values = values

    def __bool__(self) -> bool:
        if self.values.all():
            return True
        if not self.values.any():
            return False
        raise self.undecided()

    def undecided(self) -> Undecided:
        """The error, with the index of an element for which the comparison is false and of one for which it is true."""
        places = [_first(values) for values in (~self.values, self.values) if values.any()]
        return Undecided(f"elements of the arrays of sizes differ in a condition, such as {places}", places)

    def __and__(self, other: Any) -> Truths:
        return Truths(self.values & getattr(other, "values", other))

    def __or__(self, other: Any) -> Truths:
        return Truths(self.values | getattr(other, "values", other))

    def __invert__(self) -> Truths:
        return Truths(~self.values)

    def __repr__(self) -> str:
        return text(self.values)


def _first(truths: Any) -> Index:
    """The index of the first true element."""
    numpy: Any = sys.modules["numpy"]
    return tuple(int(i) for i in numpy.unravel_index(int(truths.argmax()), truths.shape))


def text(values: Any) -> str:
    """An array as one line of text."""
    return " ".join(str(values).split())

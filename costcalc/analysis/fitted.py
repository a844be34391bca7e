"""Closed forms of models that take no symbols: polynomials through their costs at several sizes, tried on more.

A quantity of a network whose sizes are multiples of its strides is a polynomial in them. It is interpolated over the
rationals, with the least degree in each symbol at which it also gives the numbers at points that it was not made from.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import sympy

from costcalc.spec.errors import CostcalcError

MOST_DEGREE = 6
"""Attention over the positions of an image is of degree 4 in its side."""

NO_POLYNOMIAL = (
    "{key} is not a polynomial of the symbols: sizes are rounded between the layers; give multiples, like --input 32h"
)

Values = tuple[int, ...]


class Reads:
    """The numbers of a model at values of its symbols, each read once. A value at which it cannot run raises."""

    def __init__(self, read: Callable[[Values], Mapping[str, Any]]) -> None:
        self.read, self.found = read, dict[Values, Mapping[str, Any]]()

    def __call__(self, values: Values) -> Mapping[str, Any]:
        if values not in self.found:
            self.found[values] = self.read(values)
        return self.found[values]


def fitted(
    symbols: Sequence[Any], reads: Reads, keys: Sequence[str]
) -> tuple[dict[str, Any], list[Values], list[Values]]:
    """The polynomial of each quantity, the points that they are made from, and the further points that they give.

    Raises CostcalcError if there is none.
    """
    first = _first(len(symbols), reads)
    unknown = [key for key in keys if reads(first)[key] is None]
    keys = [key for key in keys if key not in unknown]
    for key in keys:
        if type(reads(first)[key]) is not int:
            raise CostcalcError(f"{key} is not an integer: it has no formula where a model is read at several sizes")
    degrees = [max((_degree(i, first, reads, key) for key in keys), default=0) for i in range(len(symbols))]
    lines = [range(start, start + degree + 1) for start, degree in zip(first, degrees, strict=True)]
    made_from = list(itertools.product(*lines))
    formulas = {key: _through(symbols, lines, {at: reads(at)[key] for at in made_from}) for key in keys}
    more = _further(first, degrees)
    for at in more:
        for key in keys:
            given = dict(zip(symbols, at, strict=True))
            if formulas[key].subs(given) != reads(at)[key]:
                raise CostcalcError(NO_POLYNOMIAL.format(key=key))
    return {**formulas, **dict.fromkeys(unknown)}, made_from, more


def _first(count: int, reads: Reads) -> Values:
    """The least values, alike in all symbols, at which the model runs."""
    *others, last = (1, 2, 3, 4, 8, 16)
    for least in others:
        with suppress(CostcalcError):
            reads((least,) * count)
            reads((least + 1,) * count)
            return (least,) * count
    reads((last,) * count)
    return (last,) * count


def _degree(i: int, first: Values, reads: Reads, key: str) -> int:
    """The degree of a quantity in one symbol: its differences of that order are 0 at three further points."""
    numbers: list[Any] = []
    for offset in itertools.count():
        numbers.append(reads((*first[:i], first[i] + offset, *first[i + 1 :]))[key])
        differences = numbers
        for degree in range(-1, offset - 1):
            if all(each == 0 for each in differences):
                return max(degree, 0)
            differences = [b - a for a, b in itertools.pairwise(differences)]
        if offset > MOST_DEGREE + 2:
            raise CostcalcError(NO_POLYNOMIAL.format(key=key))
    raise AssertionError


def _through(symbols: Sequence[Any], lines: Sequence[range], numbers: Mapping[Values, Any]) -> Any:
    """The polynomial through the numbers on a grid, one symbol after the other."""
    if not symbols:
        return sympy.Integer(numbers[()])
    (symbol, *others), (line, *rest) = symbols, lines
    points = []
    for value in line:
        inner = {at[1:]: number for at, number in numbers.items() if at[0] == value}
        points.append((value, _through(others, rest, inner)))
    return sympy.expand(sympy.interpolate(points, symbol))


def _further(first: Values, degrees: Sequence[int]) -> list[Values]:
    """Points beyond those of the grid: along the diagonal, and with the symbols far from each other."""
    beyond = [start + degree for start, degree in zip(first, degrees, strict=True)]
    return list(dict.fromkeys(
        tuple(value + 1 + (step * (i + 1)) % 5 + step for i, value in enumerate(beyond)) for step in (0, 2, 5)
    ))  # fmt: skip

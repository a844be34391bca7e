"""Arithmetic of numbers of any kind: Python numbers, exact arrays and sympy expressions."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, reduce
from numbers import Rational
from typing import Any

from costcalc.spec.exact import ExactArray, both, number, wide

INT = frozenset({int})


def is_fraction(value: Any) -> bool:
    """True for a Fraction, which need not be imported for it; False for an integer, and so for True."""
    return isinstance(value, Rational) and not isinstance(value, int)


def is_open(value: Any) -> bool:
    """True for an array of sizes and for a sympy expression."""
    return type(value) is ExactArray or hasattr(type(value), "free_symbols")


def product(factors: Iterable[Any]) -> Any:
    """The product of numbers of any kind. Integers are multiplied first, for speed."""
    factors = tuple(factors)
    if INT.issuperset(map(type, factors)):
        return math.prod(factors)
    if all(type(factor) is int or hasattr(type(factor), "free_symbols") for factor in factors):
        return _symbolic_product(*factors)
    return _product(factors)


@lru_cache(maxsize=4096, typed=True)
def _symbolic_product(*factors: Any) -> Any:
    """The product of symbols and integers: equal blocks have the same ones, and sympy is slow."""
    return _product(factors)


def _product(factors: Sequence[Any]) -> Any:
    whole, rest = 1, []
    for factor in factors:
        if type(factor) is int:
            whole *= factor
        else:
            rest.append(number(factor))
    return whole * math.prod(rest) if rest else whole


def total(terms: Iterable[Any]) -> Any:
    """The sum of numbers of any kind. Integers are added first, symbols in one call."""
    terms = tuple(terms)
    if INT.issuperset(map(type, terms)):
        return sum(terms)
    whole, rest = 0, []
    for term in terms:
        if type(term) is int:
            whole += term
        else:
            rest.append(number(term))
    if rest and all(hasattr(type(term), "free_symbols") for term in rest):
        return sys.modules["sympy"].Add(whole, *rest)
    return sum(rest, whole)


def somewhere(value: Any) -> bool:
    """True if a number, or any element of an array, is not 0."""
    return bool((value.values != 0).any()) if type(value) is ExactArray else bool(value != 0)


def computed(function: Callable[..., Any], *values: Any) -> Any:
    """Apply a function without a formula, such as one that rounds floats. With symbols it is evaluated later.

    With arrays it is applied to each element. It returns an integer; with ints only it may return a fraction.
    """
    if any(hasattr(type(value), "free_symbols") for value in values):
        return _postponed(function)(*values)
    if not any(type(value) is ExactArray for value in values):
        return function(*values)
    operands = [wide(value.values) if type(value) is ExactArray else value for value in values]
    return ExactArray.of(sys.modules["numpy"].frompyfunc(function, len(values), 1)(*operands))


@lru_cache(maxsize=256)
def _postponed(function: Callable[..., Any]) -> Any:
    """A sympy function that is evaluated once all its arguments are numbers."""
    sympy: Any = sys.modules["sympy"]

    def evaluated(cls: Any, *args: Any) -> Any:
        if all(each.is_Number for each in args):
            return sympy.sympify(function(*[int(each) if each.is_Integer else float(each) for each in args]))
        return None

    name = function.__name__.strip("_")
    return type(name, (sympy.Function,), {"eval": classmethod(evaluated), "is_integer": True})


def larger(a: Any, b: Any) -> Any:
    """The larger of two numbers, element by element."""
    if type(a) is int and type(b) is int:
        return max(a, b)
    if type(a) is not ExactArray and type(b) is not ExactArray:
        return sys.modules["sympy"].Max(a, b)
    (x, *a_bounds), (y, *b_bounds) = both(a, b)
    return ExactArray(sys.modules["numpy"].maximum(wide(x), wide(y)), *map(max, a_bounds, b_bounds))


def largest_of(values: Sequence[Any]) -> Any:
    """The largest of several numbers, element by element. Symbols are not compared: that takes sympy long."""
    if any(hasattr(type(value), "free_symbols") for value in values):
        return sys.modules["sympy"].Max(*dict.fromkeys(values), evaluate=False)
    return reduce(larger, values)

"""Count: a sum of products of named factors. Its formula and its number come from one object.

    >>> c = product(C_out=64, H_out=112, W_out=112, C_in=3, k_h=7, k_w=7)
    >>> c.symbols, c.digits, c.value
    ('C_out·H_out·W_out·C_in·k_h·k_w', '64·112·112·3·7·7', 118013952)

A factor is any number that multiplies: a Python int, an array of integers (a sweep over many sizes in one pass, exact
for any size of the product) or a sympy symbol (the closed form). A factor whose name is a number, like ``"2"``, is a
constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.spec import arguments, exact, numbers
from costcalc.spec.errors import SpecError
from costcalc.spec.truths import Undecided

Factor = Any  # int, array of integers or sympy expression: anything with * and +
Term = tuple[Sequence[str], Sequence[Factor]]  # the names of the factors, and the factors


class Count:
    """A sum of products. ``Count()`` is zero."""

    __slots__ = ("terms",)

    def __init__(self, *terms: Term) -> None:
        self.terms = terms

    @property
    def value(self) -> Any:
        """The value: an int if all factors are ints."""
        return numbers.total(numbers.product(factors) for _, factors in self.terms)

    @property
    def symbols(self) -> str:
        """The formula in names: ``C_out·H_out·W_out·C_in·k_h·k_w``. A batch of 1 is left out."""
        return " + ".join("·".join(name for name, _ in _shown(term)) for term in self.terms) or "0"

    @property
    def digits(self) -> str:
        """The same formula in numbers: ``64·112·112·3·7·7``."""
        return " + ".join("·".join(_text(factor) for _, factor in _shown(term)) for term in self.terms) or "0"

    @property
    def formula(self) -> str:
        """Numbers and result: ``64·112·112·3·7·7 = 118,013,952``."""
        return f"{self.digits} = {digits(self.value)}" if self.terms else "0"

    def __add__(self, other: Count) -> Count:
        if not isinstance(other, Count):
            return NotImplemented
        return Count(*self.terms, *other.terms)

    def __eq__(self, other: object) -> bool:
        try:
            return isinstance(other, Count) and self.terms == other.terms
        except Undecided:  # some elements of an array are equal, others not
            return False

    def __hash__(self) -> int:
        return hash(self.symbols + self.digits)

    def __repr__(self) -> str:
        return f"Count({self.symbols} = {self.formula})"


def _shown(term: Term) -> list[tuple[str, Factor]]:
    """The named factors, without N if the batch is 1."""
    pairs = list(zip(*term, strict=True))
    return [pair for pair in pairs if not (pair[0] == "N" and type(pair[1]) is int and pair[1] == 1)] or pairs


def _text(factor: Factor) -> str:
    """Text of a factor in a product; a sum is put in brackets."""
    return f"({factor})" if getattr(factor, "is_Add", False) else str(factor)


def digits(number: Any) -> str:
    """Text of a number: integers, also in arrays, with thousands separators; fractions and expressions unchanged."""
    return f"{number:,}" if isinstance(number, int | exact.ExactArray) else str(number)


def product(**factors: Factor) -> Count:
    """A Count of one product of named factors, in the given order. Raises SpecError for a factor that is not exact."""
    if not factors:
        raise SpecError("product needs a factor with a name, like product(D_in=256, D_out=10)")
    return Count((tuple(factors), tuple([arguments.factor(name, each) for name, each in factors.items()])))


def times(name: str, factor: int, count: Count) -> Count:
    """A Count, each term led by a named factor; unchanged if the factor is 1."""
    if factor == 1:
        return count
    return Count(*[((name, *names), (factor, *factors)) for names, factors in count.terms])


ZERO = Count()
"""Zero by convention: the op is known and has no multiply-adds."""

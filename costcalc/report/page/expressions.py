"""Numbers for the page: polynomials over sizes, which the page evaluates again at other sizes.

A number that depends on the sizes of the input is a polynomial whose variables are *atoms*: a size of the input, the
floor of a number, the largest of several, or one of FUNCTIONS. Window arithmetic needs only floors beside + and ×.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from costcalc.report.page.exact_json import integer
from costcalc.spec.sizes import symbolic

Monomial = tuple[int, ...]
"""Numbers of atoms, sorted; an atom that occurs twice is squared. Empty: 1."""

Polynomial = dict[Monomial, Any]
"""Coefficients, integers or fractions, by monomial."""

RELATIONS = {
    "GreaterThan": ">=", "StrictGreaterThan": ">", "LessThan": "<=", "StrictLessThan": "<", "Equality": "==",
    "Unequality": "!=",
}  # fmt: skip

FUNCTIONS = ("cut_off",)
"""Functions on floats that the page has too, in numbers.js: thop truncates them."""


class NotClosed(Exception):
    """A number has no closed form that the page can evaluate."""


class Numbers:
    """A table of numbers, each once.

    symbols  names of the sizes of the input, in order: the first atoms
    """

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        self.atoms: list[Any] = [["size", i] for i in range(len(symbols))]
        self.monomials: list[Monomial] = []
        self.numbers: list[Any] = []
        self.functions: dict[str, Any] = {}
        self._symbols = {name: i for i, name in enumerate(symbols)}
        self._known: dict[Any, dict[Any, int]] = {"atom": {}, "monomial": {}, "number": {}}
        self._polynomials: dict[Any, Polynomial] = {}
        self._added: dict[Any, int] = {}

    def add(self, value: Any) -> int:
        """The number of a value in the table: an integer, a fraction, a float or a sympy expression.

        Raises NotClosed for an expression that is not a polynomial over atoms.
        """
        if isinstance(value, float):
            return self._numbered("number", ("float", value), self.numbers, {"float": value})
        found = self._added.get(value)
        if found is None:
            found = self._added[value] = self._of(self.polynomial(value))
        return found

    def condition(self, relation: Any) -> list[Any]:
        """A relation of sympy as data: an operator and a number to compare with 0, or "or" / "and" and relations."""
        kind = type(relation).__name__
        if kind in ("Or", "And"):
            return [kind.lower(), *(self.condition(each) for each in relation.args)]
        if kind not in RELATIONS:
            raise NotClosed(str(relation))
        left, right = relation.args
        return [RELATIONS[kind], self._of(_sum([self.polynomial(left), self.polynomial(-right)]))]

    def polynomial(self, value: Any) -> Polynomial:
        """A number as a polynomial."""
        if not symbolic(value):
            return {(): value} if value else {}
        found = self._polynomials.get(value)
        if found is None:
            found = self._polynomials[value] = self._polynomial(value)
        return found

    def _polynomial(self, value: Any) -> Polynomial:
        kind = value.func.__name__
        if value.is_Rational:
            return {(): _fraction(int(value.p), int(value.q))} if value else {}
        if value.is_Symbol and value.name in self._symbols:
            return {(self._symbols[value.name],): 1}
        if value.is_Add:
            return _sum([self.polynomial(each) for each in value.args])
        if value.is_Mul:
            return _product([self.polynomial(each) for each in value.args])
        if value.is_Pow and value.exp.is_Integer and value.exp > 0:
            return _product([self.polynomial(value.base)] * int(value.exp))
        if kind == "floor":
            return self._floor(self.polynomial(value.args[0]))
        if kind == "ceiling":
            return _times(self._floor(_times(self.polynomial(value.args[0]), -1)), -1)
        if kind in ("Max", "Min"):
            sign = 1 if kind == "Max" else -1
            each = [self._of(_times(self.polynomial(arg), sign)) for arg in value.args]
            return _times(self._atom(["largest", *sorted(each)]), sign)
        if kind in FUNCTIONS:
            self.functions[kind] = value.func
            return self._atom([kind, *(self._of(self.polynomial(arg)) for arg in value.args)])
        if kind == "Mod" and value.args[1].is_Integer:
            whole, part = self.polynomial(value.args[0]), int(value.args[1])
            return _sum([whole, _times(self._floor(_times(whole, Fraction(1, part))), -part)])
        raise NotClosed(str(value))

    def _floor(self, inside: Polynomial) -> Polynomial:
        """The floor of a polynomial: its integer parts, and an atom for the rest."""
        if all(coefficient == int(coefficient) for coefficient in inside.values()):
            return inside
        return self._atom(["floor", self._of(inside)])

    def _atom(self, atom: list[Any]) -> Polynomial:
        return {(self._numbered("atom", tuple(atom), self.atoms, atom, len(self._symbols)),): 1}

    def _of(self, polynomial: Polynomial) -> int:
        whole = lcm(*[c.denominator for c in polynomial.values()])
        if not polynomial.keys() - {()} and whole == 1:
            constant = int(polynomial.get((), 0))
            return self._numbered("number", constant, self.numbers, integer(constant))
        terms = sorted((self._monomial(monomial), int(c * whole)) for monomial, c in polynomial.items())
        data = [integer(whole), *(each for i, c in terms for each in (integer(c), i))]
        return self._numbered("number", tuple(data), self.numbers, data)

    def _monomial(self, monomial: Monomial) -> int:
        return self._numbered("monomial", monomial, self.monomials, monomial)

    def _numbered(self, table: str, key: Any, items: list[Any], item: Any, first: int = 0) -> int:
        known = self._known[table]
        if key not in known:
            known[key] = len(known) + first
            items.append(item)
        return known[key]


def _fraction(above: int, below: int) -> Any:
    return above if below == 1 else Fraction(above, below)


def _sum(polynomials: Sequence[Polynomial]) -> Polynomial:
    made: Polynomial = {}
    for polynomial in polynomials:
        for monomial, coefficient in polynomial.items():
            made[monomial] = made.get(monomial, 0) + coefficient
    return {monomial: coefficient for monomial, coefficient in made.items() if coefficient}


def _times(polynomial: Polynomial, factor: Any) -> Polynomial:
    return {monomial: coefficient * factor for monomial, coefficient in polynomial.items()}


def _product(polynomials: Sequence[Polynomial]) -> Polynomial:
    made: Polynomial = {(): 1}
    for polynomial in polynomials:
        pairs = [(m, c, n, d) for m, c in made.items() for n, d in polynomial.items()]
        made = _sum([{tuple(sorted(m + n)): c * d} for m, c, n, d in pairs])
    return made

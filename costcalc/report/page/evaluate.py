"""The numbers of a page's data at given sizes, as the page evaluates them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from costcalc.report.page.expressions import Numbers


class At:
    """The numbers of a table at sizes of the input, each evaluated once."""

    def __init__(self, numbers: Numbers, sizes: Sequence[int]) -> None:
        self._table, self._sizes = numbers, sizes
        self._numbers: dict[int, Any] = {}
        self._atoms: dict[int, Any] = {}

    def __getitem__(self, number: int) -> Any:
        if number not in self._numbers:
            self._numbers[number] = self._number(self._table.numbers[number])
        return self._numbers[number]

    def _number(self, data: Any) -> Any:
        if isinstance(data, dict):
            return data["float"]
        if not isinstance(data, list):
            return int(data)
        whole, *terms = data
        products = [int(c) * self._term(i) for c, i in zip(terms[::2], terms[1::2], strict=True)]
        found = Fraction(sum(products), int(whole))
        return int(found) if found.denominator == 1 else found

    def _term(self, monomial: int) -> Any:
        return prod(self._atom(i) for i in self._table.monomials[monomial])

    def _atom(self, atom: int) -> Any:
        if atom not in self._atoms:
            kind, *rest = self._table.atoms[atom]
            self._atoms[atom] = self._sizes[rest[0]] if kind == "size" else self._call(kind, [self[i] for i in rest])
        return self._atoms[atom]

    def _call(self, kind: str, values: Sequence[Any]) -> int:
        if kind in ("floor", "largest"):
            return int(values[0].__floor__() if kind == "floor" else max(values))
        return int(self._table.functions[kind](*values))

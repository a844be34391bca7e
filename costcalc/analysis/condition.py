"""Condition: a comparison of sums of settings and quantities, like ``n1 + n3 <= 512`` or ``params=1072K``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, lcm
from typing import Any, NamedTuple

from costcalc.spec.errors import CostcalcError

UNITS = {
    "": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
"""Sizes of units: of 1000s, and of 1024s."""

RELATION = re.compile(r"(<=|>=|!=|==|=|<|>)")
TERM = re.compile(r"([+-]?)\s*(?:(\d+(?:\.\d+)?)([kKMGT]i?)?(?![\w.])\s*(\*)?\s*)?([A-Za-z_][\w.]*)?\s*")
FLIPPED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}


class Comparison(NamedTuple):
    """A sum of integers times values, compared with an integer."""

    terms: tuple[tuple[int, str], ...]
    relation: str
    bound: int

    def difference(self, values: Mapping[str, Any]) -> Any:
        """The sum, less the bound."""
        return sum((factor * values[key] for factor, key in self.terms), -self.bound)

    def holds(self, values: Mapping[str, Any]) -> Any:
        """True, False or an array of these."""
        gap = self.difference(values)
        found = {
            "<=": lambda: gap <= 0, "<": lambda: gap < 0, ">=": lambda: gap >= 0, ">": lambda: gap > 0,
            "=": lambda: gap == 0, "!=": lambda: gap != 0,
        }[self.relation]()  # fmt: skip
        return getattr(found, "values", found)

    def excess(self, values: Mapping[str, Any]) -> float:
        """How far the values are from satisfying it; 0 if they do."""
        return 0.0 if self.holds(values) else abs(float(self.difference(values))) or 1.0


class Condition(NamedTuple):
    """Comparisons that hold together: one, or, for a printed figure, its two bounds."""

    text: str
    comparisons: tuple[Comparison, ...]

    @classmethod
    def of(cls, text: str) -> Condition:
        """Parse a condition. A side is a sum of keys, numbers and numbers times keys.

        ``KEY=1072K`` and ``KEY=5.4M`` compare with a printed figure: the value, rounded half up to the last printed
        digit, has its digits. Units: k or K, M, G, T are 1000s; Ki, Mi, Gi, Ti 1024s. Without a unit it is exact.

        Raises CostcalcError for any other text.
        """
        parts = RELATION.split(text)
        if len(parts) != 3:
            raise _wrong(text)
        left, right = _side(text, parts[0]), _side(text, parts[2])
        relation = "=" if parts[1] == "==" else parts[1]
        if not (left.keys() | right.keys()) - {""}:
            raise _wrong(text)
        printed = re.fullmatch(r"\s*\d+(?:\.(\d+))?([kKMGT]i?)\s*", parts[2])
        if relation == "=" and printed:
            half = Fraction(UNITS[printed[2]], 2 * 10 ** len(printed[1] or ""))
            low, high = right[""] - half, right[""] + half
            return cls(text, (_comparison(left, ">=", low), _comparison(left, "<", high)))
        for key, factor in right.items():
            if key:
                left[key] = left.get(key, Fraction(0)) - factor
        return cls(text, (_comparison(left, relation, right.get("", Fraction(0))),))

    @property
    def keys(self) -> list[str]:
        """Names of the settings and quantities in it."""
        return list(dict.fromkeys(key for each in self.comparisons for _, key in each.terms))

    def holds(self, values: Mapping[str, Any]) -> Any:
        """True, False or an array of these."""
        return together([each.holds(values) for each in self.comparisons])


def together(truths: Sequence[Any]) -> Any:
    """True where all are; arrays broadcast."""
    found: Any = True
    for each in truths:
        found = each & found
    return found


def _side(text: str, side: str) -> dict[str, Fraction]:
    """Factors by key; that of "" is the number alone."""
    found: dict[str, Fraction] = {}
    rest, first = side.strip(), True
    while rest or first:
        match = TERM.match(rest)
        if match is None or not match[0] or (match[2] is None and match[5] is None) or not (first or match[1]):
            raise _wrong(text)
        if (match[4] is not None) != (match[2] is not None and match[5] is not None):
            raise _wrong(text)
        factor = Fraction(match[2] or 1) * UNITS[match[3] or ""] * (-1 if match[1] == "-" else 1)
        key = match[5] or ""
        found[key] = found.get(key, Fraction(0)) + factor
        rest, first = rest[match.end() :], False
    return found


def _comparison(left: Mapping[str, Fraction], relation: str, right: Fraction) -> Comparison:
    """Without fractions: all multiplied by their denominators."""
    bound = right - left.get("", Fraction(0))
    factors = {key: factor for key, factor in left.items() if key}
    scale = lcm(bound.denominator, *(factor.denominator for factor in factors.values()))
    terms = tuple((int(factor * scale), key) for key, factor in factors.items())
    return Comparison(terms, relation, ceil(bound * scale))


def _wrong(text: str) -> CostcalcError:
    return CostcalcError(
        f"{text!r} is not a condition; expected sums of settings and quantities, compared with <=, >=, <, >, = or !=, "
        "like params<=5M, n1+n3=320 or mult_adds=54M"
    )

"""Closed forms: the quantities of a network as formulas in symbols for its sizes.

Rules of the zoo's networks run on symbols of sympy. Their floors are flattened, so that each stands for one division:
``floor(floor((H + 1)/2)/2)`` is ``floor((H + 1)/4)``, and where a size is a multiple none stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd
from typing import Any, NamedTuple

import sympy
from sympy.printing.str import StrPrinter

from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import PerAxis
from costcalc.spec.graph import Condition


class ClosedForm(NamedTuple):
    """The formulas of a network.

    name      of the network
    sizes     what is free, as typed: ``input = 3 x 32h x 32h``
    symbols   the symbols, in order
    formulas  by key of the quantity: an expression, a number, or None for unknown
    statuses  by key of the quantity
    holds     the sizes for which the formulas hold, a phrase per condition
    notes     how the formulas were found
    """

    name: str
    sizes: str
    symbols: tuple[Any, ...]
    formulas: dict[str, Any]
    statuses: Mapping[str, str]
    holds: tuple[str, ...]
    notes: tuple[str, ...] = ()


def closed_form(cost: Cost, sizes: str, symbols: Sequence[Any]) -> ClosedForm:
    """The formulas of a Cost whose sizes are symbols."""
    amounts = {quantity.key: cost[quantity.key] for quantity in cost.quantities}
    formulas = {key: None if amount.number is None else expanded(amount.number) for key, amount in amounts.items()}
    statuses = {key: amount.status for key, amount in amounts.items()}
    return ClosedForm(cost.graph.name, sizes, tuple(symbols), formulas, statuses, tuple(holds(cost.graph.conditions)))


def expanded(number: Any) -> Any:
    """A number as a sum of products, with flat floors."""
    if isinstance(number, PerAxis):
        return PerAxis(map(expanded, number))
    if isinstance(number, sympy.Max):
        return sympy.Max(*dict.fromkeys(map(expanded, number.args)), evaluate=False)
    return sympy.expand(flat(sympy.sympify(number)))


def flat(expression: Any) -> Any:
    """The same expression without floors inside floors; a floor of a whole number is that number."""
    made: dict[Any, Any] = {}

    def anew(each: Any) -> Any:
        if each not in made:
            args = [anew(arg) for arg in each.args]
            made[each] = _floor(*args) if isinstance(each, sympy.floor) else each.func(*args) if args else each
        return made[each]

    return anew(expression)


def _floor(x: Any) -> Any:
    """The floor of an expression, with the least denominator.

    For integers n and a whole number k: floor((floor(y) + k)/n) = floor((y + k)/n), and
    floor((k - floor(y))/n) = -floor((y - k + n - 1)/n).
    """
    x = sympy.expand(x)
    whole = sympy.Integer(0)
    for _ in range(100):
        inner = [term for term in sympy.Add.make_args(x) if term.has(sympy.floor)]
        if len(inner) != 1:
            break
        factor, rest = inner[0].as_coeff_Mul()
        if not isinstance(rest, sympy.floor) or not factor.is_Rational or abs(factor.p) != 1:
            break
        n, k = factor.q, sympy.expand((x - inner[0]) * factor.q)
        if not k.is_integer:
            break
        if factor > 0:
            x = sympy.expand((rest.args[0] + k) / n)
        else:
            return whole - _floor(sympy.expand((rest.args[0] - k + n - 1) / n))
    return whole + _least(x)


def _least(x: Any) -> Any:
    """floor((p·y + q)/m) with the common divisors of p and m taken out, and 0 <= q < m."""
    constant, terms = x.as_coeff_Add()
    factors = [term.as_coeff_Mul() for term in sympy.Add.make_args(terms)] if terms != 0 else []
    if not constant.is_Rational or not all(c.is_Rational and rest.is_integer for c, rest in factors):
        return sympy.floor(x)
    m = sympy.ilcm(constant.q, *[c.q for c, _ in factors])
    numerators = [int(c * m) for c, _ in factors]
    common = gcd(int(m), *numerators) if factors else int(m)
    m, q = int(m) // common, int(constant * m) // common
    whole = sympy.Add(*[rest * (p // common // m) for p, (_, rest) in zip(numerators, factors, strict=True)], q // m)
    left = sympy.Add(*[rest * (p // common % m) for p, (_, rest) in zip(numerators, factors, strict=True)])
    return whole if m == 1 or left == 0 else whole + sympy.floor((left + q % m) / m, evaluate=False)


def holds(conditions: Iterable[Condition]) -> list[str]:
    """The conditions as phrases: the least value of each symbol, and any others as they are."""
    least: dict[Any, int] = {}
    others: dict[str, None] = {}
    for condition in conditions:
        bound = _bound(condition.relation)
        if bound is None:
            others[as_python(flat(condition.relation))] = None
        else:
            symbol, number = bound
            least[symbol] = max(least.get(symbol, 1), number)
    return [*(f"{symbol} >= {number}" for symbol, number in sorted(least.items(), key=str) if number > 1), *others]


def _bound(relation: Any) -> tuple[Any, int] | None:
    """The symbol of a condition and its least value: floor((c·x + q)/m) + k >= b holds from c·x >= m·(b - k) - q on."""
    if not isinstance(relation, sympy.GreaterThan) or not relation.rhs.is_Integer:
        return None
    k, rest = sympy.expand(flat(relation.lhs)).as_coeff_Add()
    factor, rest = rest.as_coeff_Mul()
    needed = sympy.ceiling((relation.rhs - k) / factor) if factor > 0 else None
    inside = rest.args[0] if isinstance(rest, sympy.floor) else rest
    if needed is None or len(inside.free_symbols) != 1:
        return None
    (symbol,) = inside.free_symbols
    slope, offset = inside.coeff(symbol), inside.subs(symbol, 0)
    if not (slope.is_Rational and slope > 0) or sympy.expand(inside - slope * symbol - offset) != 0:
        return None
    return symbol, int(sympy.ceiling((needed - offset) / slope))


class _Printer(StrPrinter):  # type: ignore[misc]
    """Expressions as Python writes them: a floor is ``//``."""

    def _print_floor(self, expression: Any) -> str:
        above, below = sympy.fraction(sympy.together(expression.args[0]))
        return f"(({self._print(above)})//{self.parenthesize(below, 60)})"

    def _print_Max(self, expression: Any) -> str:
        return f"max({', '.join(map(self._print, expression.args))})"

    def _print_Equality(self, relation: Any) -> str:
        return f"{self._print(relation.lhs)} == {self._print(relation.rhs)}"


def as_python(expression: Any) -> str:
    """``32278528*h**2 + 1024000``: text that Python evaluates to the exact number."""
    if isinstance(expression, PerAxis):
        return f"({', '.join(map(as_python, expression))})"
    expression = sympy.sympify(expression)
    above, below = sympy.fraction(sympy.together(expression)) if expression.is_Add else (expression, sympy.Integer(1))
    if below != 1 and below.is_Integer:
        return f"({_Printer().doprint(sympy.expand(above))})//{below}"
    return str(_Printer().doprint(expression))


def as_latex(expression: Any) -> str:
    """The same for LaTeX."""
    if isinstance(expression, PerAxis):
        return r" \times ".join(map(as_latex, expression))
    return str(sympy.latex(sympy.sympify(expression), fold_short_frac=False))


def multiples(form: ClosedForm) -> int:
    """The least number whose multiples, as values of the symbols, leave no floor; 1 if there is none now."""
    floors = [
        each for formula in form.formulas.values() for part in (formula if isinstance(formula, PerAxis) else [formula])
        if part is not None for each in sympy.sympify(part).atoms(sympy.floor)
    ]  # fmt: skip
    return int(sympy.ilcm(1, 1, *[sympy.fraction(sympy.together(each.args[0]))[1] for each in floors]))

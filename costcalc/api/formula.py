"""`costcalc.formula`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import sympy

from costcalc import models, zoo
from costcalc.analysis.closed_form import ClosedForm, closed_form
from costcalc.analysis.cost import Cost
from costcalc.analysis.fitted import Reads, Values, fitted
from costcalc.analysis.quantity import INCOMPLETE
from costcalc.analysis.sweep import Free
from costcalc.api.free_sizes import Freed, Sizes, freed
from costcalc.openers import is_of_the_zoo
from costcalc.report.formula_report import formula_report
from costcalc.report.report import Report
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import Mode
from costcalc.spec.request import Request
from costcalc.spec.rules import mapped

COLUMNS = ("params", "mult_adds")
"""Keys of the quantities shown by default."""


def formula(
    model: Any,
    input: Any = None,
    *,
    batch: Any = None,
    classes: Any = None,
    width: Any = None,
    columns: Sequence[str] = COLUMNS,
    conventions: Sequence[str] = (),
    mode: Mode = "eval",
) -> Report:
    """The closed form of a model's cost in symbols for its sizes, as `costcalc formula` shows it.

        >>> h = sympy.Symbol("h", integer=True, positive=True)
        >>> formula("googlenet", 32 * h)

    model    what `costcalc.cost` takes
    input    an expression of sympy: both sides of an image, or a length; or a shape, like ``(3, 32 * h, 32 * w)``. By
             default the sides of a network of the zoo are H and W
    batch, classes, width  expressions
    columns, conventions, mode  as for `costcalc.cost`

    Raises CostcalcError as `costcalc.cost` does, and if the cost is not a polynomial, of models that take no symbols.
    """
    request = models.request_of(model, None, mode=mode)
    inputs = (
        [] if input is None else [Sizes("", input, False) if isinstance(input, tuple) else Sizes("", (input,), True)]
    )
    return formula_report(formulas(request, inputs, batch, classes, width, columns, conventions))


def formulas(
    request: Request, inputs: Sequence[Sizes] = (), batch: Any = None, classes: Any = None, width: Any = None,
    columns: Sequence[str] = COLUMNS, conventions: Sequence[str] = (),
) -> ClosedForm:  # fmt: skip
    """The closed form of a Request with expressions in the place of its sizes."""
    if not inputs and is_of_the_zoo(request) and (batch, classes, width) == (None, None, None):
        own = zoo.find(request.model).input
        sides = sympy.symbols("H W", integer=True, positive=True)
        inputs = [Sizes("", (own[0], *sides), False)]
    widths = None if width is None else [width]
    found = freed(request, inputs, batch, classes, widths, is_free=lambda size: type(size) is not int)
    values = {name: value[0] if isinstance(value, list) else value for name, value in found.values.items()}
    symbols = sorted({s for value in values.values() for s in sympy.sympify(value).free_symbols}, key=str)
    if not symbols:
        raise CostcalcError(f"nothing is free: give {request} a symbol, like --input 32h or --batch N")
    sizes = ", ".join(name if name == str(value) else f"{name} = {value}" for name, value in values.items())
    keys = [quantity.key for quantity in models.quantities(columns, conventions)]
    cost_of = partial(models.cost_of, columns=tuple(columns), conventions=tuple(conventions))
    if is_of_the_zoo(request) and width is None:
        return closed_form(cost_of(replace(_request_at(found, values), label=str(request))), sizes, symbols)
    return _fitted(found, values, symbols, sizes, keys, cost_of)


def _request_at(found: Freed, values: dict[str, Any]) -> Request:
    def filled(value: Any) -> Any:
        return values[value.axis] if isinstance(value, Free) else mapped(value, filled)

    return replace(found.request, **{name: filled(value) for name, value in found.fields.items()})


def _fitted(
    found: Freed, values: dict[str, Any], symbols: Sequence[Any], sizes: str, keys: Sequence[str],
    cost_of: Callable[[Request], Cost],
) -> ClosedForm:  # fmt: skip
    """The closed form by reading the model at several sizes."""
    statuses: dict[str, str] = {}

    def read(at: Values) -> dict[str, Any]:
        given = dict(zip(symbols, at, strict=True))
        numbers = {key: _number(key, sympy.sympify(value).subs(given), found) for key, value in values.items()}
        cost = cost_of(_request_at(found, numbers))
        amounts = {key: cost[key] for key in keys}
        statuses.update({key: amount.status for key, amount in amounts.items() if statuses.get(key) not in INCOMPLETE})
        return {key: amount.number for key, amount in amounts.items()}

    made, made_from, more = fitted(symbols, Reads(read), keys)
    note = (
        f"Not derived but fitted: the polynomials through the costs at {_listed(symbols, made_from)}, which also give "
        f"those at {_listed(symbols, more)}."
    )
    return ClosedForm(str(found.request), sizes, tuple(symbols), made, statuses, (), (note,))


def _number(name: str, value: Any, found: Freed) -> Any:
    if name in found.sizes:
        if not value.is_Integer:
            raise CostcalcError(f"{name} is {value}, not a whole number, at a value of its symbols")
        return int(value)
    return float(value)


def _listed(symbols: Sequence[Any], points: Sequence[Values]) -> str:
    names = ", ".join(map(str, symbols))
    if len(symbols) == 1:
        return f"{names} = {', '.join(str(at[0]) for at in points)}"
    shown = ", ".join(map(str, points[:12]))
    return f"({names}) = {shown}" + (f" and {len(points) - 12} more" if len(points) > 12 else "")

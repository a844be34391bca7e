"""The amounts of every quantity at every layer, as tables in which each different one stands once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import Amount, Layers, PerAxis, Quantity, Ratio
from costcalc.report.page.evaluate import At
from costcalc.report.page.expressions import NotClosed, Numbers
from costcalc.spec.count import Count
from costcalc.spec.errors import CostcalcError
from costcalc.spec.sizes import deciding_at, open_conditions, symbolic
from costcalc.spec.truths import Undecided

BATCH = "N"
"""The symbol of the batch."""


class Table:
    """Different items, numbered in the order in which they are first added."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._number: dict[str, int] = {}

    def add(self, item: Any) -> int:
        """The number of an item."""
        key = repr(item)
        if key not in self._number:
            self._number[key] = len(self.items)
            self.items.append(item)
        return self._number[key]


class Amounts:
    """The tables that amounts refer to.

    amounts  [number, status, count]: a number of `numbers`, or a list of them (one per axis), or null
    counts   formulas: of each product, the names of its factors in `names`, and their numbers
    reasons  why a layer has its amount: a sentence
    """

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.amounts, self.counts, self.names, self.reasons, self.statuses = (Table() for _ in range(5))

    def add(self, amount: Amount) -> int:
        """The number of an amount. Raises NotClosed if the page cannot evaluate its number."""
        count = -1 if amount.formula is None else self._count(amount.formula)
        return self.amounts.add([self._number(amount.number), self.statuses.add(amount.status), count])

    def _number(self, number: Any) -> Any:
        if number is None:
            return None
        return [*map(self.numbers.add, number)] if isinstance(number, PerAxis) else self.numbers.add(number)

    def _count(self, count: Count) -> int:
        return self.counts.add([[self.names.add([*n]), *map(self.numbers.add, factors)] for n, factors in count.terms])


def quantity_data(quantity: Quantity, cost: Cost, twin: Cost | None, sizes: Mapping[str, int], into: Amounts) -> Any:
    """A quantity with the amount of each layer, and why.

    twin   the same network with symbols as sizes, whose values are `sizes`; None: it cannot take others. A quantity
           that has no closed form, or whose closed form does not give the numbers of `cost`, is `fixed`; the closed
           form is right where the conditions under "holds" are true
    """
    values, holds = (None, []) if twin is None else _closed(quantity, cost, twin, sizes, into)
    own = [*cost.amounts(quantity).values()]
    pairs = zip(cost.graph.nodes, own, strict=True)
    reasons = [quantity.reason(node, cost.run, amount.status)[0] for node, amount in pairs]
    data = {
        "key": quantity.key,
        "heading": quantity.heading,
        "unit": quantity.unit,
        "tool": quantity.convention is not None,
        "note": quantity.note,
        "together": _together(quantity),
        "whole": _name(quantity.of_network or quantity.together),
        "fixed": twin is not None and values is None,
        "holds": holds,
        "amounts": values or [into.add(amount) for amount in own],
        "reasons": [into.reasons.add(reason) for reason in reasons],
    }
    if quantity.convention is not None:
        data["total"] = into.add((twin if twin is not None and values else cost)[quantity.key])
        data["unit_of_tool"] = quantity.convention.unit
    return data


def _together(quantity: Quantity) -> Any:
    if isinstance(quantity, Ratio):
        return [quantity.above.key, quantity.below.key]
    return _name(quantity.together)


def _name(function: Callable[..., Any]) -> str:
    return function.__name__


def _closed(
    quantity: Quantity, cost: Cost, twin: Cost, sizes: Mapping[str, int], into: Amounts
) -> tuple[list[int] | None, list[Any]]:
    """The amounts of the layers as closed forms, if they give the numbers of the cost, and where they hold.

    A quantity whose rule branches on the sizes is right where it takes the branches that it takes at those of the cost,
    or those of another batch, if its closed forms are the same there.
    """
    at = At(into.numbers, [*sizes.values()])
    own = {symbol: sizes[str(symbol)] for t in twin.graph.inputs for n in t.shape for symbol in _symbols(n)}
    found, holds, branches = _found(quantity, cost, twin.amounts, {}, at, into)
    if not branches:
        return found, holds
    found, holds, _ = _found(quantity, cost, twin.amounts, own, at, into)
    other = {symbol: (2 if n == 1 else 1) if str(symbol) == BATCH else n for symbol, n in own.items()}
    elsewhere, there, _ = _found(quantity, cost, lambda each: each.layers(twin.run), other, at, into)
    return found, holds if found is None or elsewhere != found else [["or", ["and", *holds], ["and", *there]]]


def _symbols(size: Any) -> Any:
    return size.free_symbols if symbolic(size) else ()


def _found(
    quantity: Quantity, cost: Cost, amounts: Callable[[Quantity], Layers], values: dict[Any, int], at: At, into: Amounts
) -> tuple[list[int] | None, list[Any], bool]:
    """The amounts of the layers with symbols as sizes, if they give the numbers of the cost; where they hold; and True
    if the rule branches on the sizes, and these values of the symbols do not decide.
    """
    try:
        with open_conditions() as assumed, deciding_at(values):
            if isinstance(quantity, Ratio):  # the page divides
                return [into.add(each._replace(number=None)) for each in cost.amounts(quantity).values()], [], False
            found = [into.add(amount) for amount in amounts(quantity).values()]
        holds = [into.numbers.condition(each) for each in dict.fromkeys(assumed)]
    except Undecided:
        return None, [], True
    except (NotClosed, CostcalcError, TypeError):  # computed with functions that symbols do not have
        return None, [], False
    for made, own in zip(found, cost.amounts(quantity).values(), strict=True):
        number, status, _ = into.amounts.items[made]
        if into.statuses.items[status] != own.status or _evaluated(number, at) != own.number:
            return None, [], False
    return found, holds, False


def _evaluated(number: Any, at: At) -> Any:
    return None if number is None else PerAxis(at[i] for i in number) if isinstance(number, list) else at[number]

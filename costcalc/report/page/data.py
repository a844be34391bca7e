"""All that the page knows of a network, as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.cost import Cost
from costcalc.analysis.published import PrintedTable
from costcalc.report.page.amounts import Amounts, quantity_data
from costcalc.report.page.exact_json import integer
from costcalc.report.page.expressions import NotClosed, Numbers
from costcalc.report.page.layers import layers_data
from costcalc.report.page.opened import opened
from costcalc.report.page.papers import papers_data
from costcalc.report.page.plan import Plan
from costcalc.report.setting import title
from costcalc.spec.graph import Graph
from costcalc.spec.sizes import symbolic

SCHEMA = 1

LABELS = {"N": "batch", "H": "height", "W": "width"}
"""Names of the sizes that can be changed, by their symbol."""


def page_data(cost: Cost, twin: Cost | str, printed: Sequence[PrintedTable] = ()) -> dict[str, Any]:
    """The data of the page of a cost of all quantities.

    twin     the same cost with symbols as sizes of the input; otherwise why its size cannot be changed
    printed  what papers print of the network
    """
    try:
        return _data(cost, twin, printed)
    except NotClosed as error:
        return _data(cost, f"a size has no closed form: {error}", printed)


def _data(cost: Cost, twin: Cost | str, printed: Sequence[PrintedTable]) -> dict[str, Any]:
    graph = cost.graph
    closed = twin if isinstance(twin, Cost) else None
    shown = graph if closed is None else closed.graph
    sizes = {} if closed is None else _sizes(graph, shown)
    numbers = Numbers([*sizes])
    amounts = Amounts(numbers)
    quantities = [quantity_data(each, cost, closed, sizes, amounts) for each in cost.quantities]
    plan = Plan(graph)
    return {
        "schema": SCHEMA,
        "model": graph.name,
        "title": title(cost),
        "notes": cost.notes,
        "status": cost.status,
        "sizes": [{"name": LABELS.get(symbol, symbol), "value": integer(value)} for symbol, value in sizes.items()],
        "fixed": "" if closed is not None else twin,
        "conditions": [(numbers.condition(each.relation), each.layer) for each in shown.conditions],
        "inputs": [{"name": t.name, "dtype": t.dtype, "shape": [*map(numbers.add, t.shape)]} for t in shown.inputs],
        "layers": layers_data(shown, numbers),
        "quantities": quantities,
        "papers": papers_data(printed),
        "tree": plan.tree_data(),
        "layouts": plan.layouts.items,
        "open": opened(plan.tree),
        "amounts": amounts.amounts.items,
        "counts": amounts.counts.items,
        "names": amounts.names.items,
        "reasons": amounts.reasons.items,
        "statuses": amounts.statuses.items,
        "numbers": numbers.numbers,
        "monomials": numbers.monomials,
        "atoms": numbers.atoms,
    }


def _sizes(graph: Graph, twin: Graph) -> dict[str, int]:
    """The symbols of the inputs of a network, with the sizes that they stand for."""
    pairs = zip(graph.inputs, twin.inputs, strict=True)
    return {str(b): a for t, u in pairs for a, b in zip(t.shape, u.shape, strict=True) if symbolic(b)}

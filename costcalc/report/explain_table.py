"""The report of one layer: its formula, the numbers in it, and how each tool counts it."""

from __future__ import annotations

from typing import Any

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.analysis.quantities import BASIC
from costcalc.analysis.quantity import Amount, Quantity
from costcalc.report.amounts import numbers, statuses
from costcalc.report.column import Column, tabulated
from costcalc.report.style import FULL
from costcalc.report.table import Cell, Table, shown
from costcalc.spec.shapes import joined, text


def explain_table(cost: Cost, layer: Row, verbose: bool = False) -> Table:
    """A row per quantity that has a formula and per tool: the number, the formula, and why.

    With `verbose` also the function of the tool's source that its rule mirrors.

    Quantities without a formula are listed below, with the op, shapes and weights of the layer; those beyond the basic
    ones only if they are not zero.
    """
    graph, node = cost.graph, layer.node
    apart = [quantity for quantity in cost.quantities if not _explained(layer, quantity)]
    told = [quantity for quantity in apart if quantity.key in BASIC or layer[quantity.key].status != "zero"]
    columns: list[Column[Quantity]] = [
        Column("count", lambda quantity: quantity.heading),
        Column("number", lambda quantity: _number(layer[quantity.key]), True),
        Column("formula", lambda quantity: _formula(layer[quantity.key])),
        Column("why", lambda quantity: _reason(cost, layer, quantity)[0]),
    ]
    if verbose:
        columns.append(Column("mirrors", lambda quantity: _reason(cost, layer, quantity)[1]))
    macs = node.facts.macs
    notes = [
        f"op        {node.op}  " + ", ".join(f"{k}={v}" for k, v in node.facts.settings.items()),
        "input     " + ", ".join(f"{t.name} ({text(t.shape)})" for t in node.inputs),
        "output    " + ", ".join(text(s) for s in node.facts.outputs),
        "weights   " + (", ".join(f"{n} {joined(graph.weights[n])}" for n in node.weights) or "none"),
        *(f"{FULL.heading(quantity):<9} {shown(_number(layer[quantity.key]))}" for quantity in told),
        f"formula   {macs.symbols if macs and macs.terms else 'none: no mult-adds' if macs else 'unknown'}",
    ]
    about = {t.name.split(".")[0] for t in node.inputs if t.node is None}
    notes += [note for note in graph.note.splitlines() if any(f"({name})" in note for name in about)]
    if node.facts.settings.get("rule_of"):
        notes.append("source    your own rule (costcalc.rule)")
    explained = [quantity for quantity in cost.quantities if quantity not in apart]
    return tabulated(f"{graph.name}: layer {node.name}", columns, explained, notes)


def _explained(layer: Row, quantity: Quantity) -> bool:
    """True for a tool's count, and for a quantity with a formula or with an unknown amount."""
    amount = layer[quantity.key]
    return quantity.convention is not None or amount.formula is not None or amount.status == "unknown"


def _number(amount: Amount) -> Cell:
    return amount.status if amount.status == "not counted" else FULL.cell(amount)


def _reason(cost: Cost, layer: Row, quantity: Quantity) -> tuple[str, str]:
    return quantity.reason(layer.node, cost.run, layer[quantity.key].status)


def _formula(amount: Amount) -> str:
    if amount.formula is None:
        return ""
    return "by convention" if amount.status == "zero" else amount.formula.digits


def explain_data(cost: Cost, layer: Row) -> dict[str, Any]:
    """The same as data."""
    graph, node = cost.graph, layer.node
    macs = node.facts.macs
    more = {quantity.key: layer[quantity.key].formula for quantity in cost.quantities if quantity.key not in BASIC}
    return {
        "schema": 1,
        "model": graph.name,
        "layer": node.name,
        "op": node.op,
        "settings": dict(node.facts.settings),
        "inputs": [{"name": t.name, "shape": list(t.shape)} for t in node.inputs],
        "outputs": [list(s) for s in node.facts.outputs],
        "weights": {name: list(graph.weights[name]) for name in node.weights},
        **numbers(layer, cost.quantities, BASIC),
        "status": layer.status,
        "symbols": macs.symbols if macs else None,
        "formula": macs.formula if macs else None,
        "counts": layer.counts,
        "reasons": {c.name: _reason(cost, layer, cost.quantity(c.name))[0] for c in cost.conventions},
        "formulas": {key: formula.digits if formula is not None else None for key, formula in more.items()},
        **statuses(layer, cost.quantities),
    }

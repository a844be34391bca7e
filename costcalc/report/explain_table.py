"""The report of one layer: its formula, the numbers in it, and what each tool says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.conventions.convention import Convention
from costcalc.analysis.cost import Layer
from costcalc.report.table import Cell, Table, shape
from costcalc.spec.graph import Graph, Mode


def explain_table(graph: Graph, layer: Layer, conventions: Sequence[Convention], mode: Mode) -> Table:
    """A row for mult-adds, and one for each tool: its count, the formula in numbers, and why."""
    node = layer.node
    macs = node.facts.macs
    rows: list[list[Cell]] = [_mult_adds(layer)]
    for convention in conventions:
        rule = convention.rule_for(node)
        formula = None if layer.status == "not run" else convention.formula(node, mode)
        about: list[Cell] = [rule.note, rule.mirrors] if rule else ["", ""]
        if layer.status == "not run":
            rows.append([convention.name, "not run", "", *about])
        elif formula is None:
            rows.append([convention.name, "not seen", "", *about])
        else:
            number = convention.count(node, mode)
            rows.append([convention.name, number, formula.digits if formula.terms else "by convention", *about])
    notes = [
        f"op        {node.op}  " + ", ".join(f"{k}={v}" for k, v in node.facts.settings.items()),
        "input     " + ", ".join(f"{t.name} ({shape(t.shape)})" for t in node.inputs),
        "output    " + ", ".join(shape(s) for s in node.facts.outputs),
        "weights   " + (", ".join(f"{n} {_product(graph.weights[n])}" for n in node.weights) or "none"),
        f"params    {layer.params:,}",
        f"formula   {macs.symbols if macs and macs.terms else 'none: no mult-adds' if macs else 'unknown'}",
    ]
    columns = ["count", "number", "formula", "why", "mirrors"]
    return Table(f"{graph.name}: layer {node.name}", columns, rows, [False, True, False, False, False], notes=notes)


def _mult_adds(layer: Layer) -> list[Cell]:
    macs = layer.node.facts.macs
    if layer.status == "not run":
        return ["mult-adds", "not run", macs.digits if macs else "", "an auxiliary head: it runs in train mode", ""]
    if macs is None:
        return ["mult-adds", "unknown", "", "no rule tells its mult-adds, or they depend on values", ""]
    if not macs.terms:
        return ["mult-adds", 0, "", "zero by convention: no multiply-add here", ""]
    return ["mult-adds", macs.value, macs.digits, "one multiply and its add", ""]


def _product(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))


def explain_data(graph: Graph, layer: Layer, conventions: Sequence[Convention], mode: Mode) -> dict[str, Any]:
    """The same as data."""
    node = layer.node
    ran = layer.status != "not run"
    formulas = {c.name: c.formula(node, mode) if ran else None for c in conventions}
    macs = node.facts.macs
    return {
        "schema": 1,
        "model": graph.name,
        "layer": node.name,
        "op": node.op,
        "settings": dict(node.facts.settings),
        "inputs": [{"name": t.name, "shape": list(t.shape)} for t in node.inputs],
        "outputs": [list(s) for s in node.facts.outputs],
        "weights": {name: list(graph.weights[name]) for name in node.weights},
        "params": layer.params,
        "mult_adds": layer.macs,
        "status": layer.status,
        "symbols": macs.symbols if macs else None,
        "formula": macs.formula if macs else None,
        "counts": {c.name: c.count(node, mode) if ran else None for c in conventions},
        "formulas": {name: f.digits if f is not None else None for name, f in formulas.items()},
    }

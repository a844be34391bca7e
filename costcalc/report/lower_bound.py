"""Ops that a lower bound leaves out, and the layers where they are."""

from __future__ import annotations

from costcalc.analysis.cost import Cost
from costcalc.analysis.quantity import INCOMPLETE
from costcalc.report.style import FULL
from costcalc.report.table import shown

SHOWN = 3
"""Largest number of layers that a line names per op."""


def unknown_ops(cost: Cost, key: str) -> dict[str, list[str]]:
    """Ops for which a quantity is unknown, wholly or in part -> the layers, or the modules that call them, in order.

    If layers are unknown because of others, those others.
    """
    found: dict[str, list[str]] = {}
    sources = cost.quantity(key).unknown_from(cost.run)
    for layer in cost.layers:
        if layer[key].status in INCOMPLETE and (sources is None or layer.node in sources):
            op = str(layer.node.facts.settings.get("aten", layer.op))
            module, _, last = layer.name.rpartition(".")
            found.setdefault(op, []).append(module if module and last.startswith(op) else layer.name)
    return found


def lower_bound(cost: Cost, key: str) -> str:
    """``at least 1,582 mult-adds: unknown is mylib::scan, in blocks.3.mixer (and 5 more layers)``."""
    quantity = cost.quantity(key)
    unit = f" {quantity.unit} of" if quantity.unit else " by" if quantity.convention is not None else ""
    least = f"at least {shown(FULL.cell(cost[key])).removeprefix('≥ ')}{unit} {quantity.heading}"
    return f"{least}: {where_unknown(cost, key)}"


def where_unknown(cost: Cost, key: str) -> str:
    """``unknown is mylib::scan, in blocks.3.mixer (and 5 more layers)``."""
    ops = []
    for op, layers in unknown_ops(cost, key).items():
        layers = [*dict.fromkeys(layers)]  # a module may call an op more than once
        more = len(layers) - SHOWN
        rest = f" (and {more} more layer{'s' if more > 1 else ''})" if more > 0 else ""
        ops.append(f"{op}, in {', '.join(layers[:SHOWN])}{rest}")
    return f"unknown {'is' if len(ops) == 1 else 'are'} {'; '.join(ops)}"


def lower_bounds(cost: Cost) -> list[str]:
    """`lower_bound` of each shown quantity whose total is a lower bound."""
    keys = [quantity.key for quantity in cost.quantities]
    return [lower_bound(cost, key) for key in keys if cost[key].status == "lower bound"]

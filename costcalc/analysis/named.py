"""A layer or a block of a network by its name."""

from __future__ import annotations

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError


def named(cost: Cost, name: str, model: str) -> Row:
    """The Row of the layer of that name, otherwise of the block, otherwise of the layer with the weight or module.

    model  what the error calls the network

    Raises CostcalcError for an unknown name, with the nearest ones, and for a weight of several layers.
    """
    nodes = cost.graph.nodes
    arguments.text("name", name)
    if all(node.name != name for node in nodes):
        inside = [node for node in nodes if node.path.startswith(f"{name}.")] if name else []
        if inside:
            return Row(cost, name, inside)
        if not any(name in (weight, weight.rpartition(".")[0]) for node in nodes for weight in node.weights):
            raise CostcalcError(f"{model} has no layer or block {name!r}; {_hint(cost, name)}")
    node = cost.graph.node(name)
    return Row(cost, node.name, [node])


def is_layer(row: Row) -> bool:
    """True for the Row of a layer, False for that of a block, which may have one layer."""
    return [node.name for node in row.nodes] == [row.name]


def _hint(cost: Cost, name: str) -> str:
    from difflib import get_close_matches

    layers = [node.name for node in cost.graph.nodes]
    parts = [node.path.split(".") for node in cost.graph.nodes]
    blocks = dict.fromkeys(".".join(each[:depth]) for each in parts for depth in range(1, len(each)))
    known = {each.lower(): each for each in (*blocks, *layers)}
    near = [known[each] for each in get_close_matches(name.lower(), known, 3, 0.3)]
    return f"did you mean {', '.join(near)}?" if near else "see: costcalc table MODEL --depth layer"

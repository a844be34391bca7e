"""A layer or a block of a network by its name."""

from __future__ import annotations

from costcalc.analysis.breakdown import Row
from costcalc.analysis.cost import Cost
from costcalc.spec import arguments
from costcalc.spec.errors import CostcalcError
from costcalc.spec.graph import SEE
from costcalc.spec.near import hinted


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
            problem = f"{model} has no layer or block {name!r}"
            raise CostcalcError(hinted(problem, name, _names(cost), most=3, cutoff=0.3, otherwise=SEE))
    node = cost.graph.node(name)
    return Row(cost, node.name, [node])


def is_layer(row: Row) -> bool:
    """True for the Row of a layer, False for that of a block, which may have one layer."""
    return [node.name for node in row.nodes] == [row.name]


def _names(cost: Cost) -> list[str]:
    """The names of all blocks and layers."""
    layers = [node.name for node in cost.graph.nodes]
    parts = [node.path.split(".") for node in cost.graph.nodes]
    blocks = dict.fromkeys(".".join(each[:depth]) for each in parts for depth in range(1, len(each)))
    return [*layers, *blocks]

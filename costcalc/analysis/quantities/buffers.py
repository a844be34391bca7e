"""Buffers: numbers that a network keeps but does not learn, such as running means and variances."""

from __future__ import annotations

from collections.abc import Callable

from costcalc.analysis.holders import holders
from costcalc.analysis.quantity import Amount, Layers, Quantity
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class Buffers(Quantity):
    """Elements of the buffers of a layer's module, each buffer once; weights that are kept as buffers included."""

    key = heading = "buffers"

    def layers(self, run: Run) -> Layers:
        """The elements of every node's buffers, whether it runs or not."""
        return per_node(run.graph, lambda name: numel(run.graph.buffers[name]))


def per_node(graph: Graph, size: Callable[[str], int]) -> Layers:
    """The sum of the sizes of every node's buffers."""
    held: dict[Node, int] = {}
    for name, node in holders(graph).items():
        held[node] = held.get(node, 0) + size(name)
    return {node: Amount(held[node]) if node in held else Amount(0, "zero") for node in graph.nodes}


QUANTITY = Buffers()

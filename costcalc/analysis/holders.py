"""The layer that each buffer of a network belongs to."""

from __future__ import annotations

from costcalc.spec.graph import Graph
from costcalc.spec.node import Node


def holders(graph: Graph) -> dict[str, Node]:
    """The node at which each buffer counts, by the buffer's name.

    That is the layer of its module (``bn1`` for ``bn1.running_mean``), or a constant of its own name; otherwise the
    first node inside its module, or inside the nearest module around it.
    """
    inside: dict[str, Node] = {}
    for node in graph.nodes:
        call = node.block
        while call is not None and call.path not in inside:
            inside[call.path] = node
            call = call.parent
    layers = {node.path: node for node in reversed(graph.nodes)}
    return {name: _holder(name, layers, inside) or graph.nodes[0] for name in graph.buffers} if graph.nodes else {}


def _holder(name: str, layers: dict[str, Node], inside: dict[str, Node]) -> Node | None:
    while name and name not in layers and name not in inside:
        name = name.rpartition(".")[0]
    return layers.get(name) or inside.get(name)

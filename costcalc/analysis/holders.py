"""The layer that each buffer of a network belongs to."""

from __future__ import annotations

from costcalc.spec.graph import Graph, Node


def holders(graph: Graph) -> dict[str, Node]:
    """The node at which each buffer counts, by the buffer's name.

    That is the layer of its module (``bn1`` for ``bn1.running_mean``), or a constant of its own name; otherwise the
    first node inside its module, or inside the nearest module around it.
    """
    first: dict[str, Node] = {}
    for node in graph.nodes:
        call = node.block
        while call is not None and call.path not in first:
            first[call.path] = node
            call = call.parent
    layers = {node.path: node for node in reversed(graph.nodes)}
    found = {}
    for name in graph.buffers if graph.nodes else ():
        path, node = name, layers.get(name)
        while node is None and path:
            path = path.rpartition(".")[0]
            node = layers.get(path) or first.get(path)
        found[name] = node or graph.nodes[0]
    return found

"""Edges of a network, and the ports by which they enter and leave each block.

A port of a block stands for the tensors from outside that the same children read, or for those of its own that the
same layers outside read; so a dense block, which reads all layers before it, has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costcalc.report.page.tree import Item
from costcalc.spec.graph import Graph

Edge = tuple[int, int]
"""Numbers of the layer that makes a tensor and of the one that reads it; -1, -2, ... for inputs of the network."""


class End(NamedTuple):
    """One end of an edge between two children of a block: the number of the child, and of its port; 0 for a layer."""

    item: int
    port: int


class Inside(NamedTuple):
    """The children of a block as a graph: edges between them, from its input ports and to its output ports.

    Children are numbered from 0; then come the input ports, then the output ports.
    """

    children: int
    inputs: int
    outputs: int
    edges: list[tuple[End, End]]


def edges_of(graph: Graph) -> list[Edge]:
    """The edges between layers, each once, in order of the reading layer."""
    number = {node: i for i, node in enumerate(graph.nodes)}
    pairs = [(-1 - t.index if t.node is None else number[t.node], i) for node, i in number.items() for t in node.inputs]
    return list(dict.fromkeys(pairs))


class Ports:
    """The ports of one block: of each tensor that enters it, and of each that leaves it, by the number of its layer."""

    def __init__(self, item: Item, edges: Sequence[Edge]) -> None:
        self.item = item
        self.within = [edge for edge in edges if item.first <= edge[0] < item.end or item.first <= edge[1] < item.end]
        inside = range(item.first, item.end)
        self.child = {i: k for k, child in enumerate(item.children) for i in range(child.first, child.end)}
        entering: dict[int, dict[int, None]] = {}
        leaving: dict[int, dict[int, None]] = {}
        for source, target in self.within:
            if source not in inside:
                entering.setdefault(source, {})[self.child.get(target, 0)] = None
            elif target not in inside:
                leaving.setdefault(source, {})[target] = None
        self.inputs = _grouped({source: tuple(sorted(read)) for source, read in entering.items()})
        self.outputs = _grouped({source: tuple(read) for source, read in leaving.items()})


def _grouped(read: dict[int, tuple[int, ...]]) -> dict[int, int]:
    """The number of the port of each tensor: one for those that are read alike."""
    ports = {by: i for i, by in enumerate(dict.fromkeys(read.values()))}
    return {source: ports[by] for source, by in read.items()}


def inside(ports: Ports, of_children: Sequence[Ports | None], inputs: int = 0) -> Inside:
    """The graph of a block's children. `of_children` has the ports of those that are blocks.

    inputs  of the network itself: the number of its inputs, each a port
    """
    children = len(of_children)
    entering = inputs or len(set(ports.inputs.values()))

    def start(source: int) -> End:
        if source not in ports.child:
            return End(children + (-1 - source if inputs else ports.inputs[source]), 0)
        child = ports.child[source]
        own = of_children[child]
        return End(child, own.outputs[source] if own else 0)

    def ends() -> Iterator[tuple[End, End]]:
        for source, target in ports.within:
            if target not in ports.child:
                yield start(source), End(children + entering + ports.outputs[source], 0)
                continue
            child = ports.child[target]
            if ports.child.get(source) != child:
                own = of_children[child]
                yield start(source), End(child, own.inputs[source] if own else 0)

    return Inside(children, entering, len(set(ports.outputs.values())), list(dict.fromkeys(ends())))

"""The fields of every node of a network, and what tables show of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc.analysis.quantity import NOT_COUNTED, NOT_RUN, UNKNOWN, Amount, Layers, PerAxis
from costcalc.analysis.receptive.field import Field, Fields, Source, itself
from costcalc.analysis.receptive.places import Places
from costcalc.analysis.receptive.rules import fields_of, has_rule
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node, Tensor
from costcalc.spec.run import Run
from costcalc.spec.sizes import known

WINDOWED = ("conv", "conv_transpose", "max_pool", "avg_pool")


def fields(graph: Graph) -> dict[Node, list[Field]]:
    """What each node's output depends on: a field per position axis of the network's input.

    Position axes are the spatial ones of (N, C, *size), those after the batch of token ids, and the middle one of
    (N, L, D) in a network without windows. Of several inputs, and of several outputs of a node, that with the largest
    field counts. A node that does not depend on such an input has none.
    """
    found: dict[Node | None, list[Fields]] = {None: [_own(t, graph) for t in graph.inputs]}
    for node in graph.nodes:
        found[node] = fields_of(node, [found[t.node][t.index] for t in node.inputs])
    return {node: _largest(found[node]) for node in graph.nodes}


def lost_at(graph: Graph) -> list[Node]:
    """Nodes that fields are not followed through: the first on each path, and all that have no rule."""
    found = fields(graph)

    def is_unknown(node: Node | None) -> bool:
        return node is not None and any(map(is_lost, found[node]))

    return [
        node
        for node in graph.nodes
        if is_unknown(node) and not (has_rule(node) and any(is_unknown(t.node) for t in node.inputs))
    ]


def is_lost(field: Field) -> bool:
    """True if it is not known what the elements depend on."""
    return field.kind == "unknown" or (field.kind == "at" and field.size is None)


def _own(t: Tensor, graph: Graph) -> Fields:
    """The fields of an input of the network."""
    sizes = {axis: t.shape[axis] for axis in _position_axes(t, graph)}
    return {Source(t.index, i, n if known(n) else None): itself(i, n) for i, n in sizes.items()}


def _position_axes(t: Tensor, graph: Graph) -> Sequence[int]:
    rank = len(t.shape)
    if t.integer:
        return range(1, rank)
    windowed = any(node.op in WINDOWED for node in graph.nodes)
    return (1,) if rank == 3 and not windowed else range(2, rank)


def _largest(outputs: Sequence[Fields]) -> list[Field]:
    """The fields of one output and one input of the network, in the order of its axes."""
    each = [
        [fields[source] for source in sorted(fields) if source.input == i]
        for fields in outputs
        for i in sorted({source.input for source in fields})
    ]
    return max(each, key=_extent, default=[])


def _extent(fields: Sequence[Field]) -> Any:
    """Unknown ones first, then those that see all, then by size."""
    kinds, sizes = [field.kind for field in fields], [field.size for field in fields]
    return any(map(is_lost, fields)), "all" in kinds, [size for size in sizes if size is not None]


def per_node(run: Run, number: Callable[[list[Field]], PerAxis | None], of_all: PerAxis | None) -> Layers:
    """The amount of every node: `number` of its fields, or `of_all` if it sees the whole input along an axis.

    Unknown if any of its fields is; not counted if it does not depend on positions of an input.
    """
    found = fields(run.graph)

    def amount(node: Node) -> Amount:
        kinds = {field.kind for field in found[node]}
        if node in run.not_run:
            return NOT_RUN
        if any(map(is_lost, found[node])):
            return UNKNOWN
        made = of_all if "all" in kinds else number(found[node]) if kinds else None
        return NOT_COUNTED if made is None else Amount(made)

    return {node: amount(node) for node in run.graph.nodes}


def on_grid(fields: list[Field], number: Callable[[Places], Any]) -> PerAxis | None:
    """A number per axis of a tensor whose positions lie on a grid of the input's; otherwise None."""
    grids = [field.grid for field in fields]
    return None if None in grids else PerAxis(_whole(number(grid[1])) for grid in grids if grid is not None)


def _whole(number: Any) -> Any:
    return int(number) if number == int(number) else number

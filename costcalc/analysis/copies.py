"""Copies that torch makes because of strides, and that no call of the model names.

A reshape of a permuted tensor copies it if the elements of the new axes do not lie at equal distances; so does
``contiguous``. Products need matrices, and norms and softmax contiguous tensors: torch copies other inputs first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.analysis.strides import Key, Strides, all_strides, is_channels_last, is_contiguous, view
from costcalc.spec.graph import Graph
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape, numel

VIEWS = ("flatten", "reshape", "unflatten")

CONTIGUOUS = ("layer_norm", "group_norm", "softmax", "rms_norm")
"""Ops, and aten operations, whose kernels need contiguous inputs."""


class Copies(NamedTuple):
    """Copies of one node.

    inputs  numbers of the inputs that are copied before it runs
    output  True if its output, otherwise a view of its input, is a copy
    """

    inputs: tuple[int, ...] = ()
    output: bool = False


def copies(graph: Graph) -> dict[Node, Copies]:
    """The copies of every node that has any, in eval mode."""
    strides = all_strides(graph)
    found = {node: _of(node, strides) for node in graph.nodes}
    return {node: each for node, each in found.items() if each != Copies()}


def _of(node: Node, strides: Mapping[Key, Strides]) -> Copies:
    given = [strides[t.node, t.index] for t in node.inputs]
    name = node.facts.settings.get("aten", node.op)
    if not given:
        return Copies()
    first = node.inputs[0].shape
    if node.op in VIEWS:
        return Copies(output=view(first, given[0], node.facts.outputs[0]) is None)
    if name == "contiguous":
        return Copies(output=not is_contiguous(first, given[0]))
    return Copies(tuple(i for i, t in enumerate(node.inputs) if _is_copied(node, i, t.shape, given[i])))


def _is_copied(node: Node, index: int, shape: Shape, strides: Strides) -> bool:
    """True if an input is copied before the node runs."""
    if node.op == "matmul":
        return len(shape) > 3 and view(shape, strides, (numel(shape[:-2]), *shape[-2:])) is None
    if node.op == "linear":
        return len(shape) > 2 and view(shape, strides, (numel(shape[:-1]), shape[-1])) is None
    if node.op == "einsum":
        return index in node.noticed.copies
    if node.op == "conv":
        return not is_contiguous(shape, strides) and not is_channels_last(shape, strides)
    return index == 0 and node.facts.settings.get("aten", node.op) in CONTIGUOUS and not is_contiguous(shape, strides)

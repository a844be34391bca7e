"""Modules of torch.nn on an input without a batch axis: torch adds one inside of the module, where no hook sees it."""

from __future__ import annotations

from costcalc.conventions.called import is_module
from costcalc.spec.node import Node
from costcalc.spec.shapes import Shape


def is_unbatched(node: Node) -> bool:
    """True for the node of a module that has added a batch axis to its input."""
    before = node.inputs[0].node if node.inputs else None
    return before is not None and _is_inside(before, node) and before.facts.settings.get("aten") == "unsqueeze"


def input_of(node: Node) -> Shape:
    """The shape of a node's first input; of a module without a batch axis, as the module is given it."""
    todo = [node.inputs[0]]
    while todo and is_unbatched(node):
        t = todo.pop(0)
        if t.node is None or (not _is_inside(t.node, node) and t.node.op != "constant"):
            return t.shape
        todo += t.node.inputs
    return node.inputs[0].shape


def padded_input_of(node: Node) -> Shape:
    """The shape that the function inside of an unbatched module is given: a convolution may have padded its input."""
    before = node.inputs[0].node
    return node.inputs[0].shape if before is None else before.inputs[0].shape


def output_of(node: Node) -> Shape:
    """The shape of a node's first output; of a module, as the module returns it."""
    shape = node.facts.outputs[0]
    if not is_unbatched(node):
        return shape
    axis = 0 if node.facts.settings.get("batch_first", True) else 1
    return (*shape[:axis], *shape[axis + 1 :])


def _is_inside(before: Node, node: Node) -> bool:
    """True for a node that runs in the module of another."""
    return is_module(node) and before.block is not None and before.block.path == node.module

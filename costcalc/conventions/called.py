"""What tools see of a node: the call that the model makes, by its name, and the modules that it runs in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from costcalc.spec.graph import BlockCall, Node
from costcalc.spec.traits import traits

PLACES = {"torch", "torch.Tensor", "torch.ops.aten"}
"""Where functions have the names that a trace has for them."""


def is_module(node: Node) -> bool:
    """True where a torch module runs the node, False where a function does."""
    return node.call is not None and node.call.is_module


def called(node: Node) -> str:
    """The op; of an operation that is no op of its own, the name by which the model calls it."""
    if not traits(node.op).stands_for_many:
        return node.op
    return node.call.name.rpartition(".")[-1] if node.call else ""


def traced(node: Node) -> str:
    """The operation that the trace has for a node, where its call tells; empty: that of its op."""
    place, _, name = node.call.name.rpartition(".") if node.call else ("", "", "")
    return name if place in PLACES else str(node.facts.settings.get("aten", ""))


def around(node: Node) -> Iterator[BlockCall]:
    """The calls of modules that a node runs in, the innermost first."""
    call = node.block
    while call is not None:
        yield call
        call = call.parent


def begun(node: Node) -> Iterator[BlockCall]:
    """The calls of modules that begin with a node, the innermost first."""
    return takewhile(lambda call: call.first is node, around(node))


def affine(norm: Node) -> bool:
    """True for a norm with scale and shift; one that is no op of its own, with the parameters it was given."""
    settings = norm.facts.settings
    return bool(settings["affine"] if "affine" in settings else norm.weights or len(norm.inputs) > 1)

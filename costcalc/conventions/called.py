"""A node as tools see it: the name of the call that the model makes, and the modules that the node runs in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from costcalc.spec.node import BlockCall, Node
from costcalc.spec.traits import traits

PLACES = {"torch", "torch.Tensor", "torch.ops.aten"}
"""Modules and classes whose functions have the same name in a trace."""


def is_module(node: Node) -> bool:
    """True if a torch module runs the node, False if a function does."""
    return node.call is not None and node.call.is_module


def called(node: Node) -> str:
    """The op; for an operation that is not an op of its own, the name under which the model calls it."""
    if not traits(node.op).stands_for_many:
        return node.op
    return node.call.name.rpartition(".")[-1] if node.call else ""


def traced(node: Node) -> str:
    """The name of a node's operation in a trace; empty if it is that of its op."""
    place, _, name = node.call.name.rpartition(".") if node.call else ("", "", "")
    return name if place in PLACES else str(node.facts.settings.get("aten", ""))


def around(node: Node) -> Iterator[BlockCall]:
    """The calls of modules that a node runs in, the innermost first."""
    call = node.block
    while call is not None:
        yield call
        call = call.parent


def starting_calls(node: Node) -> Iterator[BlockCall]:
    """The calls of modules that begin with a node, the innermost first."""
    return takewhile(lambda call: call.first is node, around(node))


def affine(norm: Node) -> bool:
    """True for a norm with scale and shift. A norm that is not an op of its own has them if it takes parameters."""
    settings = norm.facts.settings
    return bool(settings["affine"] if "affine" in settings else norm.weights or len(norm.inputs) > 1)

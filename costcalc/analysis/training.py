"""Mult-adds of a training step: the forward pass, and the gradients that the backward pass computes.

The gradient of a weight is computed if it is trained, that of an input if a trained weight lies before it, and both
only if an output of the network depends on them. The network's inputs are data and need none. Heads that run only in
training run here, and the loss depends on each floating-point output.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costcalc.analysis.quantity import UNKNOWN, Amount, Layers
from costcalc.spec.count import Count, Term, times
from costcalc.spec.facts import Operand, Through
from costcalc.spec.graph import Graph
from costcalc.spec.node import BlockCall, Node, Tensor


def training(graph: Graph, checkpointed: bool = False) -> Layers:
    """The mult-adds of a training step of every node.

    checkpointed  True: each outermost block keeps its inputs alone, and runs forward again in the backward pass
    """
    trained = _depending_on_weights(graph)
    backward = _in_backward(graph, trained)
    again = {_outermost(node) for node in backward} - {None} if checkpointed else set()
    return {
        node: _amount(node, graph, trained, node in backward, 2 if _outermost(node) in again else 1)
        for node in graph.nodes
    }


def _depending_on_weights(graph: Graph) -> set[Node]:
    """Nodes whose output depends on a trained weight."""
    found: set[Node] = set()
    for node in graph.nodes:
        own = any(_trained(name, graph) for name in node.weights)
        if own or any(_needs(t, found) for t in node.inputs):
            found.add(node)
    return found


def _trained(name: str, graph: Graph) -> bool:
    return name not in graph.frozen


def _needs(t: Tensor, trained: set[Node]) -> bool:
    """True if a tensor needs a gradient: integers have none."""
    return t.node in trained and not t.integer


def _in_backward(graph: Graph, trained: set[Node]) -> set[Node]:
    """Nodes that the backward pass comes to, from the outputs."""
    found: set[Node] = set()

    def reach(tensors: Iterable[Tensor]) -> None:
        found.update(t.node for t in tensors if t.node is not None and _needs(t, trained))

    reach((*graph.outputs, *graph.train_outputs))
    for node in reversed(graph.nodes):
        if node in found:
            reach(node.inputs)
    return found


def _outermost(node: Node) -> BlockCall | None:
    """The outermost block call around a node."""
    call = node.block
    while call is not None and call.parent is not None:
        call = call.parent
    return call


def _amount(node: Node, graph: Graph, trained: set[Node], backward: bool, passes: int) -> Amount:
    """The mult-adds of `passes` forward passes of a node and, in the backward pass, of its gradients."""
    macs, gradients = node.facts.macs, node.facts.gradients
    if macs is None:
        return UNKNOWN
    terms = list(macs.terms) * passes
    if backward and gradients is None and macs.terms:
        return Amount(Count(*terms).value, "lower bound")
    if backward and gradients:
        needed = Needed(node, graph, trained)
        terms += [term for each in gradients if any(map(needed, each.needed_by)) for term in each.macs.terms]
    return Amount.of(_together(terms)) if terms else Amount(0, "zero")


class Needed:
    """Tells which operands of a node need a gradient."""

    def __init__(self, node: Node, graph: Graph, trained: set[Node]) -> None:
        self.inputs = [_needs(t, trained) for t in node.inputs]
        own = [_trained(name, graph) for name in node.weights]
        self.weights = dict(zip(node.facts.weights, own, strict=True))
        self.through: dict[str, bool] = {}
        so_far = any(self.inputs)
        for name, each in self.weights.items():
            so_far = self.through[name] = so_far or each

    def __call__(self, operand: Operand) -> bool:
        if isinstance(operand, Through):
            return self.through[operand.weight]
        return self.inputs[operand] if isinstance(operand, int) else self.weights[operand]


def _together(terms: Iterable[Term]) -> Count:
    """A Count of these terms; equal ones become one, led by their number: ``3·64·112·112·3·7·7``."""
    alike: dict[tuple[Any, ...], list[Term]] = {}
    for term in terms:
        names, factors = term
        same = tuple(factor if type(factor) is int else id(factor) for factor in factors)
        alike.setdefault((*names, *same), []).append(term)
    return Count(*[each for like in alike.values() for each in times(str(len(like)), len(like), Count(like[0])).terms])

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
from costcalc.spec.saves import NOTHING


def training(graph: Graph, checkpointed: bool = False) -> Layers:
    """The mult-adds of a training step of every node.

    checkpointed  True: each outermost block keeps its inputs alone, and runs forward again in the backward pass
    """
    trained = _depending_on_weights(graph)
    backward = _in_backward(graph, trained)
    blocks = {_outermost(node) for node in backward} - {None} if checkpointed else set()
    again = recomputed(graph, trained, backward)
    hidden = _hidden(graph) if graph.transformed else set()

    def amount(node: Node) -> Amount:
        times = "whole" if _outermost(node) in blocks else again.get(node)
        bound = node in backward and (node.noticed.backward.own or any(t.node in hidden for t in node.inputs))
        return _amount(node, graph, trained, node in backward, times, bound)

    return {node: amount(node) for node in graph.nodes}


def _hidden(graph: Graph) -> set[Node]:
    """Nodes that stand for a tensor saved for a derivative in the forward pass, which may be any, and its views."""
    found: set[Node] = set()
    for node in graph.nodes:
        if node.facts.settings.get("aten") == "saved" or (
            node.inputs and node.facts.aliases and node.inputs[0].node in found
        ):
            found.add(node)
    return found


def _depending_on_weights(graph: Graph) -> set[Node]:
    """Nodes whose output depends on a trained weight, or on a tensor of which the code asks for the gradient."""
    found: set[Node] = set()
    for node in graph.nodes:
        needed = Needed(node, graph, found)
        if (any(needed.weights.values()) or any(needed.inputs)) and not _is_constant(node):
            found.add(node)
    return found


def _is_constant(node: Node) -> bool:
    """True for an operation that writes numbers, whatever its input is."""
    return str(node.facts.settings.get("aten", "")).rpartition("::")[2].partition(".")[0] in CONSTANT


CONSTANT = {
    "empty_like", "full_like", "new_empty", "new_full", "new_ones", "new_zeros", "ones_like", "rand_like", "randn_like",
    "zeros_like",
}  # fmt: skip


def _in_backward(graph: Graph, trained: set[Node]) -> set[Node]:
    """Nodes that the backward pass comes to, from the outputs."""
    found: set[Node] = set()

    def reach(tensors: Iterable[Tensor]) -> None:
        found.update(t.node for t in tensors if t.node is not None and _needs(t, trained))

    reach(t for i, t in enumerate(graph.outputs) if i not in graph.detached)
    reach(graph.train_outputs)
    for node in reversed(graph.nodes):
        if node in found:
            reach(t for i, t in enumerate(node.inputs) if i not in node.noticed.backward.detached)
    return found


def _needs(t: Tensor, trained: set[Node]) -> bool:
    """True if a tensor needs a gradient: integers have none."""
    return t.node in trained and not t.integer


def recomputed(graph: Graph, trained: set[Node], backward: set[Node]) -> dict[Node, str]:
    """Nodes that the backward pass runs again, because the model's code checkpoints them: "whole", or "part" of one."""
    found: dict[Node, str] = {}
    for call in {node.noticed.backward.checkpoint for node in backward} - {0}:
        nodes = [node for node in graph.nodes if node.noticed.backward.checkpoint == call]
        if nodes[0].noticed.backward.again == "early":  # until the last node that saves something
            saving = [i for i, node in enumerate(nodes) if node in trained and _saves(node)]
            last = nodes[saving[-1]] if saving else nodes[0]
            nodes = nodes[: nodes.index(last)]
            if len(last.facts.macs.terms if last.facts.macs is not None else ()) > 1:
                found[last] = "part"
        found.update(dict.fromkeys(nodes, "whole" if nodes and nodes[0].noticed.backward.again else "part"))
    return found


def _saves(node: Node) -> bool:
    """True if autograd saves a tensor for a node, its weights included."""
    saves = node.facts.saves
    return bool(node.weights) or saves is None or saves != NOTHING


def _outermost(node: Node) -> BlockCall | None:
    """The outermost block call around a node."""
    call = node.block
    while call is not None and call.parent is not None:
        call = call.parent
    return call


def _amount(node: Node, graph: Graph, trained: set[Node], backward: bool, again: str | None, bound: bool) -> Amount:
    """The mult-adds of the forward pass of a node, run `again` as a "whole" or in part, and of its gradients.

    bound  True if not all of its gradients are known
    """
    macs, gradients = node.facts.macs, node.facts.gradients
    if macs is None:
        return UNKNOWN
    terms = list(macs.terms) * (2 if again == "whole" else 1)
    bound = bound or again == "part" or (backward and gradients is None)
    if backward and gradients and not node.noticed.backward.own:
        needed = Needed(node, graph, trained)
        terms += [term for each in gradients if any(map(needed, each.needed_by)) for term in each.macs.terms]
    if bound and terms:
        return Amount(Count(*terms).value, "lower bound")
    return Amount.of(_together(terms)) if terms else Amount(0, "zero")


class Needed:
    """Tells which operands of a node need a gradient."""

    def __init__(self, node: Node, graph: Graph, trained: set[Node]) -> None:
        self.detached, leaves = node.noticed.backward.detached, node.noticed.backward.leaves
        inputs = enumerate(node.inputs)
        self.inputs = [i in leaves or (i not in self.detached and _needs(t, trained)) for i, t in inputs]
        own = zip(node.facts.weights, node.weights, strict=True)
        self.weights = {key: name not in graph.frozen and key not in self.detached for key, name in own}
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

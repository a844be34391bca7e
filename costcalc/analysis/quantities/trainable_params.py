"""Trainable params: those that require a gradient."""

from __future__ import annotations

from collections.abc import Callable

from costcalc.analysis.quantity import Amount, Layers, Quantity
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class TrainableParams(Quantity):
    """Elements of a layer's weights that are trained, except those that an earlier layer uses."""

    key, heading = "trainable_params", "trainable params"

    def layers(self, run: Run) -> Layers:
        """The trained params of every node, whether it runs or not."""
        return chosen(run, lambda name: name not in run.graph.frozen)


def chosen(run: Run, choose: Callable[[str], bool]) -> Layers:
    """The elements of those weights of every node that `choose` is True for; each counts at its first node."""
    sizes = {name: numel(shape) for name, shape in run.graph.weights.items() if choose(name)}
    found = {}
    for node in run.graph.nodes:
        own = [sizes.pop(name) for name in node.weights if name in sizes]
        found[node] = Amount(sum(own)) if own else Amount(0, "zero")
    return found


QUANTITY = TrainableParams()

"""Params: learned numbers. Each weight counts once, at the first layer that uses it, in every mode."""

from __future__ import annotations

from costcalc.analysis.quantity import Amount, Layers, Quantity
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel

NONE = Amount(0, "zero")


class Params(Quantity):
    """Elements of a layer's weights, except those that an earlier layer uses."""

    key = heading = "params"

    def layers(self, run: Run) -> Layers:
        """The params of every node, whether it runs or not."""
        sizes = {name: numel(shape) for name, shape in run.graph.weights.items()}
        return {
            node: Amount(sum([sizes.pop(name, 0) for name in node.weights])) if node.weights else NONE
            for node in run.graph.nodes
        }


QUANTITY = Params()

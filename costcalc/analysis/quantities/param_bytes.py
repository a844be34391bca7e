"""Param bytes: the memory of the weights, in their own dtypes."""

from __future__ import annotations

from costcalc.analysis.quantity import Amount, Layers, Quantity
from costcalc.spec.dtypes import itemsize
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class ParamBytes(Quantity):
    """Bytes of a layer's weights, except those that an earlier layer uses. Weights have the dtype of the run, or their
    own.
    """

    key, heading, unit = "param_bytes", "params", "B"

    def layers(self, run: Run) -> Layers:
        """The bytes of every node's weights, whether it runs or not."""
        graph = run.graph
        sizes = {
            name: numel(shape) * itemsize(graph.dtypes.get(name, run.dtype)) for name, shape in graph.weights.items()
        }
        return {
            node: Amount(sum([sizes.pop(name, 0) for name in node.weights])) if node.weights else Amount(0, "zero")
            for node in graph.nodes
        }


QUANTITY = ParamBytes()

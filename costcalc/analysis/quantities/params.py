"""Params: learned numbers. Each weight counts once, at the first layer that uses it, in every mode."""

from __future__ import annotations

from costcalc.analysis.quantity import Amount, Layers, Quantity
from costcalc.spec.dtypes import itemsize
from costcalc.spec.node import Node
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

    def notes(self, run: Run) -> list[str]:
        """Products with tensors that are not params, such as weights that a layer keeps as integers in a buffer."""
        counted = [node for node in run.nodes if node.facts.macs and node.facts.macs.terms]
        held = {node: size for node in counted if (size := _bytes_of_constants(node, run))}
        if not held:
            return []
        layers = next(iter(held)).name + (f" and {len(held) - 1} more" if len(held) > 1 else "")
        size = sum(held.values())
        return [f"{layers}: products with {size:,} bytes of buffers or constants, which are not params."]


def _bytes_of_constants(node: Node, run: Run) -> int:
    """Bytes of a node's inputs that are constants of more than one element."""
    constants = [t for t in node.inputs if t.node is not None and t.node.op == "constant" and numel(t.shape) > 1]
    return sum(numel(t.shape) * itemsize(t.dtype or run.dtype) for t in constants)


QUANTITY = Params()

"""Copied bytes: what a layer reads and writes to copy tensors whose elements do not lie as it needs them."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.kernels import kernels
from costcalc.analysis.quantity import NOT_RUN, UNKNOWN, Amount, Layers, Quantity
from costcalc.spec.errors import CostcalcError
from costcalc.spec.node import Node
from costcalc.spec.run import Run
from costcalc.spec.sizes import known


class CopiedBytes(Quantity):
    """Bytes that copies by strides move, as torch makes them in eval mode: `costcalc.analysis.copies`.

    Examples are a reshape of a permuted tensor, ``contiguous``, and permuted inputs of a batched product. Each copy
    reads the tensor and writes it. Casts of autocast are not among them.
    """

    key, heading, unit = "copied_bytes", "copied bytes", "B"
    reasons: ClassVar = {
        "counted": "tensors that are copied because of their strides, read and written",
        "zero": "nothing is copied because of its strides",
        "unknown": "the layer was not run, or is a loop",
    }

    def layers(self, run: Run) -> Layers:
        """The bytes of every node's copies.

        Raises CostcalcError for sizes that are not numbers.
        """
        copied: dict[Node, int] = {}
        for kernel in kernels(run):
            if kernel.kind == "copy_bytes":
                copied[kernel.node] = copied.get(kernel.node, 0) + kernel.nbytes
        if not all(map(known, copied.values())):
            raise CostcalcError("copied_bytes needs sizes that are integers, not arrays or symbols")
        return {node: _amount(node, copied.get(node, 0), run) for node in run.graph.nodes}


def _amount(node: Node, nbytes: int, run: Run) -> Amount:
    facts = node.facts
    if node in run.not_run:
        return NOT_RUN
    if facts.inside or (facts.macs is None and not facts.outputs):
        return UNKNOWN
    return Amount(nbytes) if nbytes else Amount(0, "zero")


QUANTITY = CopiedBytes()

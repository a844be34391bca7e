"""Saved for backward: bytes that autograd keeps between the forward and the backward pass."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.quantity import NOT_RUN, UNKNOWN, Amount, Layers, Quantity
from costcalc.analysis.saved import saved
from costcalc.spec.run import Run


class SavedForBackward(Quantity):
    """Bytes of the storages that autograd saves, each at the first layer that saves it; the network's input is counted,
    params and buffers are not. Attention is that of torch's kernel for the CPU.
    """

    key, heading, unit = "saved_for_backward", "saved for backward", "B"
    reasons: ClassVar = {
        "zero": "its gradient needs no tensor that is not saved already",
        "unknown": "it is not known which tensors its gradient needs",
    }

    def layers(self, run: Run) -> Layers:
        """The bytes saved first by every node."""
        found = saved(run)
        return {
            node: NOT_RUN
            if node not in found
            else UNKNOWN
            if (number := found[node]) is None
            else Amount(number, "counted" if number else "zero")
            for node in run.graph.nodes
        }


QUANTITY = SavedForBackward()

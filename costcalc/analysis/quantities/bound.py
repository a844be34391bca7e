"""Bound: the seconds of a layer on a device at its peak rate, or at its memory bandwidth if that takes longer."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.quantity import Layers, Quantity, amounts_of
from costcalc.analysis.roofline import limits
from costcalc.spec.run import Run


class Bound(Quantity):
    """The larger of a layer's mult-adds over the device's peak and its bytes moved over the bandwidth.

    Of several layers the sum: each reads its inputs from memory and writes its outputs there, one layer after another.
    """

    key, heading, unit = "bound", "bound", "s"
    needs = "device"
    note = "bound: of each layer alone, with its inputs and outputs in the device's memory; fused layers can be faster."
    reasons: ClassVar = {
        "counted": "mult-adds over the peak, or bytes moved over the bandwidth, whichever is larger",
        "zero": "nothing is computed or moved",
        "unknown": "its mult-adds or its bytes are unknown",
    }

    def layers(self, run: Run) -> Layers:
        """The seconds of every node."""
        return amounts_of({node: limit and limit.seconds for node, limit in limits(run).items()}, run)


QUANTITY = Bound()

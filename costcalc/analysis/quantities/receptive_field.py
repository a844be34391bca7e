"""Receptive field: how much of the input an element of a layer's output depends on, along each spatial axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from costcalc.analysis.quantity import INCOMPLETE, Amount, Layers, PerAxis, Quantity, add
from costcalc.analysis.receptive.network import lost_at, per_node
from costcalc.spec.node import Node
from costcalc.spec.run import Run

ALL = PerAxis()


def largest(amounts: Sequence[Amount]) -> Amount:
    """The largest along each axis; all if any is all."""
    known = [amount.number for amount in amounts if isinstance(amount.number, PerAxis)]
    incomplete = any(amount.status in INCOMPLETE for amount in amounts)
    if ALL in known:
        return Amount(ALL)
    if not known:
        return add(amounts) if not incomplete else Amount(None, "unknown")
    axes = max(map(len, known))
    most = PerAxis(max(number[i] for number in known if i < len(number)) for i in range(axes))
    return Amount(most, "lower bound" if incomplete else "counted")


def largest_bounded(amounts: Sequence[Amount]) -> Amount:
    """The largest field that is not the whole input; all, if there is no other."""
    return largest([amount for amount in amounts if amount.number != ALL] or amounts)


class ReceptiveField(Quantity):
    """Input positions from the first to the last that an output element depends on, per axis; of all paths the largest.

    Padding counts as input, so the field may be larger than the input. A block has the largest field of its layers; the
    network has the largest of the layers that do not see the whole input.
    """

    key, heading = "receptive_field", "receptive field"
    scales, per_axis = False, True
    together, of_network = staticmethod(largest), staticmethod(largest_bounded)
    reasons: ClassVar = {"unknown": "it is not followed through this op, or through one before it"}
    note = "Receptive field: all is the whole input; the total is the largest field of a layer that does not see all."

    def layers(self, run: Run) -> Layers:
        """The field of every node's output."""
        return per_node(run, lambda fields: PerAxis(field.size for field in fields), ALL)

    def unknown_from(self, run: Run) -> Sequence[Node]:
        """The layers that positions are not followed through; all after them are unknown."""
        return lost_at(run.graph)


QUANTITY = ReceptiveField()

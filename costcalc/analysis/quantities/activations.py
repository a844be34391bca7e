"""Activations: output elements of the ops. Views and in-place ops have none of their own."""

from __future__ import annotations

from costcalc.analysis.quantity import UNKNOWN, Amount, Quantity
from costcalc.spec.node import Node
from costcalc.spec.numbers import total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class Activations(Quantity):
    """Elements of outputs that are not a view of an input and not written over it; of a loop, those of all passes."""

    key = heading = "activations"

    def of(self, node: Node, run: Run) -> Amount:
        """The elements of the outputs that are not aliases of an input; zero by convention if all are."""
        if node.facts.macs is None and not node.facts.outputs:  # a layer that was not run
            return UNKNOWN
        own, inside = node.facts.own(run.mode), node.facts.inside
        return Amount(total(map(numel, own)) + inside) if own or inside else Amount(0, "zero")


QUANTITY = Activations()

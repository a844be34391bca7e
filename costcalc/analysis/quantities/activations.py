"""Activations: elements that the ops put out. Views and in-place ops put out none of their own."""

from __future__ import annotations

from costcalc.analysis.quantity import Amount, Quantity
from costcalc.spec.graph import Node
from costcalc.spec.numbers import total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class Activations(Quantity):
    """Elements of a layer's outputs that are not a view of an input and not written over it."""

    key = heading = "activations"

    def of(self, node: Node, run: Run) -> Amount:
        """The elements of all outputs; zero by convention if they lie in an input's memory."""
        facts = node.facts
        if facts.fresh == "always" or (facts.fresh == "train" and run.mode == "train"):
            return Amount(total(map(numel, facts.outputs)))
        return Amount(0, "zero")


QUANTITY = Activations()

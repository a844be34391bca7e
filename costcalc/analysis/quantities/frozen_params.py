"""Frozen params: those that do not require a gradient."""

from __future__ import annotations

from costcalc.analysis.quantities.trainable_params import chosen
from costcalc.analysis.quantity import Layers, Quantity
from costcalc.spec.run import Run


class FrozenParams(Quantity):
    """Elements of a layer's weights that are not trained, except those that an earlier layer uses."""

    key, heading = "frozen_params", "frozen params"

    def layers(self, run: Run) -> Layers:
        """The frozen params of every node, whether it runs or not."""
        return chosen(run, run.graph.frozen.__contains__)


QUANTITY = FrozenParams()

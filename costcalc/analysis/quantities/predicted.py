"""Predicted: the seconds of a layer on a device, from constants that were fitted to measured times, or measured."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.constants import constants_of
from costcalc.analysis.prediction import predicted
from costcalc.analysis.quantity import Layers, Quantity, amounts_of
from costcalc.spec.run import Run


class Predicted(Quantity):
    """The seconds that a layer is expected to take. Of several layers the sum."""

    key, heading, unit = "predicted", "predicted", "s"
    needs = "device"
    reasons: ClassVar = {
        "counted": "its work of each kind, times the device's seconds per unit",
        "zero": "nothing is computed or moved",
        "unknown": "its mult-adds or its bytes are unknown",
    }

    def layers(self, run: Run) -> Layers:
        """The seconds of every node."""
        return amounts_of(predicted(run), run)

    def notes(self, run: Run) -> list[str]:
        """Where the constants come from."""
        return [f"predicted: {constants_of(run).origin}."]


QUANTITY = Predicted()

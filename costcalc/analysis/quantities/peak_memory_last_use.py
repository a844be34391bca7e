"""Peak memory by last use: the most bytes alive at once if each activation ends with the last layer that reads it."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.lifetimes import peak_layers
from costcalc.analysis.quantity import Layers, Quantity, largest
from costcalc.spec.run import Run


class PeakMemoryLastUse(Quantity):
    """Bytes that the graph needs while a layer runs, in this order of layers. Inputs of the network, params and buffers
    are not counted.
    """

    key, heading, unit = "peak_memory_last_use", "peak memory by last use", "B"
    together = staticmethod(largest)
    reasons: ClassVar = {"counted": "bytes of activations that it or a later layer needs"}

    def layers(self, run: Run) -> Layers:
        """The bytes alive at every node."""
        return peak_layers(run, eager=False)


QUANTITY = PeakMemoryLastUse()

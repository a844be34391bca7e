"""Peak memory: the most bytes of activations alive at once, as torch runs the model eagerly."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.lifetimes import peak_layers
from costcalc.analysis.quantity import Layers, Quantity, largest
from costcalc.spec.run import Run


class PeakMemory(Quantity):
    """Bytes alive while a layer runs, without autograd: all that frames of the model's code hold, its inputs, its
    outputs and what its kernel makes beside them. Inputs of the network, params and buffers are not counted.
    """

    key, heading, unit = "peak_memory", "peak memory", "B"
    together = staticmethod(largest)
    reasons: ClassVar = {
        "counted": "bytes of activations alive while it runs",
        "lower bound": "the tensors that its kernel makes beside its outputs are not known",
    }

    def layers(self, run: Run) -> Layers:
        """The bytes alive at every node."""
        return peak_layers(run, eager=True)


QUANTITY = PeakMemory()

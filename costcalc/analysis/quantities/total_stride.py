"""Total stride: input positions between neighbouring elements of a layer's output, along each spatial axis."""

from __future__ import annotations

from costcalc.analysis.quantity import Layers, Quantity, last
from costcalc.analysis.receptive.network import on_grid, per_node
from costcalc.spec.run import Run


class TotalStride(Quantity):
    """The product of the strides before and in a layer; a fraction after upsampling.

    A block and the network have that of their last layer with one. A layer that sees all of the input, or whose output
    is flattened, has none.
    """

    key, heading = "total_stride", "total stride"
    scales, per_axis = False, True
    together = staticmethod(last)

    def layers(self, run: Run) -> Layers:
        """The stride of every node's output."""
        return per_node(run, lambda fields: on_grid(fields, lambda places: places.stride), None)


QUANTITY = TotalStride()

"""Field offset: where the receptive field of a layer's first output element begins, along each spatial axis."""

from __future__ import annotations

from costcalc.analysis.quantity import Layers, Quantity, last
from costcalc.analysis.receptive.network import on_grid, per_node
from costcalc.spec.run import Run


class FieldOffset(Quantity):
    """The first input position that the output element at 0 depends on; negative in the padding.

    The field of the element at i begins i total strides later. A block and the network have that of their last layer
    with one; a layer that sees all of the input, or whose output is flattened, has none.
    """

    key, heading = "field_offset", "field offset"
    scales, per_axis = False, True
    together = staticmethod(last)

    def layers(self, run: Run) -> Layers:
        """The offset of every node's output."""
        return per_node(run, lambda fields: on_grid(fields, lambda places: places.first[0]), None)


QUANTITY = FieldOffset()

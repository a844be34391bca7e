"""Buffer bytes: the memory of the buffers, in their own dtypes."""

from __future__ import annotations

from costcalc.analysis.quantities.buffers import per_node
from costcalc.analysis.quantity import Layers, Quantity
from costcalc.spec.dtypes import itemsize
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class BufferBytes(Quantity):
    """Bytes of a layer's buffers. A buffer without a dtype of its own has the dtype of the run."""

    key, heading, unit = "buffer_bytes", "buffers", "B"

    def layers(self, run: Run) -> Layers:
        """The bytes of every node's buffers, whether it runs or not."""
        graph = run.graph
        return per_node(graph, lambda name: numel(graph.buffers[name]) * itemsize(graph.dtypes.get(name, run.dtype)))


QUANTITY = BufferBytes()

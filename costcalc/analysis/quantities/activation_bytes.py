"""Activation bytes: the memory of the activations, in their own dtypes."""

from __future__ import annotations

from costcalc.analysis.quantity import NOT_RUN, UNKNOWN, Amount, Layers, Quantity
from costcalc.analysis.tensor_dtypes import output_dtypes
from costcalc.spec.dtypes import itemsize
from costcalc.spec.numbers import total
from costcalc.spec.run import Run
from costcalc.spec.shapes import numel


class ActivationBytes(Quantity):
    """Bytes of the outputs that are not a view of an input and not written over it."""

    key, heading, unit = "activation_bytes", "activations", "B"

    def layers(self, run: Run) -> Layers:
        """The bytes of every node's own outputs; of a loop, those of all passes, in the dtype of the run."""
        known, found = output_dtypes(run) if run.autocast else run.graph.output_dtypes(), {}
        for node in run.graph.nodes:
            facts = node.facts
            own = [
                numel(shape) * itemsize(_dtype(known.get((node, i)), run))
                for i, shape in enumerate(facts.outputs)
                if facts.alias(i, run.mode) is None
            ]
            inside = facts.inside * itemsize(run.dtype)
            if node in run.not_run:
                found[node] = NOT_RUN
            elif facts.macs is None and not facts.outputs:  # a layer that was not run
                found[node] = UNKNOWN
            else:
                found[node] = Amount(total(own) + inside) if own or facts.inside else Amount(0, "zero")
        return found


def _dtype(dtype: str | None, run: Run) -> str:
    """The dtype of a tensor: float32 stands for the dtype of the run."""
    return run.dtype if dtype in (None, "float32") else dtype or ""


QUANTITY = ActivationBytes()

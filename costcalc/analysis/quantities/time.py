"""Time: the measured seconds of a forward pass."""

from __future__ import annotations

from collections.abc import Callable

from costcalc.analysis.quantity import NOT_COUNTED, Amount, Layers, Quantity
from costcalc.spec.run import Run


class Time(Quantity):
    """The median of repeated passes of the whole network, measured; `costcalc time --depth layer` measures layers."""

    key, heading, unit = "time", "time", "s"
    needs = "timed"
    note = "time: of a forward pass, the median of repeated passes, measured on this machine."

    def layers(self, run: Run) -> Layers:
        """No layer has an amount of its own."""
        return dict.fromkeys(run.graph.nodes, NOT_COUNTED)

    def total(self, run: Run, layers: Callable[[Quantity], Layers]) -> Amount:
        """The seconds of a pass, which is run now."""
        return NOT_COUNTED if run.timed is None else Amount(run.timed())


QUANTITY = Time()

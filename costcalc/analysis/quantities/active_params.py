"""Active params: those that one token uses, of a mixture of experts."""

from __future__ import annotations

from typing import ClassVar

from costcalc.analysis.experts import elements_used
from costcalc.analysis.quantity import NOT_RUN, UNKNOWN, Amount, Layers, Quantity
from costcalc.spec.node import Node
from costcalc.spec.run import Run


class ActiveParams(Quantity):
    """Elements of a layer's weights that one token uses, except those that an earlier layer uses.

    Of E experts among which a router chooses k for each token, k: of those beside each other the first k stand for
    them, of stacked weights k/E. All other weights count whole, embeddings too. A token that an expert has no room for
    uses fewer. It does not matter whether the model's code also runs those that are not chosen.

    Unknown if the graph does not show how many are chosen: experts that choose tokens, layers without a router that run
    on a number of rows that depends on values, parts of a weight at given numbers. See `costcalc.analysis.experts`.
    """

    key, heading = "active_params", "active params"
    reasons: ClassVar = {
        "zero": "no weights, or those of an expert in whose place others are counted",
        "unknown": "it depends on values, and no router shows of how many experts a token uses how many",
    }

    def layers(self, run: Run) -> Layers:
        """The active params of every node; none of a head that does not run."""
        used, found = elements_used(run.graph), dict[Node, Amount]()
        for node in run.graph.nodes:
            own = [used.pop(name) for name in node.weights if name in used]
            known = [each for each in own if each is not None]
            if node in run.not_run:
                found[node] = NOT_RUN
            elif len(known) < len(own):
                found[node] = UNKNOWN
            else:
                found[node] = Amount(sum(known), "counted" if sum(known) else "zero")
        return found


QUANTITY = ActiveParams()
